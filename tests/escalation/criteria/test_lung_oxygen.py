"""Oxygen and complications of the lung: LU-00, LU-01, LU-02, LU-05 and LU-07, clause by clause, by clinical sheet C.2."""

from uuid import UUID

import pytest

from apps.escalation.picture import Known
from tests.escalation.criteria.house import Case, cases, lacks, severity, verdict
from tests.escalation.pictures import (
    DAY,
    HOUR,
    NOON,
    SECOND,
    antibody,
    complication,
    finding,
    followed,
    number,
    order,
    series,
    target,
)  # fmt: skip
from tests.plans.pure.sheet import METHOTREXATE, PREDNISONE

# LU-00: one of four complications; severe, it is an emergency.

FOUR = ["interstitial_lung_disease", "dyspnoea", "respiratory_muscle_weakness", "pneumonitis"]


@pytest.mark.parametrize("code", FOUR)
@pytest.mark.parametrize(
    ("how", "said"), [("", "urgent"), ("mild", "urgent"), ("moderate", "urgent"), ("severe", "emergency")]
)
def test_lu_00_fires_for_each_of_four_and_severe_it_is_an_emergency(code: str, how: str, said: str) -> None:
    found = verdict("LU-00", [complication(code, severity=how)])
    assert (found.fires, severity(found, "urgent")) == (True, said)
    assert verdict("LU-00", [complication(code, NOON - DAY, severity=how, resolved_at=NOON)]).fires is False
    assert verdict("LU-00", [finding(code, severity=how)]).fires is False


def test_lu_00_is_no_emergency_for_a_severe_one_that_is_over_or_of_another_kind() -> None:
    over = complication("pneumonitis", NOON - DAY, severity="severe", resolved_at=NOON)
    other = complication("calcinosis_cutis", severity="severe")
    assert severity(verdict("LU-00", [over, other, complication("dyspnoea")]), "urgent") == "urgent"
    assert verdict("LU-00", [other, complication("dysphagia", severity="severe")]).fires is False


# LU-01: 92 % or less within 24 hours; under the patient's own range where the team has set one.


def oxygen(value: float | str, ago: float = 1) -> Known:
    return number("spo2_rest_ra", value, NOON - ago * HOUR)


LU_01: dict[str, Case] = {
    "92": (True, [oxygen(92)]),
    "92.1": (False, [oxygen("92.1")]),
    "93": (False, [oxygen(93)]),
    "60": (True, [oxygen(60)]),
    "92 of 24 hours": (True, [oxygen(92, 24)]),
    "92 of a second more": (None, [number("spo2_rest_ra", 92, NOON - DAY - SECOND)]),
    "90, and 95 since": (False, [oxygen(90, 3), oxygen(95)]),
    "95, and 90 since": (True, [oxygen(95, 3), oxygen(90)]),
    "on exertion only": (None, [number("spo2_exert_nadir", 80)]),
    "nobody measured": (None, []),
}


@cases(LU_01)
def test_lu_01(expected: bool | None, facts: list[Known]) -> None:
    found = verdict("LU-01", facts)
    assert found.fires is expected
    assert lacks(found) == ({"spo2 rest ra within 24 hours"} if expected is None else set())


@pytest.mark.parametrize(
    ("low", "value", "fires"), [(88, 92, False), (88, 88, False), (88, "87.9", True), (88, 87, True), (95, 94, True)]
)
def test_lu_01_goes_by_the_patients_own_range(low: int, value: float | str, fires: bool) -> None:
    own = [target(str(low), "100")]
    assert verdict("LU-01", [oxygen(value)], targets=own).fires is fires
    ended = [target(str(low), ends_at=NOON)]
    assert verdict("LU-01", [oxygen(value)], targets=ended).fires is (float(value) <= 92)
    assert verdict("LU-01", [], targets=own).fires is None
    assert verdict("LU-01", [oxygen(92)], targets=[target(None, "96")]).fires is True, (
        "without a lower bound it is none"
    )


# LU-02: 93 or 94 % within 7 days; a fall of 4 within one test; or 88 % on exertion at most.

ONE, TWO = UUID(int=1), UUID(int=2)


def walked(
    start: float, nadir: float, ago: int = 1, sessions: tuple[UUID | None, UUID | None] = (ONE, ONE)
) -> list[Known]:
    at = NOON - ago * DAY
    first, last = sessions
    return [number("spo2_rest_ra", start, at, session=first), number("spo2_exert_nadir", nadir, at, session=last)]


