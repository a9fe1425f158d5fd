"""Making due at once what a proposal's medicines want and the patient does not have."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.common.refusals import Conflict
from apps.knowledge.in_force import catalogue
from apps.knowledge.models import Panel
from apps.plans import picture
from apps.plans.models import MonitoringItem, PlanVersion, PrerequisiteCheck
from apps.plans.operations import checking
from apps.plans.operations.base import policy_of, version_of
from apps.plans.operations.taking import going
from apps.plans.operations.upkeep import LIVING, open_items, requested, stands, write
from apps.plans.panels import last_done

LACKING = frozenset({PrerequisiteCheck.State.MISSING, PrerequisiteCheck.State.TOO_OLD})


@transaction.atomic
def request_missing(*, plan_version: PlanVersion, by: Actor, at: datetime) -> list[MonitoringItem]:
    """Make everything due at once that this version's medicines want and that is missing or too old; returns what is due.

    Raises Forbidden, or Conflict when nothing is missing or the version is not pending or followed.
    """
    version = version_of(plan_version, by)
    if version.state not in LIVING:
        raise Conflict(f"This version is {version.get_state_display().lower()}.")
    patient = version.plan.patient
    seen = picture.read(patient, at)
    wanted: dict[Panel, list[PrerequisiteCheck]] = {}
    for check in _lacking(version, seen):
        if check.panel is not None:
            wanted.setdefault(check.panel, []).append(check)
    if not wanted:
        raise Conflict("Nothing that can be examined is missing.")
    rows = {row.panel_id: row for row in open_items(patient)}
    with audit.together():
        made = []
        for panel, checks in wanted.items():
            row = rows.get(panel.pk) or MonitoringItem(patient=patient, panel=panel, began_at=at)
            row.patient = patient
            made.append(_request(row, checks, version, seen, by=by, at=at))
        return made


def _lacking(version: PlanVersion, seen: picture.Picture) -> list[PrerequisiteCheck]:
    """What is missing or too old as of now, whatever it was when the version was proposed.

    Of what is taken already, only what was missing then and was not done since: the first dose was long ago, and what was
    there for it grows old.
    """
    patient, checks = version.plan.patient, list(_checks(version))
    items = list(version.medicationitems.select_related("medicine"))
    beside = [row.medicine.code for row in going(items, seen.today)]
    medicines = sorted({check.medicine.code for check in checks})
    standings = checking.standings(medicines, beside, seen, policy_of(patient), catalogue())
    now = {one.requirement.citation.code: one for one in standings if str(one.state) in LACKING}
    found = [(check, now[check.prerequisite.code]) for check in checks if check.prerequisite.code in now]
    if version.state != PlanVersion.State.ACTIVE:
        return [check for check, _ in found]
    since = patient.site.local_date(version.proposed_at)
    return [check for check, one in found if check.state in LACKING and (one.on is None or one.on < since)]


def _checks(version: PlanVersion) -> Any:
    return version.prerequisites.filter(panel__isnull=False).select_related("panel", "medicine", "prerequisite")


def _request(
    row: MonitoringItem,
    checks: Sequence[PrerequisiteCheck],
    version: PlanVersion,
    seen: picture.Picture,
    *,
    by: Actor,
    at: datetime,
) -> MonitoringItem:
    """Due today, for these reasons beside those that it has. What is due already keeps its day and its days of grace."""
    panel = catalogue().panels.get(row.panel.code)
    last = last_done(panel, seen.done) if panel is not None else None
    before = row.requested_on if stands(row, last) else None
    known = row.requested_why if before is not None else []
    said = [
        {"words": f"before {check.medicine.name}", "citation": check.citation, "every_days": None} for check in checks
    ]
    asked = [*known, *[one for one in said if one not in known]]
    why = [*[one for one in row.why if one not in row.requested_why], *asked]
    new: dict[str, Any] = {
        "requested_on": before or seen.today, "requested_by_id": by.user_id, "requested_for": version, "requested_why": asked,
        "last_on": last,
    }  # fmt: skip
    if row._state.adding or row.due_on > seen.today:
        new |= {**requested(seen.today, why), "every_days": row.every_days}
    write(row, {**new, "why": why}, by=by, at=at, verb="plans.request")
    return row
