"""Playing: mornings and clocks, versions and parameters, and that nothing of it stays."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from apps.common.clock import app_now
from apps.escalation import evaluator, looking, operations
from apps.escalation.journeys import BadJourney, for_code, play
from apps.escalation.journeys.drafts import drafts_of
from apps.escalation.journeys.model import Journey
from apps.escalation.models import CriterionVersion, Escalation, SiteValue
from apps.nudges.models import Delivery
from tests.cast import Cast
from tests.escalation.governing import version, with_governance
from tests.escalation.house import SHIPPED, place, shipped, write
from tests.journeys.house import journey, text_of, told, written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("criteria")]
OPENS = "2026-05-04 10:00 | observation: eat10, value: 8 | opened: [SW-01]"
SILENT = "2026-05-04 10:00 | observation: eat10, value: 8"
#: Day 31 after the diagnosis without a lung function is the first on which MO-02 opens (clinical sheet, C.7).
NEW = "{{sex: male, birth_date: 1966-03-15, onset: adult, phenotype: classic, diagnosed: {}}}"


def rows() -> dict[str, int]:
    """How many rows every table has."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - a name of our own
            found[table] = cursor.fetchone()[0]
    return found


def states() -> list[tuple[Any, ...]]:
    """Every version with its state."""
    return list(CriterionVersion.objects.order_by("pk").values_list("pk", "state", "version"))


def long(folder: Path) -> Journey:
    """One that touches every room."""
    return journey(
        folder,
        "2026-05-04 10:00 | observation: eat10, value: 8; finding: choking; antibody: mda5, result: positive; weakness: severe;"
        " medication: methotrexate, dose: 15, frequency: weekly, state: active; attendance: slt, outcome: attended"
        " | opened: [SW-01]",
        "2026-05-05 11:00 | referral: slt, state: scheduled; acknowledge: SW-01 | escalated: [SW-01]",
        "2026-05-08 10:00 | resolve: dysphagia, by: slt; status: left | withdrawn: [SW-01]",
        more="parameters: {SW-01: {positive: 4}}\n",
    )


def test_nothing_of_it_stays_in_any_table(tmp_path: Path) -> None:
    before, versions = rows(), states()
    outcome = play(long(tmp_path))
    assert outcome.passed, outcome.difference
    assert rows() == before
    assert states() == versions


def test_nothing_stays_of_one_that_breaks_off(tmp_path: Path) -> None:
    before = rows()
    assert not play(
        journey(tmp_path, OPENS, "2026-05-05 | close: LU-01, reason: over", criteria="[SW-01, LU-01]")
    ).passed
    assert rows() == before


@pytest.mark.parametrize("inside", [True, False])
def test_it_plays_inside_another_transaction_and_spares_it(tmp_path: Path, inside: bool) -> None:
    with transaction.atomic(savepoint=inside):
        Escalation.objects.all().delete()
        CriterionVersion.objects.filter(criterion__code="LU-01").update(waiver="kept")
        assert play(journey(tmp_path, OPENS)).passed
        assert CriterionVersion.objects.filter(waiver="kept").count() == 1
    assert CriterionVersion.objects.filter(waiver="kept").count() == 1


def test_twice_is_the_same(tmp_path: Path) -> None:
    first, second = play(long(tmp_path)), play(long(tmp_path))
    assert first == second


@pytest.mark.parametrize("years", [-15, 25])
def test_the_clock_of_the_installation_makes_no_difference(
    tmp_path: Path, later: Callable[[timedelta], None], years: int
) -> None:
    here = play(long(tmp_path))
    later(timedelta(days=365 * years))
    assert play(long(tmp_path)) == here


@pytest.mark.django_db(transaction=True)
def test_nothing_stays_where_no_other_transaction_is_going_on(tmp_path: Path, real_cast: Cast) -> None:
    del real_cast
    place(SHIPPED)
    before = rows()
    assert play(journey(tmp_path, OPENS)).passed
    assert rows() == before


def test_the_timeline_tells_it_as_it_went(tmp_path: Path) -> None:
    outcome = play(journey(tmp_path, OPENS, "2026-05-05 09:00 | resolve: dysphagia, by: slt | cleared: [SW-01]"))
    lines = outcome.timeline.splitlines()
    assert lines[:3] == [
        "T  A test",
        "  female, born 1966-03-15, adult onset, classic, diagnosed 2025-01-15; Europe/Berlin",
        "  SW-01 version 1 (draft)",
    ]
    assert lines[3] == "2026-05-04 Mon 10:00  eat10 8"
    assert lines[4] == " " * 22 + "→ SW-01 opened, urgent, slt is asked"
    assert "2026-05-05 Tue 09:00  dysphagia resolved, says slt" in lines
    assert " " * 22 + "✓ SW-01 cleared" in lines


