"""Trying a wording out: by journeys, and over what was recorded; done by a worker, one at a time, with every fault kept."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEvent
from apps.common import alarms, due
from apps.common.clock import app_now, move_clock
from apps.escalation import journeys, trials
from apps.escalation.models import CriterionVersion, TestResult, Trial
from apps.escalation.operations.trying import QUEUE
from tests.cast import Cast
from tests.escalation.governing import (
    PATH,
    TRIALS,
    WORDING,
    at,
    browser,
    do,
    drafted,
    fields,
    limit,
    lung,
    page,
    show,
    tried,
    version,
    with_governance,
)
from tests.escalation.house import ago
from tests.observations.house import API

#: Written for saturations under 92: one that falls to 91, and one that stays at 92.
JOURNEY = """
- id: LU-90 fires at {low}
  title: A saturation under the limit
  kind: vector
  timezone: Europe/Berlin
  patient: {{sex: female, birth_date: 1960-07-01, onset: adult, phenotype: classic, diagnosed: 2025-03-10}}
  criteria: [LU-90]
  steps:
    - at: 2026-04-13 09:00
      record: [{{observation: spo2_rest_ra, value: {low}, unit: "%"}}]
      expect: {{opened: [LU-90]}}
- id: LU-90 just misses at 92
  title: A saturation at the limit
  kind: vector
  timezone: Europe/Berlin
  patient: {{sex: female, birth_date: 1960-07-01, onset: adult, phenotype: classic, diagnosed: 2025-03-10}}
  criteria: [LU-90]
  steps:
    - at: 2026-04-13 09:00
      record: [{{observation: spo2_rest_ra, value: 92, unit: "%"}}]
      expect: {{}}
"""


@pytest.fixture
def governed(cast: Cast) -> Cast:
    return with_governance(cast)


@pytest.fixture
def own_journeys(tmp_path: Path, settings: Any) -> Callable[..., None]:
    """The hospital's own folder of journeys, with the two of this file; written by a call."""

    def write(low: int = 91, text: str = JOURNEY) -> None:
        (tmp_path / "own.yaml").write_text(text.format(low=low), encoding="utf-8")

    settings.JOURNEYS = str(tmp_path)
    write()
    return write


def everything() -> dict[str, int]:
    """How many rows every table has, but for the record of who did what."""
    rows = [model for model in apps.get_models() if model._meta.app_label != "audit"]
    return {model._meta.db_table: model._base_manager.count() for model in rows}


def test_every_journey_that_names_the_criterion_is_played_and_nothing_of_it_stays(
    governed: Cast, own_journeys: Callable[..., None]
) -> None:
    row = lung(governed)
    answer = do(governed, "test", row)
    assert answer.status_code == 201, answer.content
    assert (answer.json()["state"], answer.json()["digest"], row.state) == ("waiting", row.digest, "draft")
    assert answer["Location"].endswith(f"{TRIALS}{answer.json()['id']}/")
    before = everything()
    trial = tried(row)
    assert (trial.state, trial.result, row.state) == ("done", {"passed": 2, "failed": 0}, "tested")
    results = list(trial.results.values_list("journey", "passed", "difference"))
    assert results == [("LU-90 fires at 91", True, ""), ("LU-90 just misses at 92", True, "")]
    assert {name: count - before[name] for name, count in everything().items() if count != before[name]} == {
        "escalation_testresult": 2
    }
    assert show(governed, row)["tests"] == {"passed": 2, "failed": 0}
    assert AuditEvent.objects.filter(verb="escalation.tested", subject_id=row.pk).count() == 1


def test_a_failure_is_a_result_that_says_what_differs(governed: Cast, own_journeys: Callable[..., None]) -> None:
    row = lung(governed, parameters=limit("90"))
    do(governed, "test", row)
    trial = tried(row)
    assert (trial.state, trial.result, row.state) == ("done", {"passed": 1, "failed": 1}, "tested")
    failed = trial.results.get(passed=False)
    assert failed.journey == "LU-90 fires at 91"
    assert "LU-90 is to open" in failed.difference
    shown = show(governed, trial, path=TRIALS)
    assert [one["passed"] for one in shown["results"]] == [False, True]
    assert "LU-90 is to open" in page(browser(governed), at("change", row.pk))


