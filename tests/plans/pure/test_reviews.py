"""When one looks at the response, which values count before and after, and what they come to."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.plans.reviews import (
    CDASI,
    ENZYME_SOURCE,
    TIS,
    Comparison,
    Measured,
    Series,
    base,
    compare,
    measures_of,
    review_dates,
)
from tests.plans.pure.sheet import HCQ, IVIG, PREDNISONE, WINDOWS

CORE = ("phga", "ptga", "mmt8_150", "haqdi", "ck", "extramusc")
CHILD = ("phga", "ptga", "cmas", "chaq", "ck", "extramusc")
ULN = Decimal(200)


def measured(code: str, value: str | float, day: str, limit: Decimal | None = None) -> Measured:
    limits = {"ck": ULN, "alt": Decimal(40)}
    return Measured(code, Decimal(str(value)), date.fromisoformat(day), limit or limits.get(code))


def series(*rows: Measured) -> Series:
    found: dict[str, list[Measured]] = {}
    for one in rows:
        found.setdefault(one.code, []).append(one)
    return found


def core_set(day: str, values: str, codes: tuple[str, ...] = CORE) -> list[Measured]:
    """Six values in the order of the sheet: phga, ptga, strength, function, CK, extramuscular."""
    return [measured(code, value, day) for code, value in zip(codes, values.split("/"), strict=True)]


def tis(rows: list[Measured], started: str, on: str, onset: str = "adult", **more: Any) -> Comparison:
    return compare(
        series(*rows), score=TIS, started_on=date.fromisoformat(started), onset=onset, on=date.fromisoformat(on), **more
    )


@pytest.mark.parametrize(
    ("medicine", "started", "due"),
    [
        (PREDNISONE, "2026-01-05", "2026-02-16"),
        (HCQ, "2026-03-02", "2026-05-25"),
        (IVIG, "2026-04-13", "2026-08-03"),
    ],
)
def test_one_looks_at_the_end_of_the_window(medicine: Any, started: str, due: str) -> None:
    found = review_dates(medicine, date.fromisoformat(started), WINDOWS, populations={"any", "adult", "amyopathic"})
    assert [one.due_on.isoformat() for one in found] == [due]
    assert found[0].medicine == medicine.code


def test_a_window_for_others_asks_for_no_review() -> None:
    assert review_dates(HCQ, date(2026, 3, 2), WINDOWS, populations={"any", "adult"}) == []


def test_several_windows_are_all_looked_at_the_earliest_first() -> None:
    both = (*WINDOWS, WINDOWS[2].__class__(4, "tis", medicine="prednisone"))
    found = review_dates(PREDNISONE, date(2026, 1, 5), both, populations={"any"})
    assert [one.due_on for one in found] == [date(2026, 2, 2), date(2026, 2, 16)]


@pytest.mark.parametrize(
    ("days", "chosen"),
    [
        ((-30, -28, -5), -5),
        ((-28,), -28),
        ((-29,), None),
        ((0,), 0),
        ((-29, 1, 14), 1),
        ((14,), 14),
        ((15,), None),
        ((-1, 1), -1),
        ((), None),
    ],
)
def test_c0_the_value_before_is_the_last_of_28_days_or_the_first_of_14_after(
    days: tuple[int, ...], chosen: int | None
) -> None:
    start = date(2026, 3, 2)
    rows = [Measured("phga", Decimal(1), start + timedelta(days=day)) for day in days]
    found = base(reversed(rows), start)
    assert (found.on - start).days == chosen if found is not None else chosen is None


def test_of_two_values_of_one_day_the_later_recorded_counts() -> None:
    day = date(2026, 3, 2)
    rows = [Measured("phga", Decimal(1), day), Measured("phga", Decimal(2), day)]
    found = base(rows, day)
    assert found is not None
    assert found.value == 2


J01 = [*core_set("2026-01-05", "6/6/112/1.75/3200/3"), *core_set("2026-02-14", "3.5/4/124/1.25/900/2")]


def test_j01_a_good_response() -> None:
    found = tis(J01, "2026-01-05", "2026-02-16")
    assert (found.value, found.category, found.on, found.missing) == (
        Decimal("52.5"),
        "moderate",
        date(2026, 2, 14),
        (),
    )
    assert found.lines[0] == "physician global 6 → 3.5 of 10: 25 % better, 15 points (P-TIST [V])"
    assert [line for line in found.lines if "CK" in line and line.endswith(ENZYME_SOURCE)]
    assert found.lines[-1] == f"52.5 of 100, category “moderate” {ENZYME_SOURCE}"


def test_values_measured_since_the_assessment_do_not_mix_with_it() -> None:
    found = tis([*J01, measured("ck", 400, "2026-03-02")], "2026-01-05", "2026-04-06")
    assert found.after["ck"].value == 900
    assert found.on == date(2026, 2, 14)


J02 = [
    *core_set("2026-02-02", "5.5/6/118/1.5/2400/3"),
    *core_set("2026-03-12", "5/5.8/120/1.5/2100/3"),
    *core_set("2026-04-10", "5/5.8/120/1.5/2100/3"),
    *core_set("2026-07-20", "2.5/3/134/1/500/1.5"),
]


def test_j02_no_response_to_the_steroid_and_a_good_one_to_ivig() -> None:
    steroid = tis(J02, "2026-02-02", "2026-03-16")
    assert (steroid.value, steroid.category) == (Decimal("2.5"), "none")
    ivig = tis(J02, "2026-04-13", "2026-08-03")
    assert (ivig.value, ivig.category, ivig.before["phga"].on) == (Decimal(55), "moderate", date(2026, 4, 10))


def test_j08_27_5_is_not_enough_for_a_child_and_would_be_for_an_adult() -> None:
    rows = [*core_set("2026-01-12", "6/6/30/1.75/900/4", CHILD), *core_set("2026-02-23", "5/5/33/1.5/500/3.5", CHILD)]
    rows.append(measured("mmt8_80", 52, "2026-01-12"))
    child = tis(rows, "2026-01-12", "2026-02-23", "juvenile")
    assert (child.value, child.category) == (Decimal("27.5"), "none")
    assert (child.before["cmas"].value, child.after["cmas"].value) == (Decimal(30), Decimal(33))
    assert tis(rows, "2026-01-12", "2026-02-23").category == "minimal"


def test_an_assessment_that_lacks_something_gives_way_to_the_last_whole_one() -> None:
    rows = [*J02[:12], measured("phga", 1, "2026-06-01")]
    found = tis(rows, "2026-02-02", "2026-06-02")
    assert (found.on, found.missing) == (date(2026, 3, 12), ())


def test_what_is_missing_is_named_and_there_is_no_score() -> None:
    rows = [one for one in J01 if not (one.code == "ptga" and one.on == date(2026, 2, 14))]
    rows = [one for one in rows if one.code != "haqdi"]
    found = tis(rows, "2026-01-05", "2026-02-16")
    assert (found.value, found.category) == (None, "")
    assert found.missing == ("ptga after", "haqdi before", "haqdi after")
    assert len(found.lines) == 4


def test_an_assessment_in_the_future_does_not_count_yet() -> None:
    found = tis(J01, "2026-01-05", "2026-02-13")
    assert found.value is None
    assert found.missing == tuple(f"{code} after" for code in CORE)
    assert found.on is None


def test_nothing_measured_lacks_everything() -> None:
    assert len(tis([], "2026-01-05", "2026-02-16").missing) == 12


def test_only_what_is_dated_late_enough_counts_where_that_is_asked() -> None:
    assert tis(J01, "2026-01-05", "2026-03-01", since=date(2026, 2, 15)).value is None
    assert tis(J01, "2026-01-05", "2026-03-01", since=date(2026, 2, 14)).value == Decimal("52.5")


def test_two_scales_of_strength_are_never_compared() -> None:
    rows = [one for one in J01 if not (one.code == "mmt8_150" and one.on == date(2026, 2, 14))]
    rows.append(measured("mmt8_80", 70, "2026-02-14"))
    found = tis(rows, "2026-01-05", "2026-02-16")
    assert found.missing == ("mmt8_150 after",)


def test_an_enzyme_without_its_limit_is_missing() -> None:
    rows = [one for one in J01 if one.code != "ck"]
    rows += [Measured("ck", Decimal(3200), date(2026, 1, 5)), Measured("ck", Decimal(900), date(2026, 2, 14))]
    assert tis(rows, "2026-01-05", "2026-02-16").missing == ("ck before", "ck after")


def test_a_value_that_is_no_number_or_has_no_true_limit_is_missing() -> None:
    rows = [one for one in J01 if one.on == date(2026, 1, 5)]
    rows += core_set("2026-02-14", "3.5/4/124/1.25/900/2")
    rows = [replace(one, value=None) if one.code == "ptga" else one for one in rows]
    rows = [replace(one, limit=Decimal(0)) if one.code == "ck" else one for one in rows]
    assert tis(rows, "2026-01-05", "2026-02-16").missing == ("ptga before", "ptga after", "ck before", "ck after")


def test_the_enzyme_that_was_most_abnormal_is_followed() -> None:
    # CK 1.1 times its limit, ALT 5 times.
    rows = [one for one in J01 if one.code != "ck"]
    rows += [measured("ck", 220, "2026-01-05"), measured("alt", 200, "2026-01-05"), measured("alt", 80, "2026-02-14")]
    found = tis(rows, "2026-01-05", "2026-02-16")
    # From 5 to 2 times the limit is all of the range of 3: 7.5 points, as CK came to.
    assert (found.missing, found.value) == ((), Decimal("52.5"))
    assert set(found.after) == {"phga", "ptga", "extramusc", "mmt8_150", "haqdi", "alt"}


def skin(*scores: tuple[float, str], on: str = "2026-06-01", **more: Any) -> Comparison:
    rows = series(*(measured(CDASI, value, day) for value, day in scores))
    return compare(rows, score=CDASI, started_on=date(2026, 3, 2), onset="adult", on=date.fromisoformat(on), **more)


def test_j03_the_skin_score_fell_by_two_points() -> None:
    found = skin((22, "2026-02-23"), (20, "2026-05-27"))
    assert (found.value, found.missing, found.on) == (Decimal(2), (), date(2026, 5, 27))
    assert found.lines[0].startswith(
        "CDASI activity 22 → 20 of 100: 2 points better; a change that means something is 4 points"
    )
    assert found.lines[0].endswith("(UPenn) or 5 (Stanford) (P-CDASI [V])")


def test_a_skin_score_may_rise_or_stay_and_the_latest_counts() -> None:
    worse = skin((22, "2026-02-23"), (10, "2026-04-01"), (25.5, "2026-05-27"))
    assert worse.value == Decimal("-3.5")
    assert "3.5 points worse" in worse.lines[0]
    assert "no change" in skin((22, "2026-02-23"), (22, "2026-05-27")).lines[0]


def test_a_skin_score_that_is_missing_is_named() -> None:
    assert skin((22, "2026-02-23")).missing == ("cdasi_a after",)
    assert skin((20, "2026-05-27")).missing == ("cdasi_a before",)
    assert skin().missing == ("cdasi_a before", "cdasi_a after")
    assert skin((22, "2026-02-23"), (20, "2026-05-18"), since=date(2026, 5, 19)).value is None


def test_the_value_before_is_not_the_value_after_too() -> None:
    # Scored first ten days after the start: that is what the treatment began from.
    assert skin((22, "2026-03-12")).missing == ("cdasi_a after",)


def test_a_comparison_can_be_kept_as_json() -> None:
    kept = json.loads(json.dumps(tis(J01, "2026-01-05", "2026-02-16").plain()))
    assert (kept["value"], kept["category"], kept["on"]) == ("52.5", "moderate", "2026-02-14")
    assert kept["before"]["ck"] == {"value": "3200", "on": "2026-01-05", "limit": "200"}
    empty = tis([], "2026-01-05", "2026-02-16").plain()
    assert (empty["value"], empty["on"], empty["before"]) == (None, None, {})


def test_the_measures_of_a_score_are_known_and_of_others_refused() -> None:
    assert measures_of(CDASI) == ("cdasi_a",)
    assert {*CORE, *CHILD, "mmt8_80", "alt", "aldolase"} <= set(measures_of(TIS))
    with pytest.raises(ValueError, match="das28"):
        measures_of("das28")
    with pytest.raises(ValueError, match="elderly"):
        tis(J01, "2026-01-05", "2026-02-16", "elderly")


@given(st.decimals(min_value=Decimal(0), max_value=Decimal("3.5"), places=1))
def test_a_better_physician_global_never_lowers_the_score(phga: Decimal) -> None:
    rows = [one for one in J01 if not (one.code == "phga" and one.on == date(2026, 2, 14))]
    better = tis([*rows, measured("phga", str(phga), "2026-02-14")], "2026-01-05", "2026-02-16").value
    assert better is not None
    assert better >= Decimal("52.5")
