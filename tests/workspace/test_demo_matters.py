"""What criteria find in the demo's patients: all of them are on, a few matters are open, and nothing alarms anybody.

The numbers are those of the journeys of the clinical sheet (section E).
"""

from io import StringIO
from pathlib import Path

import yaml
from django.conf import settings
from django.core.management import call_command

from apps.accounts.models import User
from apps.common import due
from apps.common.clock import app_now
from apps.escalation import operations as escalation
from apps.escalation.models import CriterionVersion, Escalation
from apps.nudges.models import Nudge
from apps.patients.models import Patient
from apps.workspace import demo, demo_matters
from apps.workspace.because import unjudged


def matters() -> dict[str, str]:
    """What is open after everybody was looked at: patient and criterion, with how much it presses."""
    due.drain_all("escalation.watches")
    rows = Escalation.objects.filter(state="open").select_related("patient", "criterion")
    return {f"{row.patient.family_name} {row.criterion.code}": row.severity for row in rows}


def test_every_shipped_criterion_is_signed_by_governance_and_on_and_the_demo_says_so(loaded: None) -> None:
    folder = Path(settings.BASE_DIR) / "fixtures" / "criteria"
    shipped = {row["code"] for path in folder.glob("*.yaml") for row in yaml.safe_load(path.read_text())}
    assert set(demo.signed()) == shipped
    assert set(CriterionVersion.objects.values_list("state", "signed_by__username")) == {("active", "edda.falk")}
    said = StringIO()
    call_command("load_demo", stdout=said)
    assert f"{len(shipped)} criteria are signed and on, for this demo's invented hospital only" in said.getvalue()
    assert all(code in said.getvalue() for code in shipped)


def test_a_demo_that_has_just_started_has_a_few_matters_and_nobody_is_alarmed(loaded: None) -> None:
    assert matters() == {
        # J02: on day 42 the score is 2.5. MO-02: 47 days after the diagnosis there was no lung function (S0-34).
        "Baumann MU-01": "routine", "Baumann MO-02": "routine",
        # J06: 82, then 77 % of predicted is a fall of exactly five.
        "Ekström LU-03": "routine",
        # J07: a fever under an immunosuppressant.
        "Demiray IN-01": "urgent",
    }  # fmt: skip


def test_the_one_matter_that_presses_was_acted_upon_yesterday(loaded: None) -> None:
    matters()
    fever = Escalation.objects.select_related("nudge").get(severity="urgent")
    assert fever.nudge is not None
    assert fever.nudge.state == "actioned"
    assert fever.actions.get().by.username == "jonas.weiss"
    assert fever.acted_at is not None
    assert fever.opened_at < fever.acted_at < app_now()
    assert not fever.nudge.deliveries.filter(kind="ask", state="queued").exists()
    assert not Nudge.objects.unfinished().exclude(severity="routine").exists()


def test_of_greta_albers_swallowing_and_breathing_are_known_and_nothing_asks_anybody(loaded: None) -> None:
    matters()
    albers = Patient.objects.get(family_name="Albers")
    assert not Escalation.objects.filter(patient=albers).exists()
    codes = {one.code for one in unjudged(albers.pk)}
    assert not codes & {"SW-00", "SW-01", "SW-04", "LU-00", "LU-07", "MO-02", "MU-01"}


def test_the_fever_is_told_once(loaded: None) -> None:
    before = Escalation.objects.count()
    assert demo_matters.tell(at=app_now()) is False
    assert Escalation.objects.count() == before


def test_what_somebody_has_written_since_is_not_signed_when_the_demo_starts_again(loaded: None) -> None:
    at, base = app_now(), CriterionVersion.objects.select_related("criterion").get(criterion__code="SW-01")
    by = User.objects.with_access().get(username="edda.falk").actor()
    mine = escalation.draft(by=by, at=at, based_on=base, name="My own wording")
    call_command("load_demo")
    mine.refresh_from_db()
    assert (mine.state, mine.signed_by) == ("draft", None)
