"""Making due at once what a proposal's medicines want and the patient does not have."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.common.refusals import Conflict
from apps.knowledge.models import Panel
from apps.patients.models import Patient
from apps.plans.models import MonitoringItem, PlanVersion, PrerequisiteCheck
from apps.plans.operations.base import version_of
from apps.plans.operations.upkeep import open_items, write


@transaction.atomic
def request_missing(*, plan_version: PlanVersion, by: Actor, at: datetime) -> list[MonitoringItem]:
    """Make everything due at once that this version's medicines want and that is missing or too old; returns what is due.

    Raises Forbidden, or Conflict when nothing is missing or the version is not pending or followed.
    """
    version = version_of(plan_version, by)
    if version.state not in {PlanVersion.State.PROPOSED, PlanVersion.State.APPROVED, PlanVersion.State.ACTIVE}:
        raise Conflict(f"This version is {version.get_state_display().lower()}.")
    lacking = [PrerequisiteCheck.State.MISSING, PrerequisiteCheck.State.TOO_OLD]
    checks = version.prerequisites.filter(state__in=lacking, panel__isnull=False).select_related("panel", "medicine")
    wanted: dict[Any, list[PrerequisiteCheck]] = {}
    for check in checks:
        wanted.setdefault(check.panel, []).append(check)
    if not wanted:
        raise Conflict("Nothing that can be examined is missing.")
    patient = version.plan.patient
    today = patient.site.local_date(at)
    rows = {row.panel_id: row for row in open_items(patient)}
    with audit.together():
        return [
            _request(rows.get(panel.pk), panel, found, patient, today, by=by, at=at) for panel, found in wanted.items()
        ]


def _request(
    row: MonitoringItem | None,
    panel: Panel,
    checks: Sequence[PrerequisiteCheck],
    patient: Patient,
    today: date,
    *,
    by: Actor,
    at: datetime,
) -> MonitoringItem:
    made = row or MonitoringItem(
        patient=patient, panel=panel, began_at=at, overdue_from=today + timedelta(days=1), due_on=today
    )
    made.patient = patient
    why = [
        {"words": f"before {check.medicine.name}", "citation": check.citation, "every_days": None} for check in checks
    ]
    kept = [reason for reason in made.why if reason not in why]
    new = {
        "requested_on": today, "requested_by_id": by.user_id, "due_on": min(made.due_on, today), "why": [*kept, *why],
        "overdue_from": min(made.overdue_from, today + timedelta(days=1)),
    }  # fmt: skip
    write(made, new, by=by, at=at, verb="plans.request")
    return made