def test_an_opening_that_nobody_expects_fails(tmp_path: Path) -> None:
    outcome = play(journey(tmp_path, SILENT))
    assert not outcome.passed
    assert "step 1, 2026-05-04 Mon 10:00" in outcome.difference
    assert "not expected: SW-01 opened (urgent)" in outcome.difference


def test_what_is_expected_and_unknown_says_what_is_missing(tmp_path: Path) -> None:
    outcome = play(
        journey(
            tmp_path,
            "2026-05-04 10:00 | observation: weight, value: 65 | opened: [SW-01]; unknown: [SW-01]".replace(
                "; unknown", ", unknown"
            ),
        )
    )
    assert "it did not: it is not assessable: missing " in outcome.difference
    assert "? SW-01 is not assessable" in outcome.timeline


@pytest.mark.parametrize(
    ("zone", "diagnosed", "morning"),
    [
        ("Europe/Berlin", "2026-02-26", "2026-03-29"),  # the clocks go forward that night
        ("Europe/Berlin", "2026-09-24", "2026-10-25"),  # and back
        ("America/New_York", "2026-02-05", "2026-03-08"),
        ("Asia/Kolkata", "2026-04-01", "2026-05-02"),  # half an hour beside the others, and no change
        ("Pacific/Auckland", "2026-03-05", "2026-04-05"),
    ],
)
def test_the_morning_is_at_six_by_the_sites_clock(tmp_path: Path, zone: str, diagnosed: str, morning: str) -> None:
    outcome = play(
        journey(
            tmp_path, f"{diagnosed} 12:00", f"{morning} 05:59", f"{morning} 06:00 || opened: [MO-02]", f"{morning} 06:01",
            criteria="[MO-02]", zone=zone, patient=NEW.format(diagnosed),
        )
    )  # fmt: skip
    assert outcome.passed, outcome.difference


def test_what_the_clock_brings_at_no_step_fails_with_its_time(tmp_path: Path) -> None:
    outcome = play(
        journey(tmp_path, "2026-02-26 12:00", "2026-04-02 12:00", criteria="[MO-02]", patient=NEW.format("2026-02-26"))
    )
    assert (
        "2026-03-29 Sun 06:00, before step 2 and at no step:\n  not expected: MO-02 opened (routine)"
        in outcome.difference
    )


def test_a_step_at_the_time_of_a_look_looks_once_after_what_is_recorded(tmp_path: Path) -> None:
    steps = ("2026-02-26 12:00", "2026-03-29 06:00 | assessment: pft, by: pulmonology")
    assert play(journey(tmp_path, *steps, criteria="[MO-02]", patient=NEW.format("2026-02-26"))).passed


def test_a_fact_that_is_dated_ahead_is_looked_at_when_it_holds(tmp_path: Path) -> None:
    outcome = play(
        journey(
            tmp_path, "2026-05-04 10:00 | observation: eat10, value: 8, effective: 2026-05-04 15:00",
            "2026-05-04 15:00 || opened: [SW-01]",
        )
    )  # fmt: skip
    assert outcome.passed, outcome.difference


def test_whoever_is_asked_after_the_time_is_over_is_seen(tmp_path: Path) -> None:
    # The sheet's SYS-01: an urgent one of Friday 15:00 is asked on at Monday 15:00, and not before.
    outcome = play(
        journey(
            tmp_path, OPENS.replace("2026-05-04 10:00", "2026-05-08 15:00"), "2026-05-11 14:59 || escalated: []",
            "2026-05-11 15:00 || escalated: [SW-01]",
        )
    )  # fmt: skip
    assert outcome.passed, outcome.difference
    assert "⇒ SW-01 the next person is asked" in outcome.timeline


@pytest.fixture
def governed(cast: Cast) -> Cast:
    """A hospital of its own, with somebody who signs."""
    return with_governance(cast)


def switched_on(cast: Cast, code: str, number: int = 1) -> CriterionVersion:
    """A version of a criterion that is switched on in the hospital."""
    at, by = app_now(), cast.governor.actor
    signed = operations.sign(criterion_version=version(code, number), by=by, at=at, waiver="for a test")
    return operations.activate(criterion_version=signed, by=by, at=at)


def drafted(folder: Path, code: str, **numbers: str) -> list[CriterionVersion]:
    """Another wording of a shipped criterion as a draft, with these numbers."""
    row = shipped(code)
    for name, value in numbers.items():
        row["parameters"][name]["value"] = value
    return drafts_of(write(folder, row) / "own.yaml")


