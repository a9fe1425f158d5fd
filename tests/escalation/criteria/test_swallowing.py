"""Swallowing: every criterion fires, just misses and lacks something, clause by clause, by clinical sheet C.1 and SW-00."""

from datetime import timedelta

import pytest

from apps.escalation.evaluator import Judgement
from apps.escalation.picture import Known
from tests.escalation.criteria.house import Case, cases, lacks, severity, verdict
from tests.escalation.pictures import (
    DAY,
    HOUR,
    NOON,
    SECOND,
    assessed,
    coded,
    complication,
    finding,
    number,
    referred,
    resolution,
    screened,
    series,
)  # fmt: skip

HOURS_72 = timedelta(hours=72)

# SW-00: a complication dysphagia or aspiration pneumonia is recorded.

SW_00: dict[str, Case] = {
    "dysphagia": (True, [complication("dysphagia")]),
    "dysphagia long ago": (True, [complication("dysphagia", NOON - 900 * DAY)]),
    "dysphagia that is mild": (True, [complication("dysphagia", severity="mild")]),
    "aspiration pneumonia": (True, [complication("aspiration_pneumonia")]),
    "dysphagia that is over": (False, [complication("dysphagia", NOON - DAY, resolved_at=NOON)]),
    "a finding of that name": (False, [finding("dysphagia")]),
    "another complication": (False, [complication("pneumonitis")]),
    "nothing": (False, []),
}


@cases(SW_00)
def test_sw_00(expected: bool | None, facts: list[Known]) -> None:
    assert verdict("SW-00", facts) == Judgement(False) if not expected else verdict("SW-00", facts).fires is True


@pytest.mark.parametrize(
    ("codes", "emergency"),
    [(["dysphagia"], False), (["aspiration_pneumonia"], True), (["dysphagia", "aspiration_pneumonia"], True)],
)
def test_sw_00_is_an_emergency_with_an_aspiration_pneumonia(codes: list[str], emergency: bool) -> None:
    found = verdict("SW-00", [complication(code) for code in codes])
    assert severity(found, "urgent") == ("emergency" if emergency else "urgent")
    assert bool(found.reason) is emergency
    assert {fact.code for fact in found.evidence} == set(codes)


# SW-01: EAT-10 of 3 or more, no assessment by speech therapy in 28 days, and no referral to it that goes on.

SW_01: dict[str, Case] = {
    "3": (True, [screened(3)]),
    "2": (False, [screened(2)]),
    "40": (True, [screened(40)]),
    "8, and 2 since": (False, [screened(8, NOON - DAY), screened(2)]),
    "2, and 8 since": (True, [screened(2, NOON - DAY), screened(8)]),
    "assessed 28 days ago": (False, [screened(8), assessed(NOON - 28 * DAY)]),
    "assessed 29 days ago": (True, [screened(8), assessed(NOON - 29 * DAY)]),
    "assessed by somebody else": (True, [screened(8), assessed(NOON - DAY, "ecg")]),
    "referred": (False, [screened(8), referred("slt")]),
    "referred elsewhere": (True, [screened(8), referred("pulmonology")]),
    "no screen": (None, []),
    "no screen, but an assessment": (False, [assessed()]),
    "no screen, but a referral": (False, [referred("slt")]),
}


@cases(SW_01)
def test_sw_01(expected: bool | None, facts: list[Known]) -> None:
    found = verdict("SW-01", facts)
    assert found.fires is expected
    assert lacks(found) == ({"eat10"} if expected is None else set())
    assert {fact.code for fact in found.evidence} == ({"eat10"} if expected else set())
    assert found.absence is bool(expected), "that nobody has assessed is part of why"


# SW-02: a failed water test of 7 days; coughing on fluids, a wet voice or choking; FOIS of 3 or less after more; or 2 less than
# the value before, of 56 days.

