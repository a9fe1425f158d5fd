"""The shipped journeys pass, each by itself, and every shipped criterion has its vectors."""

from pathlib import Path

import pytest
import yaml

from apps.escalation.journeys import Journey, everything, play
from tests.escalation.house import SHIPPED

SHIPPED_JOURNEYS = everything()
CODES = [
    row["code"] for path in sorted(SHIPPED.glob("*.yaml")) for row in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.django_db
@pytest.mark.usefixtures("criteria")
@pytest.mark.parametrize("journey", SHIPPED_JOURNEYS, ids=lambda one: one.id.replace(" ", "_"))
def test_a_shipped_journey_goes_as_expected(journey: Journey) -> None:
    outcome = play(journey)
    assert outcome.passed, f"{outcome.difference}\n{outcome.timeline}"


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("what", ["fires", "just misses", "lacks"])
def test_every_shipped_criterion_has_a_vector_that(what: str, code: str) -> None:
    assert [one.id for one in SHIPPED_JOURNEYS if one.kind == "vector" and one.id.startswith(f"{code} {what}")]


def test_the_journeys_of_the_clinical_sheet_are_here() -> None:
    assert [one.id for one in SHIPPED_JOURNEYS if one.kind == "journey"] == ["J01", "J02", "J04", "J05", "J06"]


def test_a_vector_is_about_one_criterion_and_says_so_in_its_name() -> None:
    vectors = [one for one in SHIPPED_JOURNEYS if one.kind == "vector" and not one.id.startswith("SYS-")]
    assert [one.id for one in vectors if list(one.criteria) != [one.id.split(" ")[0]]] == []


def test_what_fires_says_what_opens_and_what_does_not_expects_nothing_to_open() -> None:
    def opens(one: Journey) -> bool:
        return any(step.expect.get("opened") for step in one.steps)

    vectors = [one for one in SHIPPED_JOURNEYS if one.kind == "vector"]
    assert [one.id for one in vectors if " fires" in one.id and not opens(one)] == []
    assert [one.id for one in vectors if " lacks" in one.id and opens(one)] == []
    assert [one.id for one in vectors if " lacks" in one.id and "unknown" not in one.steps[-1].expect] == []


def test_the_files_are_read_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [one.id for one in everything()] == [one.id for one in SHIPPED_JOURNEYS]
    assert str(everything()[0].where) == "fixtures/journeys/J01.yaml, line 4"
