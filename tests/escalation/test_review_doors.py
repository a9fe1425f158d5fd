"""Doors of clinical governance under what nobody means well: sizes, odd numbers, faults, and what a mute or a late look hides."""

from datetime import date
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from apps.escalation import journeys, language
from apps.escalation.evaluator import Judge
from apps.escalation.journeys import BadJourney, read
from apps.knowledge.loading.files import BadFixture, values_in
from apps.patients.models import Mute
from tests.cast import Cast
from tests.escalation.governing import PATH, WORDING, another, do, tried, with_governance
from tests.escalation.histories import Told, draft, local, result, weekly, wording
from tests.journeys.house import journey
from tests.observations.house import API, send

#: Item by item such a body takes far longer; a busy machine adds to what is left.
SOON = 10.0


@pytest.fixture
def governed(cast: Cast) -> Cast:
    return with_governance(cast)


@pytest.mark.parametrize(
    "body",
    [
        {"variants": [{}] * 100_000},
        {"parameters": {f"a{number}": {} for number in range(50_000)}},
        {"asks": ["slt"] * 100_000},
        {"citations": [[]] * 100_000},
    ],
    ids=["variants", "parameters", "asks", "citations"],
)
def test_a_body_of_tens_of_thousands_is_refused_whole(governed: Cast, body: dict[str, Any]) -> None:
    begin = process_time()
    answer = send(governed, PATH, {"criterion": "LU-90", "group": "lung", **WORDING, **body}, who="governor")
    spent = process_time() - begin
    assert answer.status_code in {400, 422}
    assert len(answer.content) < 10_000
    assert spent < SOON


def test_a_body_that_is_too_large_is_said_to_be(governed: Cast) -> None:
    answer = send(governed, f"{PATH}check/", {"text": "adult" * 1_000_000}, who="governor")
    assert answer.status_code == 413, answer.content


@pytest.mark.parametrize("text", ["1_0", "٩٢", "９２", " 92", "92 ", "+92", "1e1", "9_2.5", ".5", "5."])
def test_a_number_is_written_in_plain_digits(text: str) -> None:
    assert not language.is_number(text)


@pytest.mark.parametrize("text", ["0", "92", "2.5", "-1", "0.0001", "999999999"])
def test_plain_numbers_are_numbers(text: str) -> None:
    assert language.is_number(text)


@pytest.mark.parametrize("text", ["[" * 20_000, "{a: " * 20_000, "- " * 20_000])
def test_a_journey_nested_without_end_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text(text)
    with pytest.raises(BadJourney, match=r"deep\.yaml"):
        read(path)


def test_a_bomb_of_aliases_is_no_values(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(BadFixture):
        values_in("\n".join(lines))


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: " + "[" * 20_000])
def test_what_has_no_end_is_no_values(text: str) -> None:
    with pytest.raises(BadFixture):
        values_in(text)


def test_what_a_mute_held_back_opens_when_the_mute_ends(cast: Cast, tmp_path: Path) -> None:
    told = Told.register(cast)
    told.value("2026-03-02 09:00", "eat10", 8)
    Mute.objects.create(
        patient=told.patient, topic="SW-90", reason="known", starts_at=local("2026-03-01 09:00"),
        ends_at=local("2026-03-10 09:00"), recorded_by=cast.rheumatologist.who,
    )  # fmt: skip
    row = wording(
        "SW-90", group="swallowing", when="latest(eat10) >= p.positive", asks=["slt"],
        parameters={"positive": {"value": "3", "unit": "{score}", "citation": "P-EAT", "mark": "V2"}},
    )  # fmt: skip
    found = result(draft(tmp_path, row))
    assert weekly(found, found["draft"]["weekly"]) == {"2026-03-09": 1}


def test_a_fault_in_a_backtest_is_told_without_its_words(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told.register(cast)
    told.value("2026-03-02 09:00", "spo2_rest_ra", 90)

    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError(told.patient.pk)

    monkeypatch.setattr(Judge, "judge", broken)
    found = result(draft(tmp_path, wording()))
    assert found["draft"]["faults"]
    assert str(told.patient.pk) not in str(found["draft"]["faults"])


def test_how_often_a_week_counts_the_days_exactly(cast: Cast, tmp_path: Path) -> None:
    Told.register(cast).value("2026-03-02 09:00", "spo2_rest_ra", 90)
    found = result(draft(tmp_path, wording()), since="2026-03-01 00:00", until="2026-03-02 23:00")
    # One in 47 hours.
    assert found["draft"]["asked"]["pulmonology"]["a_week"] == pytest.approx(168 / 47, abs=0.01)


def test_a_fact_that_counts_only_since_the_circumstances_changed_opens_anew(cast: Cast, tmp_path: Path) -> None:
    """The fact was known before the end and held nothing up; it counts since the patient is of age."""
    told = Told.register(cast, birth_date=date(2008, 3, 10))
    told.value("2026-03-02 09:00", "spo2_rest_ra", 90)
    told.value("2026-03-02 12:00", "eat10", 8)
    when = 'latest(spo2_rest_ra, "24h") <= p.limit || (adult && latest(eat10) >= p.positive)'
    positive = {"value": "3", "unit": "{score}", "citation": "P-EAT", "mark": "V2"}
    row = wording(when=when, parameters={**wording()["parameters"], "positive": positive})
    found = result(draft(tmp_path, row))
    assert weekly(found, found["draft"]["weekly"]) == {"2026-03-02": 1, "2026-03-09": 1}


def test_a_text_that_was_changed_and_changed_back_while_it_was_played_is_not_tested(
    governed: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = another(governed)
    assert do(governed, "test", row).status_code == 201

    def meddling(*_: Any, **__: Any) -> Any:
        for name in ("Another name", row.name):
            answer = (
                governed.personas["governor"].client().patch(f"{API}{PATH}{row.pk}/", {"name": name}, format="json")
            )
            assert answer.status_code == 200
        return journeys.Outcome("J", "a journey", True, "", "")

    monkeypatch.setattr(journeys, "play", meddling)
    trial = tried(row)
    assert (trial.state, row.state) == ("failed", "draft")
    assert "changed" in trial.error


def test_an_ending_that_fails_fails_the_journey_though_it_expects_no_end(
    governed: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Judge, "clears", broken)
    steps = ("2026-04-13 09:00 | observation: eat10, value: 8 | opened: [SW-01]", "2026-04-15 09:00")
    outcome = journeys.play(journey(tmp_path, *steps))
    assert not outcome.passed
    assert "its ending fails" in outcome.difference