def test_what_passed_everything_is_signed_without_a_reason(governed: Cast, own_journeys: Callable[..., None]) -> None:
    row = lung(governed)
    do(governed, "test", row)
    tried(row)
    assert do(governed, "sign", row, who="second_governor").status_code == 200
    assert (row.state, row.waiver) == ("signed", "")


def test_what_failed_is_signed_with_a_reason_that_is_kept(governed: Cast, own_journeys: Callable[..., None]) -> None:
    row = lung(governed, parameters=limit("90"))
    do(governed, "test", row)
    tried(row)
    refused = do(governed, "sign", row, who="second_governor")
    assert (refused.status_code, fields(refused)) == (422, ["waiver"])
    assert "1 of its 2 journeys and vectors did not come out as expected" in refused.json()["detail"]
    reason = "Our oximeters read two points low."
    assert do(governed, "sign", row, who="second_governor", waiver=reason).status_code == 200
    assert (row.state, row.waiver) == ("signed", reason)
    assert "waiver" in AuditEvent.objects.get(verb="escalation.sign", subject_id=row.pk).changes


def test_a_criterion_that_no_journey_names_is_not_proven_by_its_test(governed: Cast) -> None:
    row = lung(governed)
    do(governed, "test", row)
    assert tried(row).result == {"passed": 0, "failed": 0}
    refused = do(governed, "sign", row, who="second_governor")
    assert (refused.status_code, refused.json()["detail"][:43]) == (422, "No journey and no vector tests it. Say why ")


def test_only_the_last_test_counts(governed: Cast, own_journeys: Callable[..., None]) -> None:
    row = lung(governed)
    do(governed, "test", row)
    tried(row)
    own_journeys(low=95)
    do(governed, "test", row)
    assert tried(row).result == {"passed": 1, "failed": 1}
    assert do(governed, "sign", row, who="second_governor").status_code == 422
    assert show(governed, row)["tests"] == {"passed": 1, "failed": 1}


def test_a_test_of_another_text_does_not_count(governed: Cast, own_journeys: Callable[..., None]) -> None:
    row = lung(governed)
    do(governed, "test", row)
    tried(row)
    client = governed.governor.client()
    assert client.patch(f"{API}{PATH}{row.pk}/", {"parameters": limit("90")}, format="json").status_code == 200
    assert show(governed, row)["tests"] is None
    assert do(governed, "sign", row, who="second_governor").status_code == 422
    # Back to the text that passed: it is a draft all the same, until it is tested.
    assert client.patch(f"{API}{PATH}{row.pk}/", {"parameters": limit("92")}, format="json").status_code == 200
    assert do(governed, "sign", row, who="second_governor").status_code == 422


def test_a_text_that_changes_while_it_is_tested_is_not_tested(
    governed: Cast, own_journeys: Callable[..., None], monkeypatch: Any
) -> None:
    row = lung(governed)
    do(governed, "test", row)
    played = journeys.play

    def and_meanwhile(journey: Any, versions: Any) -> Any:
        body = {"advice": f"Another advice, written during {journey.id}."}
        governed.governor.client().patch(f"{API}{PATH}{row.pk}/", body, format="json")
        return played(journey, versions)

    monkeypatch.setattr(journeys, "play", and_meanwhile)
    trial = tried(row)
    assert (trial.state, row.state) == ("failed", "draft")
    assert "changed meanwhile" in trial.error
    assert not TestResult.objects.exists()


