"""Every record item is played through the operations of its room, and lands where it should."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.escalation.journeys.shapes import SHAPES
from apps.escalation.models import Escalation
from apps.nudges.models import Nudge
from apps.observations.models import Assessment, Attendance, Condition, Observation, Resolution
from apps.patients.models import Antibody, Patient
from apps.plans.models import MedicationItem, PlanVersion, TreatmentPlan
from apps.referrals.models import Referral, Visit
from tests.journeys.house import CHILD, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("criteria")]
STEP = "2026-05-04 10:00"
AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def after(folder: Path, *items: str, **about: str) -> Patient:
    """The patient after these items, one step a day; playing must not have failed."""
    steps = [f"{(AT + number * DAY):%Y-%m-%d} 10:00 | {item}" for number, item in enumerate(items)]
    outcome, patient = told(folder, *steps, **{"criteria": "[]", **about})
    assert outcome.passed, outcome.difference
    return patient


def discipline_of(row: Any) -> str:
    """For which discipline whoever recorded it stands."""
    return str(row.recorded_by.member.discipline.code)


def test_an_observation(tmp_path: Path) -> None:
    after(tmp_path, "observation: ck, value: 300, limit: 190, quality: acceptable, baseline: true")
    row = Observation.objects.get()
    assert (row.value, row.unit, row.reference_high, row.quality) == (Decimal(300), "U/L", Decimal(190), "acceptable")
    assert (row.effective_at, row.recorded_at, row.baseline) == (AT, AT, True)
    assert discipline_of(row) == "rheumatology"


def test_an_observation_in_another_unit_of_a_position_and_of_a_time_before(tmp_path: Path) -> None:
    after(
        tmp_path,
        "observation: weight, value: 65000, unit: g, position: standing, conditions: in clothes, effective: 2026-05-01 08:00,"
        " by: dietetics",
    )
    row = Observation.objects.get()
    assert (row.value, row.unit, row.position, row.conditions) == (Decimal(65), "kg", "standing", "in clothes")
    assert (row.effective_at, row.recorded_at) == (datetime(2026, 5, 1, 6, tzinfo=UTC), AT)
    assert discipline_of(row) == "dietetics"


def test_observations_of_one_session(tmp_path: Path) -> None:
    after(
        tmp_path,
        "observation: spo2_rest_ra, value: 97, session: a; observation: spo2_exert_nadir, value: 93, session: a;"
        " observation: spo2_rest_ra, value: 96, session: b",
    )
    first, second, other = Observation.objects.order_by("id").values_list("session", flat=True)
    assert first == second
    assert first != other


def test_an_observation_that_is_a_code(tmp_path: Path) -> None:
    after(tmp_path, "observation: wst3oz, value: fail")
    assert Observation.objects.get().value == "fail"


def test_an_observation_is_corrected_and_entered_in_error(tmp_path: Path) -> None:
    after(
        tmp_path, "observation: eat10, value: 30, id: slip", "observation: eat10, value: 3, correct: slip, id: right",
        "observation: eat10, error: right",
    )  # fmt: skip
    wrong, right = Observation.objects.order_by("recorded_at")
    assert (wrong.status, right.status, right.corrects) == ("superseded", "entered_in_error", wrong)
    assert right.effective_at == AT


@pytest.mark.parametrize(
    ("items", "model"),
    [
        (("finding: choking, id: a", "finding: choking, error: a"), Condition),
        (("complication: dysphagia, severity: mild, id: a", "complication: dysphagia, error: a"), Condition),
        (("resolve: dysphagia, by: slt, id: a", "resolve: dysphagia, error: a"), Resolution),
        (("weakness: severe, id: a", "weakness: severe, error: a"), Assessment),
        (("assessment: hrct, by: pulmonology, id: a", "assessment: hrct, error: a"), Assessment),
        (("document: indication, id: a", "document: indication, error: a"), Assessment),
        (("attendance: slt, outcome: missed, id: a", "attendance: slt, outcome: missed, error: a"), Attendance),
    ],
)
def test_every_fact_can_be_entered_in_error(tmp_path: Path, items: tuple[str, ...], model: Any) -> None:
    after(tmp_path, *items)
    assert model.objects.get().status == "entered_in_error"


def test_findings_complications_and_what_is_over(tmp_path: Path) -> None:
    after(tmp_path, "finding: choking; complication: dysphagia, severity: severe", "resolve: dysphagia, by: slt")
    finding, complication = Condition.objects.order_by("concept__category", "id")[::-1]
    assert (finding.concept.code, complication.concept.code, complication.severity) == (
        "choking",
        "dysphagia",
        "severe",
    )
    resolution = Resolution.objects.get()
    assert (resolution.discipline.code, resolution.effective_at) == ("slt", AT + DAY)
    assert complication.resolved_at == AT + DAY


def test_what_the_patients_record_says(tmp_path: Path) -> None:
    patient = after(tmp_path, "diagnosis: 2026-03-01; phenotype: amyopathic", "reclassify: adult", patient=CHILD)
    assert (patient.diagnosis_date, patient.phenotype, patient.onset) == (date(2026, 3, 1), "amyopathic", "adult")


def test_an_antibody(tmp_path: Path) -> None:
    after(
        tmp_path,
        "antibody: mda5, result: positive, effective: 2026-05-01, id: a; antibody: jo1, result: negative",
        "antibody: mda5, error: a",
    )
    mda5, jo1 = Antibody.objects.order_by("effective_at")
    assert (mda5.code, mda5.result, mda5.entered_in_error) == ("mda5", "positive", True)
    assert (jo1.code, jo1.result, jo1.effective_at) == ("jo1", "negative", AT)


def test_weakness_assessments_and_documents(tmp_path: Path) -> None:
    after(
        tmp_path,
        "weakness: moderate; assessment: slt_assessment, by: slt, result: safe; document: imacs_risk, result: high;"
        " document: pjp_decision",
    )
    rows = Assessment.objects.order_by("id").values_list("kind", "discipline__code", "result")
    assert list(rows) == [
        ("weakness_grade", "rheumatology", "moderate"),
        ("slt_assessment", "slt", "safe"),
        ("imacs_risk", "rheumatology", "high"),
        ("decision", "rheumatology", "pjp_decision"),
    ]


@pytest.mark.parametrize(
    ("patient", "codes"),
    [
        ({}, {"phga": 6, "ptga": 5, "mmt8_150": 30, "haqdi": "1.75", "ck": 900, "extramusc": 4}),
        ({"patient": CHILD}, {"phga": 6, "ptga": 5, "cmas": 30, "chaq": "1.75", "ck": 900, "extramusc": 4}),
    ],
)
def test_a_core_set_is_six_values_of_one_session(
    tmp_path: Path, patient: dict[str, str], codes: dict[str, Any]
) -> None:
    after(tmp_path, "core_set: [6, 5, 30, 1.75, 900, 4]", **patient)
    rows = Observation.objects.select_related("instrument")
    assert {row.instrument.code: row.value for row in rows} == {code: Decimal(value) for code, value in codes.items()}
    assert len({row.session for row in rows}) == 1
    # The laboratory's limit is 200 unless it is said.
    assert next(row.reference_high for row in rows if row.instrument.code == "ck") == 200


def test_the_limit_of_a_core_set_can_be_said(tmp_path: Path) -> None:
    after(tmp_path, "core_set: [6, 5, 30, 1.75, 900, 4], limit: 170")
    assert Observation.objects.get(instrument__code="ck").reference_high == 170


def test_an_attendance(tmp_path: Path) -> None:
    after(tmp_path, "attendance: occupational-therapy, outcome: cancelled")
    row = Attendance.objects.get()
    assert (row.intervention.code, row.discipline.code, row.outcome) == (
        "occupational_therapy",
        "occupational-therapy",
        "cancelled",
    )


def content(patient: Patient) -> list[tuple[str, Decimal, str]]:
    """The medicines of what is followed."""
    rows = MedicationItem.objects.filter(version__plan__patient=patient, version__state=PlanVersion.State.ACTIVE)
    return [(row.medicine.code, row.dose, f"{row.frequency}/{row.period}{row.period_unit}") for row in rows]


BOTH = (
    "medication: methotrexate, dose: 15, frequency: weekly, starts: 2026-04-01, state: active;"
    " medication: folic_acid, dose: 5, frequency: weekly, state: active; intervention: photoprotection, state: active"
)


def test_medicines_of_one_step_are_one_version_that_is_followed(tmp_path: Path) -> None:
    patient = after(tmp_path, BOTH)
    version = PlanVersion.objects.get()
    assert (version.state, version.activated_at, version.plan.patient) == ("active", AT, patient)
    assert content(patient) == [("methotrexate", Decimal(15), "1/1wk"), ("folic_acid", Decimal(5), "1/1wk")]
    assert version.interventionitems.get().intervention.code == "photoprotection"
    starts = dict(version.medicationitems.values_list("medicine__code", "starts_on"))
    assert starts == {"methotrexate": date(2026, 4, 1), "folic_acid": date(2026, 5, 4)}
    # Methotrexate wants blood counts before its first dose: the reason is given.
    assert set(version.prerequisites.filter(state="missing").values_list("reason", flat=True)) == {"journey"}


def test_a_medicine_is_added_changed_and_stopped_and_the_rest_stays(tmp_path: Path) -> None:
    patient = after(
        tmp_path, BOTH, "medication: prednisone, dose: 60, frequency: daily, state: active",
        "medication: prednisone, dose: 20, frequency: twice daily, state: changed",
        "medication: methotrexate, state: stopped; medication: folic_acid, state: stopped",
        "intervention: photoprotection, state: stopped",
    )  # fmt: skip
    assert content(patient) == [("prednisone", Decimal(20), "2/1d")]
    assert PlanVersion.objects.filter(state="superseded").count() == 4
    assert not PlanVersion.objects.get(state="active").interventionitems.exists()


def test_a_medicine_in_two_dosages(tmp_path: Path) -> None:
    patient = after(
        tmp_path, "medication: hydroxychloroquine, dose: 200, frequency: twice daily, state: active",
        "medication: hydroxychloroquine, dose: 200, frequency: 5 times a week, state: changed;"
        " medication: hydroxychloroquine, dose: 400, frequency: 2 times a week, state: changed",
    )  # fmt: skip
    assert content(patient) == [
        ("hydroxychloroquine", Decimal(200), "5/1wk"),
        ("hydroxychloroquine", Decimal(400), "2/1wk"),
    ]


def test_a_course_by_weight_into_the_vein(tmp_path: Path) -> None:
    after(
        tmp_path,
        "observation: weight, value: 82; medication: ivig, dose: 2, unit: g/kg, frequency: every 4 weeks, course_days: 2,"
        " route: iv, state: active",
    )
    row = MedicationItem.objects.get()
    assert (row.basis, row.course_days, row.unit, row.period, row.period_unit) == ("course", 2, "g/kg", 4, "wk")
    assert row.route == "iv"


def test_what_is_proposed_is_not_followed(tmp_path: Path) -> None:
    patient = after(
        tmp_path, "medication: prednisone, dose: 60, frequency: daily, state: proposed",
        "medication: prednisone, dose: 40, frequency: daily, state: proposed",
    )  # fmt: skip
    assert content(patient) == []
    assert list(PlanVersion.objects.order_by("number").values_list("state", flat=True)) == ["withdrawn", "proposed"]


def test_a_plan_of_which_nothing_is_left_ends(tmp_path: Path) -> None:
    after(
        tmp_path,
        "medication: prednisone, dose: 60, frequency: daily, state: active",
        "medication: prednisone, state: stopped",
    )
    assert TreatmentPlan.objects.get().ended_at == AT + DAY


def test_a_child_is_treated_by_paediatric_rheumatology(tmp_path: Path) -> None:
    after(tmp_path, "medication: prednisolone, dose: 40, frequency: daily, state: active", patient=CHILD)
    version = PlanVersion.objects.get()
    assert version.approver is not None
    assert version.approver.member.discipline.code == "paediatric-rheumatology"


@pytest.mark.parametrize(
    "state",
    ["draft", "sent", "received", "accepted", "scheduled", "seen", "reported", "closed", "declined", "cancelled"],
)
def test_a_referral_is_brought_to_every_state(tmp_path: Path, state: str) -> None:
    after(
        tmp_path,
        "referral: slt, state: sent" if state != "draft" else "referral: slt, state: draft",
        f"referral: slt, state: {state}",
    )
    row = Referral.objects.get()
    assert (row.state, row.to.code, row.sender_discipline.code) == (state, "slt", "rheumatology")


def test_a_referral_has_a_target_a_reason_a_visit_and_a_sender(tmp_path: Path) -> None:
    after(
        tmp_path, "referral: slt, state: sent, target: 2026-05-20, reason: slt_instrumental_study, by: pulmonology",
        "referral: slt, state: scheduled, visit: 2026-05-18 10:00, reason: slt_instrumental_study",
    )  # fmt: skip
    row = Referral.objects.get()
    assert (row.target_on, row.reason.code) == (date(2026, 5, 20), "slt_instrumental_study")
    assert row.sender_discipline.code == "pulmonology"
    assert Visit.objects.get().starts_at == datetime(2026, 5, 18, 8, tzinfo=UTC)


def test_a_referral_that_was_taken_on_is_cancelled_with_the_receivers_word(tmp_path: Path) -> None:
    after(tmp_path, "referral: slt, state: accepted", "referral: slt, state: cancelled", "referral: slt, state: sent")
    assert sorted(Referral.objects.values_list("state", flat=True)) == ["cancelled", "sent"]


OPENS = "2026-05-04 10:00 | observation: eat10, value: 8 | opened: [SW-01]"


def test_a_question_is_acknowledged_by_whoever_is_asked(tmp_path: Path) -> None:
    outcome, _ = told(tmp_path, OPENS, "2026-05-04 11:00 | acknowledge: SW-01")
    assert outcome.passed, outcome.difference
    nudge = Nudge.objects.get()
    assert nudge.owner is not None
    assert (nudge.state, nudge.acknowledged_at) == ("acknowledged", AT + timedelta(hours=1))
    assert nudge.owner.member.discipline.code == "slt"


def test_a_question_is_acknowledged_by_the_colleague_on_call_who_is_asked_next(tmp_path: Path) -> None:
    outcome, _ = told(tmp_path, OPENS, "2026-05-05 11:00 | acknowledge: SW-01 | escalated: [SW-01]")
    assert outcome.passed, outcome.difference
    assert Nudge.objects.get().owner.username.startswith("slt.on-call.")  # type: ignore[union-attr]


def test_an_escalation_is_closed_by_a_discipline_and_with_a_reason(tmp_path: Path) -> None:
    outcome, _ = told(tmp_path, OPENS, "2026-05-04 11:00 | close: SW-01, by: slt, reason: seen at the bedside")
    assert outcome.passed, outcome.difference
    row = Escalation.objects.get()
    assert (row.state, row.end_reason) == ("closed", "seen at the bedside")
    assert row.ended_by is not None
    assert row.ended_by.member.discipline.code == "slt"


def test_who_has_died_is_asked_about_no_more(tmp_path: Path) -> None:
    outcome, patient = told(tmp_path, OPENS, "2026-05-04 11:00 | status: deceased | withdrawn: [SW-01]")
    assert outcome.passed, outcome.difference
    assert patient.status == "deceased"


def test_who_has_left_may_come_back(tmp_path: Path) -> None:
    assert after(tmp_path, "status: left, reason: moved", "status: active, reason: back again").status == "active"


#: What cannot be done at that moment, and a part of what is told.
REFUSED = {
    "observation: eat10, value: 41": "“observation” was refused: Eating Assessment Tool, 10 items goes from 0 to 40.",
    "observation: fvc_pp, value: 2.1, unit: L": "“observation” was refused",
    "antibody: mda5, result: positive, effective: 2026-05-05": "“antibody” was refused",
    "medication: prednisone, dose: 20, frequency: daily, state: changed": "prednisone is not followed",
    "medication: prednisone, state: stopped": "prednisone is not followed",
    "medication: methotrexate, dose: 15, frequency: daily, state: active": "“medication” was refused",
    "referral: slt, state: declined": "no referral to slt is open",
    "acknowledge: SW-01": "SW-01 is open nowhere",
    "close: SW-01, reason: over": "SW-01 is open nowhere",
    "status: active": "“status” was refused",
}


@pytest.mark.parametrize("item", REFUSED)
def test_what_cannot_be_done_is_told_with_its_line(tmp_path: Path, item: str) -> None:
    outcome, _ = told(tmp_path, f"{STEP} | {item}")
    assert not outcome.passed
    assert "own.yaml, line 9: " in outcome.difference
    assert REFUSED[item] in outcome.difference


def test_a_medicine_that_is_followed_is_not_begun_again(tmp_path: Path) -> None:
    order = "medication: prednisone, dose: 20, frequency: daily, state: active"
    outcome, _ = told(tmp_path, f"2026-05-04 | {order}", f"2026-05-05 | {order}")
    assert "line 12: prednisone is followed already: another dosage is “changed”" in outcome.difference


def test_a_referral_does_not_go_back(tmp_path: Path) -> None:
    outcome, _ = told(tmp_path, "2026-05-04 | referral: slt, state: seen", "2026-05-05 | referral: slt, state: sent")
    assert "line 12: the referral to slt is seen: it does not go back to sent" in outcome.difference


def test_every_kind_of_item_is_played_here() -> None:
    """A kind without a test above would show here, since each is named in this file."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in SHAPES if f"{kind}: " not in text] == []
