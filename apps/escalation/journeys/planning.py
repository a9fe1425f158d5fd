"""What a step says about medicines and what is done beside them, as one version of the patient's plan."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from apps.accounts.actors import Actor, Careteam
from apps.escalation.journeys.model import Item
from apps.escalation.journeys.recording import NotThere
from apps.escalation.journeys.scene import REASON, Scene
from apps.escalation.journeys.staging import lead_of
from apps.plans import operations
from apps.plans.models import MedicationItem, PlanVersion, PlanWarning, PrerequisiteCheck, TreatmentPlan
from apps.plans.operations.reviewing import plain_item

LACKING = [PrerequisiteCheck.State.MISSING, PrerequisiteCheck.State.TOO_OLD]
#: The items that belong to a plan.
PLANNED = frozenset({"medication", "intervention"})


def plan(scene: Scene, items: Sequence[Item], at: datetime) -> list[str]:
    """Propose the version that these items make of what is followed, and follow it unless all of them are only proposed."""
    now = TreatmentPlan.objects.filter(patient=scene.patient, ended_at__isnull=True).first()
    active = now.versions.filter(state=PlanVersion.State.ACTIVE).first() if now is not None else None
    content = _with(scene, _present(active), items, scene.patient.site.local_date(at))
    if now is not None and not any(content.values()):
        operations.stop_plan(plan=now, by=scene.by(items[0], at), at=at, reason=REASON)
    else:
        version = _propose(scene, now, content, scene.by(items[0], at), at)
        if any(item.values["state"] != "proposed" for item in items):
            _follow(scene, version, at)
    return [_said(item) for item in items]


Content = dict[str, Any]


def _present(active: PlanVersion | None) -> Content:
    if active is None:
        return {"medications": [], "interventions": []}
    return {
        "medications": [plain_item(row) for row in active.medicationitems.select_related("medicine")],
        "interventions": [plain_item(row) for row in active.interventionitems.select_related("intervention", "discipline")],
    }  # fmt: skip


def _with(scene: Scene, content: Content, items: Sequence[Item], today: date) -> Content:
    """The content as the items leave it. A medicine in several dosages stands in several items of one step."""
    for name, kind in (("medications", "medication"), ("interventions", "intervention")):
        mine = [item for item in items if item.kind == kind]
        there = {_code(row) for row in content[name]}
        for item in mine:
            _hold(item, there)
        gone = {item.of for item in mine if item.values["state"] in {"changed", "stopped"}}
        kept = [row for row in content[name] if _code(row) not in gone]
        begun = [_row(scene, item, today) for item in mine if item.values["state"] != "stopped"]
        content[name] = kept + begun
    return content


def _code(row: Mapping[str, Any]) -> str:
    found: str = (row.get("medicine") or row["intervention"]).code
    return found


def _hold(item: Item, there: set[str]) -> None:
    state = item.values["state"]
    if state in {"changed", "stopped"} and item.of not in there:
        raise NotThere(f"{item.of} is not followed: it cannot be {state}")
    if state == "active" and item.of in there:
        raise NotThere(f"{item.of} is followed already: another dosage is “changed”")


def _row(scene: Scene, item: Item, today: date) -> dict[str, Any]:
    begins = item.values.get("starts", today)
    if item.kind == "intervention":
        return {"intervention": scene.here.interventions[item.of], "starts_on": begins}
    medicine, timing = scene.here.medicines[item.of], item.values["timing"]
    course = item.values.get("course_days")
    return {
        "medicine": medicine, "dose": item.values["dose"], "unit": item.values.get("unit", "mg"), "frequency": timing.frequency,
        "period": timing.period, "period_unit": timing.period_unit, "route": item.values.get("route", medicine.routes[0]),
        "starts_on": begins, "course_days": course,
        "basis": MedicationItem.Basis.COURSE if course else MedicationItem.Basis.DOSE,
    }  # fmt: skip


def _propose(scene: Scene, now: TreatmentPlan | None, content: Content, by: Actor, at: datetime) -> PlanVersion:
    if now is None:
        now = operations.open_plan(patient=scene.patient, by=by, at=at, **content)
        return now.versions.get(state=PlanVersion.State.PROPOSED)
    pending = now.versions.pending().first()
    return operations.propose(plan=now, by=by, at=at, replaces=pending, **content)


def _follow(scene: Scene, version: PlanVersion, at: datetime) -> None:
    """Every warning has been looked at, and whoever leads the treatment has approved: careteam writes both down."""
    by = Careteam(at=at)
    waiting: list[PlanWarning | PrerequisiteCheck] = [
        *version.warnings.filter(needs_reason=True), *version.prerequisites.filter(state__in=LACKING)
    ]  # fmt: skip
    for row in waiting:
        if not row.reason:
            operations.explain(row=row, by=by, at=at, reason=REASON)
    approver = scene.stage.leads[lead_of(scene.journey)].user
    version = operations.approve(plan_version=version, by=by, at=at, approver=approver)
    operations.activate(plan_version=version, by=by, at=at)


def _said(item: Item) -> str:
    state = item.values["state"]
    if item.kind == "intervention" or state == "stopped":
        return f"{item.of}: {state}"
    unit, often = item.values.get("unit", "mg"), item.values["frequency"]
    return f"{item.of} {item.values['dose']} {unit} {often}: {state}"