GOOD = walked(98, 96)
LU_02: dict[str, Case] = {
    "93": (True, [oxygen(93)]),
    "94": (True, [oxygen(94)]),
    "94.1": (False, [*GOOD, oxygen("94.1")]),
    "95": (False, [*GOOD, oxygen(95)]),
    "92: that is LU-01": (False, [*GOOD, oxygen(92)]),
    "94 of 7 days": (True, [number("spo2_rest_ra", 94, NOON - 7 * DAY)]),
    "94 of 8 days": (None, [number("spo2_rest_ra", 94, NOON - 8 * DAY)]),
    "a fall of 4": (True, walked(98, 94)),
    "a fall of 3": (False, walked(98, 95)),
    "a fall of 4 in a test of last year": (True, [*walked(98, 94, 400), oxygen(98)]),
    "a fall of 4 between two tests": (None, [*walked(98, 94, sessions=(ONE, TWO))]),
    "a fall of 4 outside of a test": (None, [*walked(98, 94, sessions=(None, None))]),
    "a fall in the test before": (False, [*walked(98, 90, 9), *walked(98, 96, 1, (TWO, TWO))]),
    "88 on exertion": (True, [*walked(91, 88), oxygen(96)]),
    "89 on exertion": (False, [*walked(92, 89), oxygen(96)]),
    "88 on exertion, at rest nothing": (True, [number("spo2_exert_nadir", 88)]),
    "at rest only": (None, [oxygen(97)]),
    "nobody measured": (None, []),
}  # fmt: skip


@cases(LU_02)
def test_lu_02(expected: bool | None, facts: list[Known]) -> None:
    assert verdict("LU-02", facts).fires is expected


def test_lu_02_names_what_it_lacks() -> None:
    test = "spo2 rest ra and spo2 exert nadir of one test"
    assert lacks(verdict("LU-02", [])) == {"spo2 rest ra within 7 days", test, "spo2 exert nadir"}
    assert lacks(verdict("LU-02", [oxygen(97)])) == {test, "spo2 exert nadir"}


# LU-05: anti-MDA5, and within 28 days: mMRC up by 1, a new cough, 3 % under the base, FVC 10 % down in 90 days, or ground glass.

MDA5 = antibody("positive")
#: A base that a clinician has marked, beneath the first value on record.
MARKED = [number("spo2_rest_ra", 99, NOON - 300 * DAY), number("spo2_rest_ra", 95, NOON - 100 * DAY, baseline=True)]
BEFORE = [
    *series("spo2_rest_ra", (200, 97), (5, 97)), *series("mmrc", (200, 0), (5, 0)), *series("fvc_pp", (60, 88), (5, 88)),
]  # fmt: skip
LU_05: dict[str, Case] = {
    "an unchanged chest": (False, [MDA5, *BEFORE]),
    "fever alone": (False, [MDA5, *BEFORE, number("temp", "38.2")]),
    "breathlessness by 1": (True, [MDA5, *series("mmrc", (200, 0), (28, 1))]),
    "breathlessness by 1, 29 days ago": (False, [MDA5, *BEFORE[:2], *BEFORE[4:], *series("mmrc", (200, 0), (29, 1), (5, 1))]),
    "breathlessness by 1, and better since": (True, [MDA5, *series("mmrc", (60, 0), (9, 1), (2, 0))]),
    "a new cough of 28 days": (True, [MDA5, finding("new_cough", NOON - 28 * DAY)]),
    "a new cough of 29 days": (False, [MDA5, *BEFORE, finding("new_cough", NOON - 29 * DAY)]),
    "a cough of another kind": (False, [MDA5, *BEFORE, finding("new_productive_cough")]),
    "3 % under the base": (True, [MDA5, *BEFORE, oxygen(94)]),
    "2 % under the base": (False, [MDA5, *BEFORE, oxygen(95)]),
    "3 % under the base, 28 days ago": (True, [MDA5, *series("spo2_rest_ra", (200, 97), (28, 94))]),
    "3 % under the base, 29 days ago": (None, [MDA5, *BEFORE[2:], *series("spo2_rest_ra", (200, 97), (29, 94))]),
    "3 % under a base that was marked": (True, [MDA5, *MARKED, oxygen(92)]),
    "2 % under a base that was marked": (False, [MDA5, *BEFORE[2:], *MARKED, oxygen(93)]),
    "FVC 10 % down": (True, [MDA5, *series("fvc_pp", (90, 88), (0, "79.2"))]),
    "FVC 9.9 % down": (False, [MDA5, *BEFORE[:4], *series("fvc_pp", (90, 88), (0, "79.3"))]),
    "FVC 10 % down in 91 days": (False, [MDA5, *BEFORE[:4], *series("fvc_pp", (91, 88), (50, "79.2"), (0, "79.2"))]),
    "FVC 10 % down, 28 days ago": (True, [MDA5, *series("fvc_pp", (80, 88), (28, "79.2"))]),
    "FVC 10 % down, 29 days ago": (False, [MDA5, *BEFORE[:4], *series("fvc_pp", (80, 88), (29, "79.2"))]),
    "ground glass": (True, [MDA5, finding("new_ground_glass", NOON - 28 * DAY)]),
    "ground glass, 29 days ago": (False, [MDA5, *BEFORE, finding("new_ground_glass", NOON - 29 * DAY)]),
    "a cough, antibody negative": (False, [antibody("negative"), finding("new_cough")]),
    "a cough, antibody equivocal": (False, [antibody("equivocal"), finding("new_cough")]),
    "a cough, another antibody": (None, [antibody("positive", "jo1"), finding("new_cough")]),
    "a cough, antibody negative since": (False, [MDA5, antibody("negative", at=NOON - DAY), finding("new_cough")]),
    "an unchanged chest, never tested": (False, BEFORE),
    "nothing but the antibody": (None, [MDA5]),
}  # fmt: skip