def test_a_text_that_was_changed_before_its_turn_came_is_not_tested(
    governed: Cast, own_journeys: Callable[..., None]
) -> None:
    row = lung(governed)
    do(governed, "test", row)
    governed.governor.client().patch(f"{API}{PATH}{row.pk}/", {"name": "Another"}, format="json")
    trial = tried(row)
    assert (trial.state, row.state) == ("failed", "draft")
    assert "changed before" in trial.error


def test_what_is_on_can_be_tested_and_stays_on(governed: Cast, own_journeys: Callable[..., None]) -> None:
    row = lung(governed)
    for verb in ("sign", "activate"):
        body = {"waiver": "for a test"} if verb == "sign" else {}
        assert do(governed, verb, row, who="second_governor", **body).status_code == 200
    do(governed, "test", row)
    assert tried(row).result == {"passed": 2, "failed": 0}
    assert row.state == "active"


def test_the_same_is_not_asked_twice_while_it_waits_and_never_of_what_is_retired(governed: Cast) -> None:
    row = version("SW-01")
    assert do(governed, "test", row).status_code == 201
    assert do(governed, "test", row).status_code == 409
    since = ago(days=30)
    assert do(governed, "backtest", row, since=since).status_code == 201
    assert do(governed, "backtest", row, since=since).status_code == 409
    assert do(governed, "backtest", row, since=ago(days=60)).status_code == 201
    other = version("SW-00")
    assert do(governed, "retire", other).status_code == 200
    assert do(governed, "test", other).status_code == 409
    assert do(governed, "backtest", other, since=since).status_code == 409


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 401), ("coordinator", 403), ("rheumatologist", 403), ("administrator", 403)]
)
def test_only_clinical_governance_tries_out(governed: Cast, who: str, status: int) -> None:
    row = version("SW-01")
    assert do(governed, "test", row, who=who).status_code == status
    assert do(governed, "backtest", row, who=who, since=ago(days=3)).status_code == status
    assert not Trial.objects.exists()


# Being done by a worker.


class Broken(Exception):  # noqa: N818 - a fault that nobody expects
    pass


def fault(*_: Any, **__: Any) -> Any:
    raise Broken("the name of a patient")


def test_a_fault_is_kept_without_its_words_tried_once_more_and_then_has_failed(
    governed: Cast, monkeypatch: Any
) -> None:
    row = version("SW-01")
    do(governed, "test", row)
    monkeypatch.setattr(journeys, "for_code", fault)
    trial = tried(row)
    assert (trial.state, trial.error, trial.lease_token) == ("waiting", "tests.escalation.test_trials.Broken", None)
    assert due.drain_all(QUEUE) == 0
    move_clock(by=timedelta(seconds=61))
    trial = tried(row)
    assert (trial.state, trial.error, row.state) == ("failed", "tests.escalation.test_trials.Broken", "draft")
    move_clock(by=timedelta(minutes=5))
    assert due.drain_all(QUEUE) == 0


def test_what_succeeds_the_second_time_is_done(
    governed: Cast, own_journeys: Callable[..., None], monkeypatch: Any
) -> None:
    row = lung(governed)
    do(governed, "test", row)
    with monkeypatch.context() as patched:
        patched.setattr(journeys, "for_code", fault)
        tried(row)
    move_clock(by=timedelta(seconds=61))
    trial = tried(row)
    assert (trial.state, trial.error, row.state) == ("done", "", "tested")


def test_a_journey_that_cannot_be_read_is_named_at_once(governed: Cast, own_journeys: Callable[..., None]) -> None:
    row = lung(governed)
    own_journeys(text="- id: LU-90\n  colour: red\n")
    do(governed, "test", row)
    trial = tried(row)
    assert trial.state == "failed"
    assert "own.yaml" in trial.error