SAFE = [coded("wst3oz", "pass", NOON - 2 * DAY), *series("fois", (20, 7), (10, 7))]
SW_02: dict[str, Case] = {
    "nothing of it": (False, SAFE),
    "a failed test today": (True, [*SAFE, coded("wst3oz", "fail")]),
    "a failed test of 7 days": (True, [coded("wst3oz", "fail", NOON - 7 * DAY)]),
    "a failed test of 8 days": (None, [coded("wst3oz", "fail", NOON - 8 * DAY), *SAFE[1:]]),
    "a failed test, and one that was passed since": (False, [coded("wst3oz", "fail", NOON - 4 * DAY), *SAFE]),
    "coughing on fluids": (True, [*SAFE, finding("coughing_on_fluids")]),
    "a wet voice": (True, [finding("wet_voice")]),
    "choking": (True, [finding("choking", NOON - 99 * DAY)]),
    "another finding": (False, [*SAFE, finding("new_cough")]),
    "choking that is over": (False, [*SAFE, finding("choking", resolved_at=NOON)]),
    "3 after 4": (True, series("fois", (9, 4), (0, 3))),
    "3 after 4, years ago": (True, series("fois", (900, 4), (0, 3))),
    "3 after 3": (False, [SAFE[0], *series("fois", (9, 3), (0, 3))]),
    "4 after 5": (False, [SAFE[0], *series("fois", (9, 5), (0, 4))]),
    "5 after 7": (True, series("fois", (9, 7), (0, 5))),
    "5 after 7 of 56 days": (True, series("fois", (56, 7), (0, 5))),
    "5 after 7 of 57 days": (None, [SAFE[0], *series("fois", (57, 7), (0, 5))]),
    "6 after 7": (False, [SAFE[0], *series("fois", (9, 7), (0, 6))]),
    "7 after 5": (False, [SAFE[0], *series("fois", (9, 5), (0, 7))]),
    "nothing known": (None, []),
    "one value of intake": (None, [SAFE[0], *series("fois", (0, 7))]),
    "J04: 5 after 7 of 46 days, and a failed test": (True, [*series("fois", (46, 7), (0, 5)), coded("wst3oz", "fail")]),
}


@cases(SW_02)
def test_sw_02(expected: bool | None, facts: list[Known]) -> None:
    assert verdict("SW-02", facts).fires is expected


def test_sw_02_names_what_it_lacks() -> None:
    assert lacks(verdict("SW-02", [])) == {"wst3oz within 7 days", "fois", "an earlier fois"}
    assert lacks(verdict("SW-02", SAFE[1:])) == {"wst3oz within 7 days"}
    assert lacks(verdict("SW-02", SAFE[:2])) == {"an earlier fois within 56 days"}


def test_sw_02_rests_on_both_clauses_at_once() -> None:
    found = verdict("SW-02", SW_02["J04: 5 after 7 of 46 days, and a failed test"][1])
    assert {fact.code for fact in found.evidence} == {"wst3oz", "fois"}
    assert [fact.value for fact in found.context] == [7], "the value that it fell from"


# SW-03: secretions that cannot be managed; or, while swallowing is impaired, within 72 hours: 38.0 °C, a new infiltrate, or a new
# productive cough with 94 % at most.

WEAK = coded("wst3oz", "fail", NOON - 20 * DAY)
COUGH = finding("new_productive_cough", NOON - 2 * HOUR)
CALM = number("temp", "36.8")
SW_03: dict[str, Case] = {
    "secretions": (True, [finding("cannot_manage_secretions")]),
    "38.0": (True, [WEAK, number("temp", "38.0")]),
    "37.9": (False, [WEAK, number("temp", "37.9")]),
    "38.0, with swallowing unimpaired": (False, [number("temp", "38.0")]),
    "38.0 after it was resolved": (False, [WEAK, resolution(NOON - DAY), number("temp", "38.0")]),
    "38.4 of 72 hours": (True, [WEAK, number("temp", "38.4", NOON - HOURS_72), CALM]),
    "38.4 of a second more": (False, [WEAK, number("temp", "38.4", NOON - HOURS_72 - SECOND), CALM]),
    "an infiltrate": (True, [WEAK, finding("new_infiltrate", NOON - HOURS_72)]),
    "an infiltrate of a second more": (False, [WEAK, CALM, finding("new_infiltrate", NOON - HOURS_72 - SECOND)]),
    "an infiltrate, with swallowing unimpaired": (False, [finding("new_infiltrate")]),
    "a cough at 94": (True, [WEAK, CALM, COUGH, number("spo2_rest_ra", 94)]),
    "a cough at 95": (False, [WEAK, CALM, COUGH, number("spo2_rest_ra", 95)]),
    "a dry cough at 94": (False, [WEAK, CALM, finding("new_dry_cough"), number("spo2_rest_ra", 94)]),
    "94 without a cough": (False, [WEAK, CALM, number("spo2_rest_ra", 94)]),
    "a cough, and 94 of 73 hours": (None, [WEAK, CALM, COUGH, number("spo2_rest_ra", 94, NOON - HOURS_72 - HOUR)]),
    "a cough, and nobody measured": (None, [WEAK, CALM, COUGH]),
    "nobody measured": (None, [WEAK]),
    "nothing": (False, []),
}


