"""What the journeys of swallowing and lung name beside them: IN-01, SK-05, MO-02 and MU-01, clause by clause (C.3 to C.8)."""

from datetime import date, timedelta
from typing import Any

import pytest

from apps.escalation import evaluator
from apps.escalation.picture import Followed, Known
from apps.knowledge.in_force import everything
from tests.escalation.criteria.house import Case, cases, lacks, verdict
from tests.escalation.pictures import (
    DAY,
    HOUR,
    NOON,
    SECOND,
    TODAY,
    antibody,
    assessed,
    complication,
    core_set,
    finding,
    followed,
    look,
    number,
    order,
    ruling_of,
)  # fmt: skip
from tests.plans.pure.sheet import HCQ, METHOTREXATE, METHYLPREDNISOLONE, PREDNISONE

# IN-01: immunity is suppressed, and 38.0 °C or a suspected infection. The temperature counts for 72 hours.

HOURS_72 = timedelta(hours=72)
IN_01: dict[str, Case] = {
    "38.0": (True, [number("temp", "38.0")]),
    "37.9": (False, [number("temp", "37.9")]),
    "38.0 of 72 hours": (True, [number("temp", "38.0", NOON - HOURS_72), number("temp", "36.5")]),
    "38.0 of a second more": (False, [number("temp", "38.0", NOON - HOURS_72 - SECOND), number("temp", "36.5")]),
    "a suspected infection": (True, [finding("suspected_infection", NOON - 9 * DAY)]),
    "an infection that is over": (False, [number("temp", 37), finding("suspected_infection", resolved_at=NOON)]),
    "nobody measured": (None, []),
    "nobody measured for 73 hours": (None, [number("temp", 39, NOON - HOURS_72 - HOUR)]),
}


@cases(IN_01)
def test_in_01(expected: bool | None, facts: list[Known]) -> None:
    for orders in ([order(METHOTREXATE, "15", "2026-01-01", often="1/1wk")], [order(PREDNISONE, "20", "2026-03-30")]):
        found = verdict("IN-01", facts, plans=[followed(*orders)])
        assert found.fires is expected
        assert lacks(found) == ({"temp within 72 hours"} if expected is None else set())
    for orders in ([order(HCQ, "200", "2026-01-01")], [order(PREDNISONE, "20", "2026-03-31")], []):
        assert verdict("IN-01", facts, plans=[followed(*orders)]).fires is False, "immunity is not suppressed"


# SK-05: a skin ulcer, or necrosis.

SK_05: dict[str, Case] = {
    "an ulcer": (True, [finding("skin_ulcer")]),
    "necrosis": (True, [finding("cutaneous_necrosis")]),
    "an ulcer of last year that is not over": (True, [finding("skin_ulcer", NOON - 400 * DAY)]),
    "an ulcer that is over": (False, [finding("skin_ulcer", NOON - DAY, resolved_at=NOON)]),
    "another finding": (False, [finding("new_cough")]),
    "a complication of the skin": (False, [complication("calcinosis_cutis")]),
    "nothing": (False, []),
}


@cases(SK_05)
def test_sk_05(expected: bool | None, facts: list[Known]) -> None:
    assert verdict("SK-05", facts).fires is expected


# MO-02: diagnosed more than 30 days ago and never tested; with lung disease every 183 days in the first year, then every 365; at
# risk every 365.


def spirometry(days: int) -> Known:
    return number("fvc_pp", 80, NOON - days * DAY)


def ild(days: int) -> Known:
    return complication("interstitial_lung_disease", NOON - days * DAY)


