"""Numbers and sources as people read them, and the one sentence that says why."""

import pytest

from apps.escalation import units
from apps.escalation.citing import Cited, cited, numbers
from apps.escalation.evaluator import Judgement


def test_a_number_says_its_value_where_it_is_from_and_how_sure_it_is() -> None:
    found = numbers({
        "positive": {"value": "3", "unit": "{score}", "citation": "P-EAT", "mark": "V2"},
        "fever": {"value": "38.0", "unit": "Cel", "citation": "LP", "mark": "LP", "uncertain": True, "own": True},
    })  # fmt: skip
    assert [(one.name, one.value, one.citation, one.uncertain, one.own) for one in found] == [
        ("fever", "38.0 °C", "LP", True, True), ("positive", "3", "P-EAT", False, False),
    ]  # fmt: skip
    assert found[1].verified == "read in a secondary summary only"


@pytest.mark.parametrize(
    ("unit", "written"),
    [("%", " %"), ("", ""), ("1", ""), ("{score}", ""), ("d", " days"), ("kg/m2", " kg/m²"), ("U/L", " U/L")],
)
def test_a_unit_stands_behind_its_number_as_a_person_writes_it(unit: str, written: str) -> None:
    assert units.behind(unit) == written


def test_sources_and_statements_have_their_titles_each_once_and_in_order(knowledge: None) -> None:
    found = cited(["S0-12", "P-EAT", "LP", "S0-12", "X-GONE"])
    assert [one.code for one in found] == ["S0-12", "P-EAT", "LP", "X-GONE"]
    statement, paper, policy, gone = found
    assert "aspiration pneumonia" in statement.says
    assert statement.title == "Consumer health article on treatment options with a cost table"
    assert statement.verified == "straight from a source document"
    assert paper.title
    assert not paper.says
    assert policy == Cited("LP", "Proposal for local policy", "", "LP")
    assert policy.verified == "", "its title says it already"
    assert gone == Cited("X-GONE")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), ""),
        (("oxygen is 91 % (1 May 2026, 08:00), at or under 92 %",), "Oxygen is 91 % (1 May 2026, 08:00), at or under 92 %."),
        (
            ("oxygen is 93 % (1 May 2026, 08:00), above 92 %", "oxygen is 93 % (1 May 2026, 08:00), at or under 94 %"),
            "Oxygen is 93 % (1 May 2026, 08:00), above 92 % and at or under 94 %.",
        ),
        (("EAT-10 is 3, at or above 3", "FOIS is 3, at or under 3"), "EAT-10 is 3, at or above 3; FOIS is 3, at or under 3."),
        (("cough, dry", "cough, wet"), "Cough, dry; cough, wet."),
    ],
)  # fmt: skip
def test_why_it_fired_is_one_sentence_and_two_limits_of_one_value_are_said_at_once(
    words: tuple[str, ...], said: str
) -> None:
    assert Judgement(True, words=words).sentence == said