def test_a_worker_that_goes_away_is_followed_by_one_more_and_no_third(
    governed: Cast, own_journeys: Callable[..., None]
) -> None:
    row = lung(governed)
    do(governed, "test", row)
    assert trials.take() is not None
    assert trials.take() is None
    assert trials.oldest() is None
    move_clock(by=trials.LEASE + timedelta(seconds=1))
    assert trials.oldest() is not None
    assert trials.take() is not None
    move_clock(by=trials.LEASE + timedelta(seconds=1))
    assert trials.take() is None
    trial = Trial.objects.get()
    assert (trial.state, trial.error) == ("failed", trials.GONE)


def test_whoever_comes_back_too_late_changes_nothing(governed: Cast, own_journeys: Callable[..., None]) -> None:
    row = lung(governed)
    do(governed, "test", row)
    late = trials.take()
    assert late is not None
    move_clock(by=trials.LEASE + timedelta(seconds=1))
    assert tried(row).state == "done"
    trials.run(late)
    assert TestResult.objects.count() == 2
    assert Trial.objects.get().state == "done"


def test_one_is_tried_out_at_a_time_the_one_that_waits_longest_first(governed: Cast) -> None:
    first, second = version("SW-01"), version("LU-00")
    do(governed, "backtest", first, since=ago(days=3))
    do(governed, "test", second)
    taken = trials.take()
    assert taken is not None
    assert taken.criterion_version == first
    assert trials.take() is None
    assert trials.drain() == 0


def test_waiting_for_ones_turn_is_not_being_late(governed: Cast) -> None:
    do(governed, "backtest", version("SW-01"), since=ago(days=3))
    do(governed, "backtest", version("SW-00"), since=ago(days=3))
    move_clock(by=timedelta(minutes=10))
    assert trials.drain() == 1
    since = trials.oldest()
    assert since is not None
    assert app_now() - since < timedelta(seconds=30)
    assert trials.drain() == 1
    assert trials.oldest() is None
    assert "escalation.trials" not in alarms.faults()["dispatcher"]


# In the admin, and as a command.


def test_the_command_tests_at_once_and_fails_where_something_differs(
    governed: Cast, own_journeys: Callable[..., None], capsys: Any
) -> None:
    lung(governed)
    call_command("test_criterion", "LU-90")
    said = capsys.readouterr().out
    assert "LU-90 version 1: 2 journeys and vectors, all as expected." in said
    drafted(governed, criterion="LU-90", **{**WORDING, "parameters": limit("90")})
    with pytest.raises(CommandError, match="LU-90 version 2: 1 of 2 not as expected"):
        call_command("test_criterion", "LU-90")
    assert "LU-90 is to open" in capsys.readouterr().out
    call_command("test_criterion", "LU-90", "--version", "1")
    states = dict(CriterionVersion.objects.filter(criterion__code="LU-90").values_list("number", "state"))
    assert states == {1: "tested", 2: "tested"}
    for wrong in (["LU-91"], ["LU-90", "--version", "7"]):
        with pytest.raises(CommandError, match="There is no such version"):
            call_command("test_criterion", *wrong)


def test_the_command_does_not_come_between(governed: Cast, own_journeys: Callable[..., None]) -> None:
    lung(governed)
    do(governed, "test", version("SW-01"))
    assert trials.take() is not None
    with pytest.raises(CommandError, match="being tried out just now"):
        call_command("test_criterion", "LU-90")
    assert Trial.objects.count() == 1


def test_a_threshold_that_is_changed_on_purpose_differs_from_the_shipped_journeys_and_is_waived(governed: Cast) -> None:
    shipped = version("LU-06")
    changed = {**shipped.parameters, "mip": {**shipped.parameters["mip"], "value": "50"}}
    row = drafted(governed, based_on=str(shipped.pk), parameters=changed)
    do(governed, "test", row)
    trial = tried(row)
    assert trial.result["failed"] > 0
    assert "LU-06 fires: MIP 58" in set(trial.results.filter(passed=False).values_list("journey", flat=True))
    assert do(governed, "sign", row, who="second_governor").status_code == 422
    assert do(governed, "sign", row, who="second_governor", waiver="Agreed in our committee.").status_code == 200
