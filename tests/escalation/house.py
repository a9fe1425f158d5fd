"""What the tests of this room share: recording through the REST doors, and looking at what came of it."""

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.conf import settings

from apps.accounts.actors import Actor, Careteam
from apps.common.clock import app_now, move_clock
from apps.escalation import operations
from apps.escalation.loading import Report, load
from apps.escalation.models import CriterionVersion, Escalation, Watch
from apps.nudges.models import Delivery, Nudge
from apps.patients.models import Patient
from apps.teams import operations as teams
from tests.cast import Cast
from tests.observations.house import send
from tests.thread.conftest import work

SHIPPED = Path(settings.BASE_DIR) / "fixtures" / "criteria"
BERLIN = ZoneInfo("Europe/Berlin")
NOBODYS = "00000000-0000-7000-8000-000000000000"
#: Longer than two working days, whatever the day of the week.
TWO_WORKING_DAYS = timedelta(days=5)


def ago(**span: float) -> str:
    """A time that long before now, as a body has it."""
    return (app_now() - timedelta(**span)).isoformat()


def made(answer: Any) -> str:
    """The id of what was recorded just now."""
    assert answer.status_code == 201, answer.content
    found: str = answer.json()["id"]
    return found


def _record(cast: Cast, path: str, body: dict[str, Any], who: str) -> str:
    return made(send(cast, path, {"patient": str(cast.patient.pk), "effective_at": ago(), **body}, who=who))


def complication(cast: Cast, code: str = "dysphagia", *, who: str = "therapist", **more: Any) -> str:
    """Record a complication, now unless said."""
    return _record(cast, "complications/", {"code": code, **more}, who)


def screen(cast: Cast, value: int = 8, *, who: str = "therapist", **more: Any) -> str:
    """Record an EAT-10, now unless said."""
    return _record(cast, "observations/", {"instrument": "eat10", "value": value, **more}, who)


def assess(cast: Cast, *, who: str = "therapist", **more: Any) -> str:
    """Record an assessment by speech and language therapy."""
    return _record(cast, "assessments/", {"kind": "slt_assessment", **more}, who)


def resolve(cast: Cast, code: str = "dysphagia", *, who: str = "therapist", **more: Any) -> str:
    """Declare a problem over."""
    return _record(cast, "resolutions/", {"code": code, **more}, who)


def close(cast: Cast, row: Escalation, reason: str = "will arrange", *, who: str = "therapist") -> Any:
    """End an escalation as a person."""
    answer = send(cast, f"escalations/{row.pk}/close/", {"reason": reason}, who=who)
    assert answer.status_code == 200, answer.content
    return answer


def met(cast: Cast, criterion: str = "SW-00", *, who: str = "rheumatologist", **more: Any) -> Any:
    """Say as a clinician that a criterion is met."""
    body = {"patient": str(cast.patient.pk), "criterion": criterion, "reason": "Choked on water", **more}
    return send(cast, "escalations/", {name: value for name, value in body.items() if value is not None}, who=who)


def opened(code: str = "", patient: Patient | None = None) -> list[Escalation]:
    """What is open."""
    rows = Escalation.objects.filter(state="open").select_related("criterion", "nudge__owner", "criterion_version")
    if code:
        rows = rows.filter(criterion__code=code)
    return list(rows.filter(patient=patient) if patient is not None else rows)


def codes() -> list[str]:
    """The codes of what is open."""
    return sorted(row.criterion.code for row in opened())


def only(code: str) -> Escalation:
    """The one open escalation of a criterion."""
    (row,) = opened(code)
    return row


def nudge_of(row: Escalation) -> Nudge:
    """Its nudge, read afresh."""
    row.refresh_from_db()
    assert row.nudge_id is not None
    return Nudge.objects.select_related("owner").get(pk=row.nudge_id)


def owner_of(row: Escalation) -> str:
    """Who is asked about it."""
    owner = nudge_of(row).owner
    return "" if owner is None else str(owner.username)


def told(kind: str, row: Escalation) -> set[str]:
    """Whose inbox has a message of this kind about it."""
    rows = Delivery.objects.filter(nudge=row.nudge_id, kind=kind, channel="in_app")
    return set(rows.values_list("recipient__username", flat=True))


def look_again(patient: Patient) -> None:
    """Evaluate again although nothing was recorded."""
    at = app_now()
    operations.make_due(patient_id=patient.pk, by=Careteam(at=at), at=at)
    work()


def watch(cast: Cast) -> Watch:
    """The watch of the cast's patient."""
    return Watch.objects.get(patient=cast.patient)


def at_noon() -> datetime:
    """Move the clock to the next noon at the site."""
    now = app_now().astimezone(BERLIN)
    noon = datetime.combine(now.date() + timedelta(days=1), time(12), tzinfo=BERLIN)
    return move_clock(by=noon.astimezone(ZoneInfo("UTC")) - now)


def second_record(cast: Cast) -> Patient:
    """Another record of the same person, with the same team."""
    patient = cast.patient_of("Albers", given_name="Testa", is_another_person=True)
    lead: dict[str, Any] = {"role": "lead"}
    joining = [{"member": cast.therapist.member, **lead}, {"member": cast.rheumatologist.member, **lead}]
    teams.form_care_team(by=cast.by, at=app_now(), patient=patient, memberships=joining)
    return patient


def shipped(code: str) -> dict[str, Any]:
    """A criterion as its file has it."""
    rows = [row for path in SHIPPED.glob("*.yaml") for row in yaml.safe_load(path.read_text(encoding="utf-8"))]
    return next(row for row in rows if row["code"] == code)


def write(folder: Path, *rows: dict[str, Any], name: str = "own.yaml") -> Path:
    """A folder with a file of criteria."""
    (folder / name).write_text(yaml.safe_dump(list(rows), allow_unicode=True), encoding="utf-8")
    return folder


def place(folder: Path, by: Actor | None = None) -> Report:
    """Load a folder, as the installation unless said."""
    at = app_now()
    return load(folder=folder, by=by or Careteam(at=at), at=at)


def switch_on(cast: Cast, folder: Path, *rows: dict[str, Any]) -> list[CriterionVersion]:
    """Load these wordings, sign them and switch them on."""
    place(write(folder, *rows))
    at, found = app_now(), list(CriterionVersion.objects.filter(state="draft"))
    for version in found:
        operations.sign(criterion_version=version, by=cast.governor.actor, at=at, waiver="for a test")
        operations.activate(criterion_version=version, by=cast.governor.actor, at=at)
    return found
