"""The demo's hospital: loaded once, through the operations, and everybody sees what their login says.

Its patients' stories are those of the journeys of the clinical sheet (section E); the numbers expected are from there.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.authentication import PeopleBackend
from apps.audit.models import AuditEvent
from apps.common import due
from apps.common.clock import app_now
from apps.nudges.models import Nudge
from apps.observations.models import Assessment, Attendance, Observation
from apps.patients.models import Patient
from apps.plans.models import MonitoringItem, PlanVersion, ResponseReview, TreatmentPlan
from apps.plans.reading import Whole
from apps.referrals.models import Referral, Transition, Visit
from apps.workspace import demo, demo_plans, demo_referrals

SEES = {
    "mara.lindqvist": 5, "otto.brandt": 0, "ines.keller": 0, "jonas.weiss": 5, "ayla.demir": 5, "tomas.ruiz": 5, "petra.novak": 5,
    "edda.falk": 0, "vera.holt": 0, "nils.berg": 0,
}  # fmt: skip


def test_everybody_sees_what_their_login_says(loaded: None) -> None:
    assert {login.username for login in demo.LOGINS} == set(SEES)
    for name, count in SEES.items():
        user = PeopleBackend().authenticate(None, username=name, password=demo.PASSWORD)
        assert user is not None
        assert Patient.objects.visible_to(user.actor()).count() == count, name


def test_loading_again_changes_nothing(loaded: None) -> None:
    assert demo.load(at=app_now()) is False
    assert Patient.objects.count() == 5


def test_the_demos_people_are_refused_anywhere_else(knowledge: None) -> None:
    with pytest.raises(CommandError, match="DEMO"):
        call_command("load_demo")


def test_the_coordinator_logs_in_to_the_admin_and_the_therapist_is_told_that_it_is_not_for_them(loaded: None) -> None:
    browser = Client()
    told = browser.post("/admin/login/?next=/admin/", {"username": "ayla.demir", "password": demo.PASSWORD})
    assert "for coordinators and administrators" in told.content.decode()
    opened = browser.post("/admin/login/?next=/admin/", {"username": "mara.lindqvist", "password": demo.PASSWORD})
    assert opened.status_code == 302
    page = browser.get("/admin/").content.decode()
    assert "invented people only" in page
    assert "Care teams" in page


# --- the patients' stories


def plan_of(family: str) -> TreatmentPlan:
    found: TreatmentPlan = TreatmentPlan.objects.select_related("patient__site").get(patient__family_name=family)
    return found


def course(whole: Whole) -> list[Any]:
    """Of each goal the value at first, the latest, and the one that is aimed at."""
    return [(one.now.start, one.now.latest, one.goal.target) for one in whole.goals]


def followed(family: str) -> Whole:
    version = PlanVersion.objects.select_related("plan__patient__site").get(
        plan__patient__family_name=family, state="active"
    )
    return Whole(version, app_now())


def doses(whole: Whole) -> dict[str, list[Any]]:
    """Dose, unit, how often and in what, by medicine."""
    found: dict[str, list[Any]] = {}
    for row in whole.medications:
        found.setdefault(row.medicine.code, []).append((row.dose, row.unit, row.frequency, row.period_unit))
    return found


def panels(family: str) -> dict[str, MonitoringItem]:
    rows = MonitoringItem.objects.filter(patient__family_name=family, ended_at__isnull=True).select_related("panel")
    return {row.panel.code: row for row in rows}


def test_four_patients_have_a_plan_and_one_has_none(loaded: None) -> None:
    plans = TreatmentPlan.objects.filter(ended_at__isnull=True).values_list("patient__family_name", flat=True)
    assert set(plans) == {"Albers", "Baumann", "Castellano", "Demiray"}


def test_nothing_is_told_of_the_future(loaded: None) -> None:
    now = app_now()
    for model in (Observation, Assessment, Attendance):
        assert model.objects.exists()
        assert not model.objects.filter(effective_at__gt=now).exists()
        assert not model.objects.filter(recorded_at__gt=now).exists()
    assert not PlanVersion.objects.filter(proposed_at__gt=now).exists()
    assert not PlanVersion.objects.filter(activated_at__gt=now).exists()
    assert not AuditEvent.objects.filter(at__gt=now).exists()


def test_everything_was_decided_by_somebody(loaded: None) -> None:
    assert set(PlanVersion.objects.values_list("author__username", flat=True)) == {"jonas.weiss"}
    approved = PlanVersion.objects.filter(activated_at__isnull=False)
    assert set(approved.values_list("approver__username", "activated_by__username")) == {("jonas.weiss", "jonas.weiss")}
    decided = AuditEvent.objects.filter(verb="plans.activate")
    assert decided.count() == approved.count() == 6
    assert decided.filter(actor_id__isnull=True).count() == 0


def test_rosa_castellano_is_at_the_first_rung_and_jonas_is_asked_whether_it_has_helped(loaded: None) -> None:
    whole, today = followed("Castellano"), plan_of("Castellano").patient.site.local_date(app_now())
    # J03: 200 mg on 5 days and 400 mg on 2, which are 257 mg a day and 4.95 mg/kg at 52 kg.
    assert doses(whole)["hydroxychloroquine"] == [(200, "mg", 5, "wk"), (400, "mg", 2, "wk")]
    amounts = whole.version.checks["hydroxychloroquine"]["amounts"]
    assert Decimal(amounts["mg_kg_day"]).quantize(Decimal("0.01")) == Decimal("4.95")
    assert {row.starts_on for row in whole.medications} == {today - timedelta(weeks=13)}
    # 22, then 20, with 14 aimed at (P-CDASI): a quarter of the way.
    assert course(whole) == [(22, 20, 14)]
    assert {"eye_exam", "ecg"} <= {one.check.panel.code for one in whole.prerequisites if one.check.state == "present"}  # type: ignore[union-attr]
    due.drain_all("plans.reviews")
    nudge = Nudge.objects.filter(patient__family_name="Castellano", topic="review").first()
    assert nudge is not None
    assert nudge.title == "Has Hydroxychloroquine helped?"
    asked = set(nudge.rungs.values_list("discipline__code", "user__username"))
    assert {("dermatology", None), ("rheumatology", "jonas.weiss")} <= asked


def test_greta_albers_has_responded_and_her_bloods_are_due_and_not_overdue(loaded: None) -> None:
    whole, today = followed("Albers"), plan_of("Albers").patient.site.local_date(app_now())
    assert {code: rows[0][0] for code, rows in doses(whole).items()} == {
        "prednisone": 20, "methotrexate": 15, "folic_acid": 5,
    }  # fmt: skip
    assert doses(whole)["methotrexate"] == [(15, "mg", 1, "wk")]
    review = ResponseReview.objects.get(plan=whole.version.plan)
    # J01: 52.5, a moderate response, on day 42 (S0-07).
    assert (review.state, review.outcome) == ("done", "de_escalate")
    assert (Decimal(review.measures["value"]), review.measures["category"]) == (Decimal("52.5"), "moderate")
    assert review.due_on - review.started_on == timedelta(days=42)
    for panel in ("fbc", "lft", "renal", "ck"):
        row = panels("Albers")[panel]
        # Monthly (S0-32): done 33 days ago it is due for 3 days, and overdue only after 35.
        assert row.last_on == today - timedelta(days=33)
        assert (row.due_on, row.overdue_from) == (today - timedelta(days=3), today + timedelta(days=3))
    strength = next(one for one in whole.goals if one.goal.instrument is not None)
    # 112 at first, 134 now, 142 aimed at (P-PRODERM): 22 of 30.
    assert strength.now.fraction is not None
    assert strength.now.fraction * 30 == 22
    held = Attendance.objects.filter(patient__family_name="Albers").values_list("outcome", flat=True)
    assert {outcome: list(held).count(outcome) for outcome in set(held)} == {"attended": 6, "missed": 2, "cancelled": 1}


def test_heinrich_baumanns_azathioprine_waits_for_tpmt(loaded: None) -> None:
    assert doses(followed("Baumann")) == {"prednisone": [(60, "mg", 1, "d")]}
    review = ResponseReview.objects.get(plan=plan_of("Baumann"))
    # J02: 2.5 under steroid alone.
    assert (review.outcome, Decimal(review.measures["value"])) == ("escalate", Decimal("2.5"))
    version = plan_of("Baumann").versions.get(state="proposed")
    assert version.replaces == review.proposed
    # J07: 50 mg a day to begin with (S2-23), and of what the first dose waits for TPMT alone is missing.
    assert version.medicationitems.get(medicine__code="azathioprine").dose == 50
    whole = Whole(version, app_now())
    assert [one.check.panel.code for one in whole.prerequisites if one.holds and one.check.panel] == ["tpmt"]
    assert "pft" in panels("Baumann")


def test_cem_demirays_doses_are_within_what_sources_say_for_children(loaded: None) -> None:
    whole, today = followed("Demiray"), plan_of("Demiray").patient.site.local_date(app_now())
    amounts = {code: row["amounts"] for code, row in whole.version.checks.items()}
    # P-BSR22 1–2 mg/kg a day; P-SHARE 15–20 mg/m² a week, at most 40 mg, at √(144 × 36 / 3600) = 1.2 m².
    assert 1 <= Decimal(amounts["prednisolone"]["mg_kg_day"]) <= 2
    assert Decimal(amounts["methotrexate"]["mg_m2_week"]).quantize(Decimal("0.01")) == Decimal("16.67")
    # The sheet gives no dose under the name of prednisolone: that is said, and answered in writing.
    wanted = whole.version.warnings.filter(needs_reason=True).select_related("medicine")
    assert [(row.medicine.code, row.code, bool(row.reason)) for row in wanted] == [("prednisolone", "no_source", True)]
    assert doses(whole)["methotrexate"] == [(20, "mg", 1, "wk")]
    assert whole.version.medicationitems.get(medicine__code="methotrexate").route == "sc"
    review = ResponseReview.objects.get(plan=whole.version.plan)
    assert (review.state, review.due_on) == ("scheduled", today + timedelta(days=7))
    # J08: CMAS 30, a month later 29; 48 aimed at (P-PRINTO).
    assert course(whole) == [(30, 29, 48)]


def counts() -> dict[str, int]:
    models: tuple[Any, ...] = (
        TreatmentPlan,
        PlanVersion,
        ResponseReview,
        MonitoringItem,
        Observation,
        Attendance,
        Patient,
        Referral,
    )
    return {model.__name__: model.objects.count() for model in models}


def test_a_demo_of_an_earlier_version_is_completed_and_nothing_is_told_twice(
    knowledge: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        # Everybody came on the day on which it was loaded, and there were no plans.
        earlier.setattr(demo, "FOUNDED", 0)
        earlier.setattr(demo, "PATIENTS", tuple((*row[:6], 0, row[7]) for row in demo.PATIENTS))
        earlier.setattr(demo_plans, "STORIES", {})
        earlier.setattr(demo_referrals, "STORIES", {})
        demo.load(at=app_now())
    assert counts()["TreatmentPlan"] == 0
    assert demo.load(at=app_now()) is False
    once = counts()
    assert (once["TreatmentPlan"], once["Referral"]) == (4, 3)
    assert demo.load(at=app_now()) is False
    assert counts() == once
    assert plan_of("Albers").versions.filter(approver__username="jonas.weiss").count() == 3


def test_whoever_was_changed_since_is_left_alone(loaded: None) -> None:
    before = counts()
    TreatmentPlan.objects.filter(patient__family_name="Demiray").update(ended_at=app_now(), end_reason="Moved")
    Patient.objects.filter(family_name="Albers").update(status="left")
    assert demo_plans.tell(at=app_now()) == 0
    assert counts() == before


# --- referrals


def referred(family: str) -> Referral:
    return Referral.objects.select_related("owner", "sender", "to", "nudge__owner").get(patient__family_name=family)


def test_three_referrals_are_at_three_places_and_somebody_is_asked(loaded: None) -> None:
    found = {row.patient.family_name: row for row in Referral.objects.select_related("patient", "nudge__owner")}
    assert {name: row.state for name, row in found.items()} == {
        "Ekström": "reported", "Baumann": "scheduled", "Demiray": "sent",
    }  # fmt: skip
    due.drain_all("referrals.looks")
    # Nobody is reached without a mail server, so that it is the first who was tried.
    asked = {name: row.nudge.rungs.order_by("number").first() for name, row in found.items() if row.nudge is not None}
    first = {name: rung.user.username for name, rung in asked.items() if rung is not None and rung.user is not None}
    assert {name: first[name] for name in ("Ekström", "Demiray")} == {
        "Ekström": "jonas.weiss", "Demiray": "mara.lindqvist",
    }  # fmt: skip
    assert not Nudge.objects.unfinished().filter(patient__family_name="Baumann", topic="referral").exists()
    assert not Nudge.objects.unfinished().filter(topic="SYS-02").exists(), "none of them is stuck"


def test_no_referral_waits_for_speech_therapy_and_none_is_urgent(loaded: None) -> None:
    # The story that play tells is theirs; a demo that has just started asks them nothing.
    assert not Referral.objects.filter(to__code="slt").exists()
    assert set(Referral.objects.values_list("urgency", flat=True)) == {"routine"}
    assert not Transition.objects.filter(at__gt=app_now()).exists()


def test_a_visit_lies_ahead_and_the_report_was_returned_by_whoever_saw_her(loaded: None) -> None:
    visit = Visit.objects.get(referral=referred("Baumann"))
    assert visit.status == "booked"
    assert visit.starts_at > app_now()
    row = referred("Ekström")
    assert (row.owner.username, row.sender.username) == ("petra.novak", "jonas.weiss")
    assert row.outcome_note


def test_referrals_are_told_once(loaded: None) -> None:
    assert demo_referrals.tell(at=app_now()) == 0
    assert Referral.objects.count() == 3