@cases(SW_03)
def test_sw_03(expected: bool | None, facts: list[Known]) -> None:
    assert verdict("SW-03", facts).fires is expected


def test_sw_03_names_what_it_lacks_and_tells_circumstances_apart() -> None:
    assert lacks(verdict("SW-03", [WEAK])) == {"temp within 72 hours"}
    assert lacks(verdict("SW-03", [WEAK, CALM, COUGH])) == {"spo2 rest ra within 72 hours"}
    found = verdict("SW-03", SW_03["a cough at 94"][1])
    assert {fact.code for fact in found.evidence} == {"new_productive_cough", "spo2_rest_ra"}
    assert found.context == (WEAK,)


# SW-04: while swallowing is impaired, 5 % lost in 90 days, 10 % in 180, or as an adult a BMI under 18.5. The percentages at every
# weight are tested where numbers are.

LEVEL = [*series("weight", (170, 60), (80, 60), (0, 60)), number("bmi", 22, NOON)]
SW_04: dict[str, Case] = {
    "nothing lost": (False, [WEAK, *LEVEL]),
    "5 % of 90 days": (True, [WEAK, *series("weight", (90, 60), (0, 57))]),
    "4.9 % of 90 days": (False, [WEAK, *series("weight", (90, 60), (0, "57.1")), number("bmi", 22, NOON)]),
    "5 % of 91 days": (False, [WEAK, *series("weight", (91, 60), (30, 57), (0, 57)), number("bmi", 22, NOON)]),
    "10 % of 180 days": (True, [WEAK, *series("weight", (180, 60), (30, 54), (0, 54))]),
    "10 % of 181 days": (
        False,
        [WEAK, *series("weight", (181, 60), (170, 54), (30, 54), (0, 54)), number("bmi", 22, NOON)],
    ),
    "gained": (False, [WEAK, *series("weight", (90, 50), (0, 60)), number("bmi", 22, NOON)]),
    "lost, with swallowing unimpaired": (False, series("weight", (90, 60), (0, 50))),
    "BMI 18.4": (True, [WEAK, number("bmi", "18.4")]),
    "BMI 18.5": (False, [WEAK, *LEVEL[:-1], number("bmi", "18.5", NOON)]),
    "47.3 kg and 160 cm": (True, [WEAK, number("weight", "47.3"), number("height", 160)]),
    "47.4 kg and 160 cm": (
        False,
        [WEAK, *series("weight", (170, "47.4"), (80, "47.4"), (0, "47.4")), number("height", 160)],
    ),
    "nothing weighed": (None, [WEAK]),
    "weighed once": (None, [WEAK, number("weight", 60), number("bmi", 22, NOON)]),
    "J04: 68.0 to 65.0 in 83 days": (False, [WEAK, *series("weight", (83, 68), (0, 65)), number("bmi", 22, NOON)]),
    "J04: 68.0 to 64.4 in 90 days": (True, [WEAK, *series("weight", (90, 68), (7, 65), (0, "64.4"))]),
}


@cases(SW_04)
def test_sw_04(expected: bool | None, facts: list[Known]) -> None:
    assert verdict("SW-04", facts).fires is expected


def test_sw_04_asks_for_the_body_mass_index_of_adults_only() -> None:
    light = [WEAK, *LEVEL[:-1], number("bmi", 15, NOON)]
    assert verdict("SW-04", light).fires is True
    assert verdict("SW-04", light, onset="juvenile").fires is False


def test_sw_04_names_what_it_lacks() -> None:
    assert lacks(verdict("SW-04", [WEAK])) == {"weight", "body mass index, or weight and height"}
    once = verdict("SW-04", [WEAK, number("weight", 60), number("bmi", 22, NOON)])
    assert lacks(once) == {"an earlier weight within 90 days", "an earlier weight within 180 days"}
