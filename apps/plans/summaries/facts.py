"""Everything that is printed about a version, as one plain value. Both documents are set from it and know nothing else.

Days are ISO dates, which the templates write out; what is empty is not known or does not apply.
"""

from datetime import date, datetime
from typing import Any

from apps.knowledge.models import Discipline
from apps.knowledge.shelf import shelf
from apps.patients.models import Identifier, Patient
from apps.plans.dressing import dress, dressed
from apps.plans.models import PlanVersion, ResponseReview
from apps.plans.reading import Follows, GoalNow, Whole
from apps.plans.summaries.checks import alerts, prerequisites, warnings
from apps.plans.summaries.lay import lay
from apps.plans.summaries.medicines import medicines
from apps.plans.summaries.words import day, iso, name, number, sentence, unit_of
from apps.teams.models import CareTeam, Membership

State = PlanVersion.State
#: So much of the digest is printed: enough to compare by eye.
DIGITS = 12
PERCENT = 100


def gather(whole: Whole) -> dict[str, Any]:
    """The facts about a version at a moment. A fixed number of queries, whatever the plan holds.

    The version's plan with patient, site and pathway, its author, approver, who recorded that, and its step are read along by
    whoever asks.
    """
    dressed(whole)
    version, patient, at = whole.version, whole.patient, whole.at
    local = at.astimezone(patient.site.zone)
    return {
        "printed": {"on": iso(local.date()), "at": f"{local:%H:%M}", "zone": patient.site.time_zone},
        "site": patient.site.name,
        "patient": _patient(patient),
        "version": _version(version),
        "band": band(version),
        "approval": _approval(version),
        "medicines": medicines(whole),
        "warnings": warnings(whole),
        "alerts": alerts(whole),
        "prerequisites": prerequisites(whole),
        "interventions": [_intervention(row, whole) for row in whole.interventions],
        "goals": [_goal(one) for one in whole.goals],
        "monitoring": [_due(one) for one in whole.follows],
        "reviews": _reviews(whole) if whole.followed else [],
        "team": _team(patient, at),
    }


def _patient(patient: Patient) -> dict[str, Any]:
    numbers = Identifier.objects.filter(patient=patient, active=True)
    return {
        "name": f"{patient.family_name}, {patient.given_name}",
        "spoken_name": f"{patient.given_name} {patient.family_name}",
        "born": iso(patient.birth_date),
        "numbers": [{"value": row.value, "system": row.system} for row in numbers],
    }


def _version(version: PlanVersion) -> dict[str, Any]:
    step, pathway = version.step, version.plan.pathway
    return {
        "number": version.number,
        "state": version.state,
        "state_words": version.get_state_display(),
        "summary": version.summary,
        "step": f"{step.ordinal}. {step.name}" if step is not None else "",
        "pathway": pathway.name if pathway is not None else "",
        "proposed_on": _local(version, version.proposed_at),
        "author": name(version.author),
        "followed_since": _local(version, version.activated_at),
        "digest": version.digest[:DIGITS],
    }


def _approval(version: PlanVersion) -> dict[str, str] | None:
    if version.approver is None:
        return None
    recorded = version.approval_recorded_by_id != version.approver_id
    return {
        "by": name(version.approver), "on": _local(version, version.approved_at), "digest": version.approved_digest[:DIGITS],
        "recorded_by": name(version.approval_recorded_by) if recorded else "",
    }  # fmt: skip


def _local(version: PlanVersion, at: datetime | None) -> str:
    return iso(version.plan.patient.site.local_date(at)) if at is not None else ""


def band(version: PlanVersion) -> str:
    """Why this version is none to follow, in a sentence; empty for the one that is followed."""
    site = version.plan.patient.site
    approved = f"approved by {name(version.approver)}, and not followed yet"
    ended = f"on {day(site.local_date(version.ended_at))}" if version.ended_at is not None else ""
    why = f" {version.end_reason.rstrip('.')}." if version.end_reason else ""
    words = {
        State.PROPOSED.value: "Proposed only: nobody has approved it.",
        State.APPROVED.value: f"Version {version.number} was {approved}.",
        State.SUPERSEDED.value: f"Replaced by a later version {ended}.{why}",
        State.STOPPED.value: f"Stopped {ended}.{why}",
        State.WITHDRAWN.value: f"Withdrawn {ended}.{why}",
    }
    return words.get(version.state, "")


def _intervention(row: Any, whole: Whole) -> dict[str, str]:
    over = row.stops_on is not None and row.stops_on < whole.seen.today
    return {
        "name": row.intervention.name, "discipline": row.discipline.name if row.discipline is not None else "",
        "instructions": row.instructions, "note": row.note, "since": iso(row.starts_on), "stops_on": iso(row.stops_on),
        "over": "yes" if over else "",
    }  # fmt: skip


def _goal(one: GoalNow) -> dict[str, Any]:
    """A goal with where it stands: the way done in per cent, rounded for reading."""
    row, now = one.goal, one.now
    measured = row.instrument is not None
    unit = unit_of(row.instrument) if row.instrument is not None else ""
    return {
        "text": row.text, "measure": row.instrument.name if row.instrument is not None else "",
        "aim": sentence([row.get_comparison_display(), number(row.target), unit]) if measured else "",
        "start": sentence([number(now.start), unit]) if now.start is not None else "",
        "latest": sentence([number(now.latest), unit]) if now.latest is not None else "", "latest_on": iso(now.latest_on),
        "percent": round(now.fraction * PERCENT) if now.fraction is not None else None, "reached": now.reached,
        "due_on": iso(row.due_on), "note": row.note,
    }  # fmt: skip


def _due(one: Follows) -> dict[str, Any]:
    return {
        "panel": one.name, "plainly": lay(one.name), "due_on": iso(one.due_on), "overdue": one.overdue,
        "last_on": iso(one.last_on), "why": [dict(reason) for reason in one.why],
    }  # fmt: skip


def _reviews(whole: Whole) -> list[dict[str, Any]]:
    rows = list(whole.version.plan.reviews.filter(state=ResponseReview.State.SCHEDULED).select_related("medicine"))
    dress(rows, shelf(), "medicine")
    return [{"medicine": row.medicine.name, "due_on": iso(row.due_on), "citation": row.citation, "overdue": _past(row, whole)}
            for row in rows]  # fmt: skip


def _past(row: ResponseReview, whole: Whole) -> bool:
    today: date = whole.seen.today
    return row.due_on < today


def _team(patient: Patient, at: datetime) -> list[str]:
    """The disciplines of the patient's care team at this moment, as they are called here."""
    members = Membership.objects.in_force(at).filter(
        care_team__patient=patient, care_team__status=CareTeam.Status.ACTIVE
    )
    rows = Discipline.objects.effective().filter(pk__in=members.values("discipline")).order_by("-core", "shown_name")
    return [row.shown_name for row in rows]
