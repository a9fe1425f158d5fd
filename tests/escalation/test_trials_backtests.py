"""A text run over what was recorded: how often, for whom as far as one may see them, and nothing of it asks anybody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.common.clock import move_clock
from apps.escalation import backtest, trials
from apps.escalation.models import Escalation, Trial
from tests.cast import Cast
from tests.escalation.governing import (
    TRIALS,
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
from tests.observations.house import API, send


@pytest.fixture
def governed(cast: Cast) -> Cast:
    return with_governance(cast)


def desaturate(cast: Cast, patient: Any, value: int = 91, *, who: str = "rheumatologist") -> None:
    body = {
        "patient": str(patient.pk),
        "instrument": "spo2_rest_ra",
        "value": value,
        "unit": "%",
        "effective_at": ago(hours=1),
    }
    assert send(cast, "observations/", body, who=who).status_code == 201


@pytest.fixture
def looked_back(governed: Cast) -> Trial:
    """A backtest of a criterion that would have fired for one patient of each of two teams."""
    desaturate(governed, governed.patient)
    desaturate(governed, governed.other_patient, who="stranger")
    row = lung(governed)
    move_clock(by=timedelta(minutes=5))
    assert do(governed, "backtest", row, since=ago(days=30)).status_code == 201
    return tried(row)


def test_a_backtest_says_how_often_it_would_have_fired_and_opens_nothing(governed: Cast, looked_back: Trial) -> None:
    assert (looked_back.state, looked_back.error) == ("done", "")
    assert (looked_back.result["draft"]["opened"], looked_back.result["draft"]["patients"]) == (2, 2)
    assert not Escalation.objects.exists()
    assert looked_back.criterion_version.state == "draft"


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("governor", set()),
        ("coordinator", {"patient", "other_patient"}),
        ("therapist", {"patient"}),
        ("stranger", {"other_patient"}),
    ],
)
def test_whom_it_names_is_told_only_to_those_who_see_them(
    governed: Cast, looked_back: Trial, who: str, seen: set[str]
) -> None:
    expected = {str(getattr(governed, name).pk) for name in seen}
    shown = show(governed, looked_back, who=who, path=TRIALS)
    assert set(shown["result"]["draft"]["who"]) == expected
    assert shown["result"]["draft"]["patients"] == 2
    reads = AuditEvent.objects.filter(verb="escalation.read", actor_id=governed.personas[who].who.pk)
    assert {str(one) for event in reads for one in event.read_ids} == expected


def test_a_list_of_trials_names_nobody(governed: Cast, looked_back: Trial) -> None:
    rows = governed.coordinator.client().get(f"{API}{TRIALS}").json()["results"]
    assert [set(row) & {"result", "results"} for row in rows] == [set()]


def test_the_admin_shows_a_backtest_in_tables_and_names_whom_one_sees(governed: Cast, looked_back: Trial) -> None:
    url = f"/admin/escalation/trial/{looked_back.pk}/change/"
    mine, theirs = page(browser(governed, "coordinator"), url), page(browser(governed), url)
    for shown in (mine, theirs):
        assert "over 2 patients" in shown
        assert "Nudges for each discipline" in shown
        assert "Pulmonology" in shown
    assert "Albers" in mine
    assert "Albers" not in theirs
    assert "of the patients that you see" not in theirs


def test_a_backtest_stands_beside_the_version_that_is_on(governed: Cast) -> None:
    desaturate(governed, governed.patient, 91)
    first = lung(governed)
    for verb, body in (("sign", {"waiver": "for a test"}), ("activate", {})):
        assert do(governed, verb, first, who="second_governor", **body).status_code == 200
    second = drafted(governed, based_on=str(first.pk), parameters=limit("90"))
    move_clock(by=timedelta(minutes=5))
    do(governed, "backtest", second, since=ago(days=30))
    result = tried(second).result
    assert (result["draft"]["opened"], result["active"]["opened"]) == (0, 1)
    assert result["difference"]["only_active"]["episodes"] == 1
    trial = Trial.objects.get()
    shown = page(browser(governed), f"/admin/escalation/trial/{trial.pk}/change/")
    assert "On now (LU-90 version 1)" in shown
    assert "only the one that is on: 1 times" in shown


def test_the_lease_of_a_long_backtest_is_renewed(governed: Cast, monkeypatch: Any) -> None:
    row = version("SW-01")
    do(governed, "backtest", row, since=ago(days=30))

    def slowly(*args: Any, progress: Callable[[int, int], None], **options: Any) -> Any:
        move_clock(by=trials.LEASE - timedelta(minutes=1))
        progress(1, 3)
        move_clock(by=trials.LEASE - timedelta(minutes=1))
        assert trials.take() is None
        return found(*args, **options)

    found = backtest.run
    monkeypatch.setattr(backtest, "run", slowly)
    assert tried(row).state == "done"


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("2999-01-01T00:00:00Z", 422),
        ("yesterday", 400),
        (None, 400),
        ("", 400),
        (3, 400),
        ("0001-01-01T00:00:00+14:00", 400),
    ],
)
def test_a_backtest_begins_in_the_past(governed: Cast, since: Any, status: int) -> None:
    answer = do(governed, "backtest", version("SW-01"), since=since)
    assert (answer.status_code, fields(answer)) == (status, ["since"])
    assert not Trial.objects.exists()


def test_the_admin_asks_for_a_test_and_a_backtest(governed: Cast) -> None:
    row, admin = version("SW-01"), browser(governed)
    asked = admin.post(at("test", row.pk), {"version": row.version})
    assert (asked.status_code, asked["Location"]) == (302, at("change", row.pk))
    assert "a worker is at it" in page(admin, at("change", row.pk))
    assert admin.post(at("backtest", row.pk), {"version": row.version, "since": "2026-10-01"}).status_code == 302
    trial = Trial.objects.get(kind="backtest")
    # The beginning of the day at Linden, which is in Berlin: two hours ahead of UTC in October.
    assert trial.since == datetime(2026, 9, 30, 22, tzinfo=UTC)
    again = admin.post(at("backtest", row.pk), {"version": row.version, "since": "2999-01-01"})
    assert "This must lie in the past." in again.content.decode()
    assert "This field is required." in admin.post(at("backtest", row.pk), {"since": ""}).content.decode()