@cases(LU_05)
def test_lu_05(expected: bool | None, facts: list[Known]) -> None:
    found = verdict("LU-05", facts)
    assert found.fires is expected
    assert severity(found, "emergency") == "emergency"


def test_lu_05_names_what_it_lacks_and_the_antibody_is_a_circumstance() -> None:
    assert verdict("LU-05", [finding("new_cough")]).missing == ("a test for MDA5 antibodies",)
    two = "two values of mmrc, the later within 28 days"
    assert lacks(verdict("LU-05", [MDA5])) == {two, "spo2 rest ra within 28 days"}
    found = verdict("LU-05", [MDA5, finding("new_cough")])
    assert ([fact.code for fact in found.evidence], found.context) == (["new_cough"], (MDA5,))


# LU-07: on methotrexate, within 14 days a new dry cough or mMRC up by 1.

WEEKLY = [followed(order(METHOTREXATE, "15", "2026-01-01", often="1/1wk"))]
CALM = series("mmrc", (99, 1), (9, 1))
LU_07: dict[str, Case] = {
    "a dry cough today": (True, [finding("new_dry_cough")]),
    "a dry cough of 14 days": (True, [*CALM, finding("new_dry_cough", NOON - 14 * DAY)]),
    "a dry cough of 15 days": (False, [*CALM, finding("new_dry_cough", NOON - 15 * DAY)]),
    "a dry cough of 20 days": (False, [*CALM, finding("new_dry_cough", NOON - 20 * DAY)]),
    "a cough of another kind": (False, [*CALM, finding("new_cough"), finding("new_productive_cough")]),
    "breathlessness by 1": (True, series("mmrc", (99, 1), (14, 2))),
    "breathlessness by 1, 15 days ago": (False, series("mmrc", (99, 1), (15, 2), (3, 2))),
    "breathlessness as before": (False, CALM),
    "breathlessness judged once": (None, series("mmrc", (0, 3))),
    "nobody judged": (None, []),
}


@cases(LU_07)
def test_lu_07(expected: bool | None, facts: list[Known]) -> None:
    found = verdict("LU-07", facts, plans=WEEKLY)
    assert found.fires is expected
    assert lacks(found) == ({"two values of mmrc, the later within 14 days"} if expected is None else set())
    assert verdict("LU-07", facts).fires is False, "never taken"
    assert verdict("LU-07", facts, plans=[followed(order(PREDNISONE, "5", "2026-01-01"))]).fires is False
    stopped = [followed(order(METHOTREXATE, "15", "2026-01-01", "2026-04-12", often="1/1wk"))]
    assert verdict("LU-07", facts, plans=stopped).fires is False, "its last day was yesterday"
