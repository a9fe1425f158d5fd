"""Facts that were wrong: an escalation is withdrawn when nothing else holds it up, and only then."""

from datetime import timedelta

import pytest

from apps.common.clock import move_clock
from apps.escalation.models import Escalation
from tests.cast import Cast
from tests.escalation.doors import antibody, finding, value
from tests.escalation.house import ago, assess, codes, nudge_of, only, screen
from tests.observations.house import correct, mark_wrong, send
from tests.thread.conftest import work


def wrong(cast: Cast, path: str, row: str) -> None:
    assert mark_wrong(cast, path, row).status_code == 200
    work()


def state(code: str) -> str:
    """Of the one escalation of a criterion."""
    row = Escalation.objects.select_related("nudge").get(criterion__code=code)
    assert (row.state == "withdrawn") is (nudge_of(row).state == "cancelled")
    return row.state


@pytest.mark.parametrize("which", ["test", "choking", "both"])
def test_of_two_facts_that_each_suffice_one_is_enough(house: Cast, which: str) -> None:
    test, choking = value(house, "wst3oz", "fail"), finding(house, "choking")
    work()
    assert only("SW-02").evidence.count() == 2
    if which != "choking":
        wrong(house, "observations", test)
    if which != "test":
        wrong(house, "findings", choking)
    assert state("SW-02") == ("withdrawn" if which == "both" else "open")


@pytest.mark.parametrize("which", ["fibrosis", "progression", "last value", "value before"])
def test_of_facts_that_only_together_suffice_each_is_needed(house: Cast, which: str) -> None:
    rows = {
        "fibrosis": ("findings", finding(house, "fibrosis_on_hrct", days=100)),
        "progression": ("findings", finding(house, "hrct_progression", days=1)),
        "value before": ("observations", value(house, "fvc_pp", 82, days=100)),
        "last value": ("observations", value(house, "fvc_pp", 77)),
    }
    work()
    assert "LU-04" in codes()
    wrong(house, *rows[which])
    assert state("LU-04") == "withdrawn"


def test_a_value_before_that_was_wrong_leaves_what_another_one_holds_up(house: Cast) -> None:
    first = value(house, "fvc_pp", 84, days=100)
    value(house, "fvc_pp", 82, days=50)
    value(house, "fvc_pp", 77)
    work()
    assert "from 84" in only("LU-03").explanation
    wrong(house, "observations", first)
    assert state("LU-03") == "open"


def test_without_its_circumstance_nothing_holds_it_up(house: Cast) -> None:
    assess(house)
    swallow = screen(house, 5, effective_at=ago(hours=3))
    value(house, "weight", 60, days=80)
    value(house, "weight", 56)
    work()
    wrong(house, "observations", swallow)
    assert state("SW-04") == "withdrawn"


def test_with_another_circumstance_it_goes_on(house: Cast) -> None:
    assess(house)
    swallow = screen(house, 5, effective_at=ago(hours=3))
    value(house, "fois", 5, hours=4)
    value(house, "weight", 60, days=80)
    value(house, "weight", 56)
    work()
    wrong(house, "observations", swallow)
    assert state("SW-04") == "open"


def test_an_antibody_that_was_wrong_withdraws_what_rested_on_it(house: Cast) -> None:
    row = antibody(house)
    finding(house, "new_cough")
    work()
    assert only("LU-05").severity == "emergency"
    answer = send(house, f"antibodies/{row}/enter-in-error/", {"reason": "another patient"}, who="coordinator")
    assert answer.status_code == 200
    work()
    assert state("LU-05") == "withdrawn"


@pytest.mark.parametrize(("new", "expected"), [(76, "open"), (78, "withdrawn")])
def test_a_correction_goes_on_where_the_right_value_is_bad_too(house: Cast, new: int, expected: str) -> None:
    value(house, "fvc_pp", 82, days=50)
    row = value(house, "fvc_pp", 77)
    work()
    assert correct(house, row, new, unit="%").status_code == 201
    work()
    assert state("LU-03") == expected


def test_what_was_right_at_its_time_holds_it_up_although_its_window_has_passed(house: Cast) -> None:
    value(house, "spo2_rest_ra", 90)
    work()
    move_clock(by=timedelta(hours=20))
    later = value(house, "spo2_rest_ra", 91)
    work()
    move_clock(by=timedelta(days=3))
    wrong(house, "observations", later)
    row = only("LU-01")
    assert (row.state, [one.stands for one in row.evidence.order_by("added_at")]) == ("open", [True, False])


def test_a_fact_that_holds_nothing_up_withdraws_nothing_when_it_was_wrong(house: Cast) -> None:
    value(house, "wst3oz", "fail")
    other = value(house, "temp", 37)
    work()
    wrong(house, "observations", other)
    assert state("SW-02") == "open"


def test_what_was_withdrawn_stands_in_nobodys_way(house: Cast) -> None:
    first = value(house, "wst3oz", "fail")
    work()
    wrong(house, "observations", first)
    value(house, "wst3oz", "fail")
    work()
    assert only("SW-02").evidence.count() == 1
    assert Escalation.objects.filter(criterion__code="SW-02").count() == 2