MO_02: dict[str, tuple[bool, int, list[Known]]] = {
    "never tested, day 30": (False, 30, []),
    "never tested, day 31": (True, 31, []),
    "tested once, years ago": (False, 3000, [spirometry(2999)]),
    "tested before the diagnosis": (False, 31, [spirometry(40)]),
    "an assessment of the lung": (False, 31, [assessed(NOON - 9 * DAY, "pft")]),
    "DLCO alone": (True, 31, [number("dlco_pp", 70)]),
    "lung disease, 183 days": (False, 300, [ild(300), spirometry(183)]),
    "lung disease, 184 days": (True, 300, [ild(300), spirometry(184)]),
    "lung disease for years, 184 days": (False, 900, [ild(900), spirometry(184)]),
    "lung disease for years, 365 days": (False, 900, [ild(900), spirometry(365)]),
    "lung disease for years, 366 days": (True, 900, [ild(900), spirometry(366)]),
    "lung disease that is over, 366 days": (
        False, 900, [complication("interstitial_lung_disease", NOON - 900 * DAY, resolved_at=NOON - DAY), spirometry(366)],
    ),
    "anti-MDA5, 365 days": (False, 900, [antibody("positive"), spirometry(365)]),
    "anti-MDA5, 366 days": (True, 900, [antibody("positive"), spirometry(366)]),
    "anti-Jo-1, 366 days": (True, 900, [antibody("positive", "jo1"), spirometry(366)]),
    "antisynthetase, 366 days": (True, 900, [antibody("positive", "other_synthetase"), spirometry(366)]),
    "anti-MDA5 negative, 366 days": (False, 900, [antibody("negative"), spirometry(366)]),
    "anti-TIF1γ, 366 days": (False, 900, [antibody("positive", "tif1g"), spirometry(366)]),
}  # fmt: skip


@pytest.mark.parametrize(("expected", "diagnosed", "facts"), MO_02.values(), ids=MO_02.keys())
def test_mo_02(knowledge: None, expected: bool, diagnosed: int, facts: list[Known]) -> None:
    more: dict[str, Any] = {"knowledge": everything(), "diagnosed_on": TODAY - timedelta(days=diagnosed)}
    found = verdict("MO-02", facts, **more)
    assert (found.fires, found.absence) == (expected, expected)
    ends = evaluator.clears(look(*facts, **more), ruling_of("MO-02"), since=NOON - DAY, opened_at=NOON - DAY)
    assert (ends is None) is expected, "what was missing is there"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [([], None), ([spirometry(900)], False), ([ild(900)], True), ([ild(900), spirometry(366)], True)],
    ids=["never tested", "tested once", "lung disease", "lung disease, 366 days"],
)
def test_mo_02_is_unknown_where_it_hangs_on_the_date_of_the_diagnosis(
    knowledge: None, facts: list[Known], expected: bool | None
) -> None:
    found = verdict("MO-02", facts, knowledge=everything(), diagnosed_on=None)
    assert found.fires is expected
    assert lacks(found) == ({"the date of the diagnosis"} if expected is None else set())


# MU-01: muscle disease, steroids of 0.5 mg/kg or a pulse for 42 days, and no score since day 28, or one under 20 (juvenile: 30).

BEGAN, BEGIN = date(2026, 3, 2), "2026-03-02 08:00"
STRONG = [followed(order(PREDNISONE, "60", BEGAN))]
WEIGHT = number("weight", 70, NOON - 60 * DAY)
#: Physician, patient, strength, function, CK, beyond muscles; each change of it alone is worth so many points (P-TIST).
BEFORE = (6, 6, 112, "1.75", 3200, 3)
START = core_set(BEGIN, *BEFORE)
SCORES: dict[str, tuple[Any, ...]] = {
    "0": BEFORE,
    "2.5": (6, 6, 112, "1.75", 2800, 3),  # CK by 400 of 3,000: 13.3 %
    "17.5": (3, 6, 112, "1.75", 3200, 3),  # physician by 30 %
    "20": (1, 6, 112, "1.75", 3200, 3),  # by 50 %
    "27.5": (1, 6, 112, "1.75", 3200, 2),  # and 10 % beyond muscles: 7.5
    "30": (1, 6, 124, "1.75", 3200, 3),  # or strength by 8 %: 10
}


def scored(points: str, at: str = "2026-04-10 08:00") -> list[Known]:
    return core_set(at, *SCORES[points])


