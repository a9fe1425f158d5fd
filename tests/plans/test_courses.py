"""What a patient has taken when: the journeys of the clinical sheet, gaps, tails and plans."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from apps.knowledge.values import Medicine
from apps.plans.courses import STEROID, Courses, Step, Unsaid, courses
from apps.plans.dosing import Body, Dosage
from tests.plans.pure.sheet import (
    AZATHIOPRINE,
    FOLIC_ACID,
    HCQ,
    METHOTREXATE,
    METHYLPREDNISOLONE,
    PREDNISONE,
    body,
    dosage,
)

DAY = timedelta(days=1)
PREDNISOLONE = Medicine("prednisolone", "Prednisolone", "corticosteroid", ("oral",), prednisone_factor=Decimal(1))
RITUXIMAB = Medicine("rituximab", "Rituximab", "biologic", ("iv",), immunosuppressant=True)
CICLOSPORIN = Medicine("ciclosporin", "Ciclosporin", "cni", ("oral",), immunosuppressant=True)
KNOWN = {
    one.code: one
    for one in (
        AZATHIOPRINE, CICLOSPORIN, FOLIC_ACID, HCQ, METHOTREXATE, METHYLPREDNISOLONE, PREDNISOLONE, PREDNISONE, RITUXIMAB,
    )
}  # fmt: skip
NOBODY = body()


def day(text: str) -> date:
    """A day of 2026: “06-18”."""
    return date.fromisoformat(f"2026-{text}")


def order(medicine: Medicine, dose: str, starts: str, stops: str = "", **more: Any) -> Dosage:
    return dosage(medicine, dose, starts_on=day(starts), stops_on=day(stops) if stops else None, **more)


def step(on: str, *orders: Dosage) -> Step:
    found: dict[str, list[Dosage]] = {}
    for one in orders:
        found.setdefault(one.medicine, []).append(one)
    return Step(day(on), found)


def told(*steps: Step) -> Courses:
    return courses(steps, KNOWN)


J01 = told(
    step("01-05", order(PREDNISONE, "60", "01-05"), order(METHOTREXATE, "10", "01-05", often="1/1wk"),
         order(FOLIC_ACID, "5", "01-05", often="1/1wk")),
)  # fmt: skip
J02 = told(step("02-02", order(PREDNISONE, "60", "02-02")))
J03 = told(
    step("03-02", order(HCQ, "200", "03-02", often="2/1d")),
    step("03-06", order(HCQ, "200", "03-02", often="5/1wk"), order(HCQ, "400", "03-02", often="2/1wk")),
)
J07 = told(
    step("05-06", order(AZATHIOPRINE, "50", "05-07")),
    step("06-18", order(FOLIC_ACID, "5", "06-18")),
)


def test_j01_prednisone_of_60_mg_is_28_days_old_on_2_february_and_not_the_day_before() -> None:
    assert J01.prednisone_mg(day("02-02"), NOBODY) == 60
    assert J01.steroid_days_at(20, day("02-02"), NOBODY) == 28
    assert J01.steroid_days_at(20, day("02-01"), NOBODY) == 27
    assert J01.started("systemic_steroid", day("02-02")) == day("01-05")


def test_j01_60_mg_for_70_kg_are_six_sevenths_of_a_milligram_per_kg() -> None:
    here = body("70")
    assert J01.strong_steroid_course(Fraction(6, 7), day("02-02"), here) == day("01-05")
    assert J01.strong_steroid_course(Decimal("0.86"), day("02-02"), here) is None
    assert J01.strong_steroid_course(Decimal("0.5"), day("01-04"), here) is None


def test_j02_day_42_of_a_course_of_0_73_mg_per_kg() -> None:
    started = J02.strong_steroid_course(Decimal("0.5"), day("03-16"), body("82"))
    assert started is not None
    assert (day("03-16") - started).days == 42
    assert J02.active("csdmard", day("03-16")) == ()


def test_j03_the_average_is_that_of_the_order_from_its_first_day_on() -> None:
    assert J03.mg_per_day("hydroxychloroquine", day("03-01"), NOBODY) == 0
    assert J03.mg_per_day("hydroxychloroquine", day("03-05"), NOBODY) == 400
    # 5 × 200 mg + 2 × 400 mg in 7 days; for 52 kg 4.95 mg/kg.
    assert J03.mg_per_day("hydroxychloroquine", day("03-06"), NOBODY) == Fraction(1800, 7)
    assert J03.started("hydroxychloroquine", day("05-27")) == day("03-02")


@pytest.mark.parametrize(
    ("on", "tail", "taken"),
    [
        ("05-06", 28, False), ("05-07", 0, True), ("06-18", 0, True), ("06-19", 0, False),
        ("06-29", 28, True), ("07-16", 28, True), ("07-17", 28, False), ("07-27", 28, False),
    ],
)  # fmt: skip
def test_j07_azathioprine_counts_for_28_days_after_it_was_left_out(on: str, tail: int, taken: bool) -> None:
    assert J07.active("csdmard", day(on), tail) == (("azathioprine",) if taken else ())


def test_what_was_left_out_has_that_day_as_its_last() -> None:
    assert J07.last_course("azathioprine", day("07-27")) == (day("05-07"), day("06-18"))
    assert J07.started("azathioprine", day("06-18")) == day("05-07")
    assert J07.started("azathioprine", day("06-19")) is None
    assert J07.last_course("azathioprine", day("05-06")) is None


def test_a_stopped_plan_ends_everything_that_was_reached_and_all_that_was_planned() -> None:
    found = told(
        step("01-05", order(PREDNISONE, "40", "01-05", "02-28"), order(METHOTREXATE, "10", "03-01", often="1/1wk")),
        Step(day("02-10"), {}),
    )
    assert found.active("systemic_steroid", day("02-10")) == ("prednisone",)
    assert found.active("systemic_steroid", day("02-11")) == ()
    assert found.last_course("methotrexate", day("12-31")) is None


def test_what_is_planned_is_taken_on_its_days_and_not_before() -> None:
    found = told(step("01-05", order(PREDNISONE, "40", "01-05", "01-11"), order(PREDNISONE, "30", "01-12")))
    assert [found.prednisone_mg(day(on), NOBODY) for on in ("01-04", "01-11", "01-12")] == [0, 40, 30]
    later = told(step("01-05", order(METHOTREXATE, "10", "02-01", often="1/1wk")))
    assert (later.active("methotrexate", day("01-31")), later.started("methotrexate", day("01-31"))) == ((), None)
    assert later.started("methotrexate", day("02-01")) == day("02-01")


def test_a_day_without_it_makes_a_new_course_and_the_old_one_is_not_forgotten() -> None:
    found = told(
        step("01-05", order(PREDNISONE, "40", "01-05", "01-20")),
        step("01-25", order(PREDNISONE, "20", "01-25")),
    )
    assert [found.started("prednisone", day(on)) for on in ("01-20", "01-22", "01-25")] == [
        day("01-05"), None, day("01-25"),
    ]  # fmt: skip
    assert found.last_course("prednisone", day("01-22")) == (day("01-05"), day("01-20"))
    assert found.last_course("prednisone", day("03-01")) == (day("01-25"), None)
    assert found.active("prednisone", day("01-10")) == ("prednisone",)


def test_a_medicine_that_was_left_out_for_a_while_was_not_taken_then() -> None:
    found = told(
        step("01-05", order(METHOTREXATE, "10", "01-05", often="1/1wk")),
        step("02-01", order(FOLIC_ACID, "5", "02-01", often="1/1wk")),
        step("03-01", order(METHOTREXATE, "15", "03-01", often="1/1wk")),
    )
    taken = [bool(found.active("methotrexate", day(on))) for on in ("01-05", "02-01", "02-02", "02-28", "03-01")]
    assert taken == [True, True, False, False, True]
    assert found.started("methotrexate", day("03-05")) == day("03-01")


def test_an_earlier_version_planned_what_the_later_one_moved() -> None:
    found = told(
        step("01-05", order(METHOTREXATE, "10", "02-01", often="1/1wk")),
        step("01-20", order(METHOTREXATE, "10", "03-01", often="1/1wk")),
    )
    assert found.active("methotrexate", day("02-15")) == ()
    assert found.started("methotrexate", day("03-01")) == day("03-01")


def test_a_first_version_is_believed_about_the_days_before_it() -> None:
    found = told(step("03-01", order(METHOTREXATE, "15", "01-10", often="1/1wk")))
    assert found.started("methotrexate", day("02-01")) == day("01-10")


def test_a_version_that_says_when_something_had_ended_is_believed() -> None:
    found = told(
        step("01-05", order(AZATHIOPRINE, "50", "01-05")),
        step("02-10", order(AZATHIOPRINE, "50", "01-05", "01-31")),
    )
    assert found.last_course("azathioprine", day("03-01")) == (day("01-05"), day("01-31"))


def swapped() -> Courses:
    return told(
        step("01-05", order(PREDNISONE, "30", "01-05")),
        step("02-10", order(PREDNISOLONE, "30", "02-10")),
    )


def test_one_steroid_after_the_other_without_a_gap_is_one_course_of_steroids() -> None:
    found = swapped()
    assert found.started("systemic_steroid", day("02-20")) == day("01-05")
    assert found.started("prednisolone", day("02-20")) == day("02-10")
    assert found.steroid_days_at(20, day("02-20"), NOBODY) == 46
    # Either was taken on the day of the change; what of both comes to is one dose and not two.
    assert found.active("systemic_steroid", day("02-10")) == ("prednisolone", "prednisone")
    assert [found.prednisone_mg(day(on), NOBODY) for on in ("02-09", "02-10", "02-11")] == [30, 30, 30]
    # 0.5 mg/kg of 80 kg are 40 mg, which 30 mg and 30 mg on one day would have reached.
    assert found.strong_steroid_course(Decimal("0.5"), day("02-20"), body("80")) is None


def test_a_steroid_that_is_left_out_without_another_still_counts_on_its_last_day() -> None:
    found = told(step("01-05", order(PREDNISONE, "30", "01-05")), Step(day("02-10"), {}))
    assert [found.prednisone_mg(day(on), NOBODY) for on in ("02-10", "02-11")] == [30, 0]


def test_a_gap_between_two_steroids_ends_the_course() -> None:
    found = told(step("01-05", order(PREDNISONE, "30", "01-05", "01-31"), order(PREDNISOLONE, "30", "02-02")))
    assert found.started("systemic_steroid", day("02-03")) == day("02-02")
    assert found.steroid_days_at(20, day("02-03"), NOBODY) == 1
    assert found.steroid_days_at(20, day("02-01"), NOBODY) == 0


def test_steroids_add_up_by_their_factors() -> None:
    found = told(step("01-05", order(PREDNISONE, "10", "01-05"), order(METHYLPREDNISOLONE, "8", "01-05", route="oral")))
    # 10 + 8 × 1.25.
    assert found.prednisone_mg(day("01-05"), NOBODY) == 20


def test_every_second_day_is_half_of_it_a_day() -> None:
    found = told(step("01-05", order(PREDNISONE, "40", "01-05", often="1/2d")))
    assert [found.prednisone_mg(day(on), NOBODY) for on in ("01-05", "01-06")] == [20, 20]
    assert found.immunosuppressed(day("01-18"), NOBODY) == ()
    assert found.immunosuppressed(day("01-19"), NOBODY) == (STEROID,)


def test_days_at_a_dose_begin_again_when_it_was_less_for_a_day() -> None:
    found = told(
        step(
            "01-05",
            order(PREDNISONE, "20", "01-05", "01-31"),
            order(PREDNISONE, "19.9", "02-01", "02-01"),
            order(PREDNISONE, "20", "02-02"),
        )
    )
    days = [found.steroid_days_at(20, day(on), NOBODY) for on in ("01-31", "02-01", "02-02", "02-16")]
    assert days == [26, 0, 0, 14]


def test_a_dose_per_kg_without_a_weight_is_not_known_and_counts_as_enough() -> None:
    found = told(step("01-05", order(PREDNISONE, "1", "01-05", unit="mg/kg")))
    assert (found.prednisone_mg(day("02-02"), NOBODY), found.mg_per_day("prednisone", day("02-02"), NOBODY)) == (
        None,
        None,
    )
    assert found.steroid_days_at(20, day("02-02"), NOBODY) == 28
    assert found.steroid_days_at(20, day("02-02"), body("19")) == 0
    assert found.strong_steroid_course(Decimal("0.5"), day("02-02"), NOBODY) == day("01-05")


def test_what_a_weight_said_counts_until_it_is_too_old() -> None:
    found = told(step("01-05", order(PREDNISONE, "1", "01-05", unit="mg/kg")))
    # 15 kg are 15 mg a day; from 366 days after the weight on nobody can say.
    old = body("15", weight_on=day("02-02") - timedelta(days=366))
    assert found.steroid_days_at(20, day("02-01"), old) == 0
    assert found.steroid_days_at(20, day("02-05"), old) == 3


def test_whether_a_course_was_strong_cannot_be_said_without_a_weight() -> None:
    with pytest.raises(Unsaid):
        J01.strong_steroid_course(Decimal("0.5"), day("02-02"), NOBODY)
    assert J03.strong_steroid_course(Decimal("0.5"), day("03-06"), NOBODY) is None


def test_a_course_stays_a_strong_one_after_the_dose_was_lowered_and_until_it_ends() -> None:
    found = told(
        step("01-05", order(PREDNISONE, "60", "01-05", "02-04"), order(PREDNISONE, "5", "02-05", "03-01")),
        step("03-10", order(PREDNISONE, "5", "03-10")),
    )
    here = body("70")
    assert found.strong_steroid_course(Decimal("0.5"), day("03-01"), here) == day("01-05")
    assert found.strong_steroid_course(Decimal("0.5"), day("03-05"), here) is None
    assert found.strong_steroid_course(Decimal("0.5"), day("03-12"), here) is None


def test_a_course_is_not_strong_before_the_dose_is_reached() -> None:
    found = told(step("01-05", order(PREDNISONE, "5", "01-05", "01-31"), order(PREDNISONE, "60", "02-01")))
    assert found.strong_steroid_course(Decimal("0.5"), day("01-31"), body("70")) is None
    assert found.strong_steroid_course(Decimal("0.5"), day("02-01"), body("70")) == day("01-05")


def test_an_intravenous_pulse_makes_a_course_a_strong_one_whatever_the_weight() -> None:
    pulse = order(METHYLPREDNISOLONE, "1", "01-05", "01-07", unit="g", route="iv")
    found = told(step("01-05", pulse, order(PREDNISONE, "10", "01-08")))
    assert found.strong_steroid_course(Decimal("0.5"), day("02-20"), NOBODY) == day("01-05")
    assert found.strong_steroid_course(Decimal("0.5"), day("01-04"), NOBODY) is None


def test_rituximab_suppresses_immunity_for_183_days_after_its_last_day() -> None:
    found = told(
        step("01-05", order(RITUXIMAB, "1", "01-05", "01-19", unit="g", often="1/2wk")), Step(day("03-01"), {})
    )
    last = day("01-19")
    assert found.immunosuppressed(last + timedelta(days=183), NOBODY) == ("rituximab",)
    assert found.immunosuppressed(last + timedelta(days=184), NOBODY) == ()
    assert found.active("biologic", last + DAY) == ()


def test_reasons_of_suppressed_immunity_stand_beside_each_other() -> None:
    found = told(step("01-05", order(PREDNISONE, "20", "01-05"), order(CICLOSPORIN, "100", "01-05", often="2/1d")))
    assert found.immunosuppressed(day("01-19"), NOBODY) == ("ciclosporin", STEROID)
    assert J03.immunosuppressed(day("04-01"), NOBODY) == ()
    # Methotrexate suppresses while it is taken, without the tail that laboratory values are watched for.
    assert J07.immunosuppressed(day("06-18"), NOBODY) == ("azathioprine",)
    assert J07.immunosuppressed(day("06-19"), NOBODY) == ()


def test_groups_are_codes_classes_and_marks() -> None:
    found = told(step("01-05", order(CICLOSPORIN, "100", "01-05"), order(METHOTREXATE, "10", "01-05", often="1/1wk")))
    on = day("01-05")
    assert found.active("cni", on) == ("ciclosporin",)
    assert found.active("immunosuppressant", on) == ("ciclosporin", "methotrexate")
    assert found.active("nobody_knows_it", on) == ()
    assert courses([step("01-05", order(HCQ, "200", "01-05"))], {}).active("hydroxychloroquine", on) == (
        "hydroxychloroquine",
    )


def test_a_dose_that_cannot_be_meant_is_an_amount_that_cannot_be_said() -> None:
    found = told(step("01-05", order(PREDNISONE, "5", "01-05", unit="tablet")))
    assert found.mg_per_day("prednisone", day("01-05"), NOBODY) is None
    assert found.steroid_days_at(20, day("01-19"), NOBODY) == 14


def test_nobody_takes_anything_before_there_is_a_plan() -> None:
    nothing = told()
    assert nothing.active("csdmard", day("01-05"), 28) == ()
    assert nothing.prednisone_mg(day("01-05"), NOBODY) == 0
    assert nothing.immunosuppressed(day("01-05"), NOBODY) == ()


def test_a_body_is_taken_as_it_is_now_for_the_days_before() -> None:
    grown = Body(weight_kg=Decimal(40), weight_on=day("03-01"))
    found = told(step("01-05", order(PREDNISONE, "0.5", "01-05", unit="mg/kg")))
    assert found.prednisone_mg(day("01-05"), grown) == 20