def test_only_the_criteria_that_it_names_are_on(tmp_path: Path, governed: Cast) -> None:
    switched_on(governed, "LU-01")
    assert play(journey(tmp_path, "2026-05-04 10:00 | observation: spo2_rest_ra, value: 80", criteria="[SW-01]")).passed


def test_the_version_that_is_switched_on_is_played_before_a_newer_draft(tmp_path: Path, governed: Cast) -> None:
    switched_on(governed, "SW-01")
    drafted(tmp_path, "SW-01", positive="20")
    assert play(journey(tmp_path, OPENS)).passed


def test_the_newest_draft_is_played_where_none_is_switched_on(tmp_path: Path) -> None:
    drafted(tmp_path, "SW-01", positive="20")
    assert play(journey(tmp_path, SILENT)).passed


def test_a_retired_version_is_not_played(tmp_path: Path, governed: Cast) -> None:
    newer = drafted(tmp_path, "SW-01", positive="20")[0]
    operations.retire(criterion_version=newer, by=governed.governor.actor, at=app_now())
    assert play(journey(tmp_path, OPENS)).passed


def test_the_version_given_is_played_before_the_one_that_is_switched_on(tmp_path: Path, governed: Cast) -> None:
    on = switched_on(governed, "SW-01")
    outcome = play(journey(tmp_path, SILENT), drafted(tmp_path, "SW-01", positive="20"))
    assert outcome.passed, outcome.difference
    assert "SW-01 version 2 (draft)" in outcome.timeline
    on.refresh_from_db()
    assert on.state == "active"


def test_a_version_that_was_retired_and_is_given_cannot_be_switched_on(tmp_path: Path, governed: Cast) -> None:
    retired = operations.retire(criterion_version=version("SW-01"), by=governed.governor.actor, at=app_now())
    outcome = play(journey(tmp_path, OPENS), [retired])
    assert (
        "line 5: SW-01 version 1 cannot be switched on: Only a signed version can be switched on." in outcome.difference
    )


def test_a_parameter_has_the_journeys_own_value(tmp_path: Path) -> None:
    outcome = play(journey(tmp_path, SILENT, more="parameters: {SW-01: {positive: 9}}\n"))
    assert outcome.passed, outcome.difference
    assert not SiteValue.objects.exists()


def test_a_parameter_whose_value_does_not_fit_says_so(tmp_path: Path) -> None:
    outcome = play(
        journey(tmp_path, SILENT, more="parameters: {SW-02: {test_window: 2.5}}\n", criteria="[SW-01, SW-02]")
    )
    assert "line 6: parameter test_window of SW-02: " in outcome.difference


def test_a_criterion_that_is_at_fault_fails_the_journey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(evaluator.Judge, "judge", fails)
    outcome = play(journey(tmp_path, "2026-05-04 10:00"))
    assert outcome.difference.endswith("SW-01 could not be judged: a fault of the criterion")


def test_a_look_that_names_no_later_time_is_a_bug_and_no_endless_walk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "next_due", lambda seen, *_: seen.at)
    with pytest.raises(RuntimeError, match="the next look is not later"):
        play(journey(tmp_path, OPENS, "2026-05-05 10:00"))


def test_the_nudges_of_a_journey_go_into_inboxes_only(tmp_path: Path) -> None:
    told(tmp_path, OPENS)
    assert set(Delivery.objects.values_list("channel", flat=True)) == {"in_app"}


def test_a_hospitals_own_journeys_are_read_beside_the_shipped_ones(tmp_path: Path, settings: Any) -> None:
    shipped_ones = {one.id for one in for_code("SW-01")}
    assert "J04" in shipped_ones
    written(tmp_path, text_of(OPENS))
    settings.JOURNEYS = str(tmp_path)
    assert {one.id for one in for_code("SW-01")} == shipped_ones | {"T"}
    assert "T" not in {one.id for one in for_code("LU-01")}


def test_a_hospitals_journey_cannot_take_the_name_of_a_shipped_one(tmp_path: Path, settings: Any) -> None:
    written(tmp_path, text_of(OPENS).replace("id: T", "id: J04"))
    settings.JOURNEYS = str(tmp_path)
    with pytest.raises(BadJourney, match=r"the id “J04” is taken: fixtures/journeys/J04\.yaml, line "):
        for_code("SW-01")


def test_a_folder_that_is_not_there_is_said_to_be_missing(settings: Any) -> None:
    settings.JOURNEYS = "/nowhere"
    with pytest.raises(BadJourney, match="/nowhere: there is no such folder"):
        for_code("SW-01")