@pytest.mark.parametrize(
    ("onset", "points", "reason"),
    [
        ("adult", "0", "tis=0"),
        ("adult", "17.5", "tis=17.5"),
        ("adult", "20", None),
        ("adult", "27.5", None),
        ("juvenile", "20", "tis=20"),
        ("juvenile", "27.5", "tis=27.5"),
        ("juvenile", "30", None),
    ],
)
def test_mu_01_goes_by_the_class_of_onset_whatever_the_age(onset: str, points: str, reason: str | None) -> None:
    for born in (date(1980, 1, 1), date(2015, 1, 1)):
        person: dict[str, Any] = {"onset": onset, "birth_date": born, "plans": STRONG}
        facts = [WEIGHT, *START, *scored(points)]
        found = verdict("MU-01", facts, **person)
        assert (found.fires, found.reason) == (reason is not None, reason or "")
        ends = evaluator.clears(look(*facts, **person), ruling_of("MU-01"), since=NOON - DAY, opened_at=NOON - DAY)
        assert (ends is None) is (reason is not None)


def begun(days: int) -> list[Followed]:
    return [followed(order(PREDNISONE, "60", TODAY - timedelta(days=days)))]


@pytest.mark.parametrize(("days", "expected"), [(41, False), (42, True), (43, True), (200, True)])
def test_mu_01_waits_for_42_days(days: int, expected: bool) -> None:
    found = verdict("MU-01", [WEIGHT, *core_set(NOON - days * DAY, *BEFORE)], plans=begun(days))
    assert (found.fires, found.reason) == (expected, "no_assessment" if expected else "")
    assert found.absence is expected


@pytest.mark.parametrize(("day", "reason"), [("2026-03-29 08:00", "no_assessment"), ("2026-03-30 08:00", None)])
def test_mu_01_counts_a_score_from_day_28_on(day: str, reason: str | None) -> None:
    found = verdict("MU-01", [WEIGHT, *START, *scored("20", day)], plans=STRONG)
    assert (found.fires, found.reason) == (reason is not None, reason or "")


def test_mu_01_takes_an_incomplete_core_set_for_none() -> None:
    found = verdict("MU-01", [WEIGHT, *START, *scored("30")[:-1]], plans=STRONG)
    assert (found.fires, found.reason) == (True, "no_assessment")


PULSE = order(METHYLPREDNISOLONE, "500", BEGAN, "2026-03-04", route="iv")
MU_01: dict[str, tuple[bool | None, list[Any], list[Known]]] = {
    "full strength at the beginning": (False, STRONG, [WEIGHT, *core_set(BEGIN, 6, 6, 150, "1.75", 3200, 3)]),
    "149 of 150": (True, STRONG, [WEIGHT, *core_set(BEGIN, 6, 6, 149, "1.75", 3200, 3)]),
    "nobody measured strength then": (None, STRONG, [WEIGHT, number("mmt8_150", 112, NOON - DAY)]),
    "strength on the other scale only": (None, STRONG, [WEIGHT, *core_set(BEGIN, 6, 6, 52, "1.75", 3200, 3, strength="mmt8_80")]),
    "0.5 mg/kg exactly": (True, [followed(order(PREDNISONE, "35", BEGAN))], [WEIGHT, *START]),
    "less than 0.5 mg/kg": (None, [followed(order(PREDNISONE, "34.9", BEGAN))], [WEIGHT, *START]),
    "nobody knows the weight": (None, STRONG, START),
    "a pulse": (True, [followed(PULSE, order(PREDNISONE, "5", "2026-03-05"))], START),
    "no steroid": (False, [followed(order(METHOTREXATE, "15", BEGAN, often="1/1wk"))], [WEIGHT, *START]),
    "ended yesterday": (False, [followed(order(PREDNISONE, "60", BEGAN, "2026-04-12"))], [WEIGHT, *START]),
}  # fmt: skip


@pytest.mark.parametrize(("expected", "plans", "facts"), MU_01.values(), ids=MU_01.keys())
def test_mu_01(expected: bool | None, plans: list[Followed], facts: list[Known]) -> None:
    found = verdict("MU-01", facts, plans=plans)
    assert found.fires is expected
    assert bool(found.missing) is (expected is None)


def test_mu_01_names_what_it_lacks() -> None:
    assert "a weight to tell the dose of steroids" in lacks(verdict("MU-01", START, plans=STRONG))
    assert "mmt8 150 at the start of systemic steroid" in lacks(verdict("MU-01", [WEIGHT], plans=STRONG))
