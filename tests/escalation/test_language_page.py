"""The page about the language says what the code says, and nothing else: every word, every example, every refusal."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.escalation import drawing
from apps.escalation.drawing import Rule
from apps.escalation.language import FLAGS, PLACE, VOCABULARY, BadExpression, Flag, check, check_reason
from apps.escalation.names import names

PARAMETER = re.compile(r"\bp\.([a-z_]+)")


#: The operands of the page, as something that there is.
LETTERS = {"a": "adult", "b": "jdm", "c": "immunosuppressed", "x": "latest(eat10)", "y": "3"}


def numbers(text: str) -> dict[str, Any]:
    """Every number that an expression names; one that is a window is in days."""
    spans = set(re.findall(r", p\.([a-z_]+)\)", text))
    return {
        name: {"value": "3", "unit": "d" if name in spans else "", "citation": "LP", "mark": "LP"}
        for name in PARAMETER.findall(text)
    }


def rows(table: str) -> list[list[str]]:
    lines = table.strip().splitlines()[2:]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_page_in_the_repository_is_the_language_as_it_is_now(settings: Any) -> None:
    page = Path(settings.BASE_DIR) / drawing.PLACE
    assert page.read_text() == drawing.draw(), "run manage.py draw_criteria_language"


def test_a_word_that_was_added_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLAGS, "asleep", Flag("boolean", "Whether the patient sleeps.", "asleep"))
    assert "| `asleep` | true or false |  | Whether the patient sleeps. | `asleep` |" in drawing.draw()


def test_the_command_writes_the_page(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    call_command("draw_criteria_language", stdout=StringIO())
    assert (tmp_path / drawing.PLACE).read_text() == drawing.draw()


def test_every_word_and_every_flag_has_a_line_with_its_arguments_unit_and_example() -> None:
    words = {row[0].strip("`"): row[1:] for row in rows(drawing.table(drawing.words()))}
    assert [call.split("(")[0] for call in words] == list(VOCABULARY)
    assert words["latest(instrument[, window])"][:2] == ["as the instrument", "its own"]
    assert words["loss_percent(measured, window)"][1] == "%"
    assert words["antibody(antibody)"][0] == "a text: positive, negative, equivocal"
    assert words["session_drop(measured, measured[, window])"][0] == "a number"
    flags = {row[0].strip("`"): row[1:] for row in rows(drawing.table(drawing.flags()))}
    assert list(flags) == list(FLAGS)
    assert flags["vc_ml_kg"][:2] == ["a number", "mL/kg"]


def test_every_kind_of_argument_is_explained() -> None:
    kinds = {kind for word in VOCABULARY.values() for kind in word.arguments}
    explained = {kind for rule in drawing.ARGUMENTS for kind in rule.code.split(", ")}
    assert explained == kinds


@pytest.mark.parametrize(
    "example", [*[one.example for one in VOCABULARY.values()], *[one.example for one in FLAGS.values()]]
)
def test_every_example_is_taken(knowledge: None, example: str) -> None:
    check(example, parameters=numbers(example), names=names(), key="")


@pytest.mark.parametrize("rule", drawing.OPERATORS, ids=lambda rule: rule.code)
def test_everything_that_is_written_so_is_taken(knowledge: None, rule: Rule) -> None:
    for form in rule.code.split(", ") if rule.code[0] == "x" else [rule.code]:
        check(re.sub(r"\b[abcxy]\b", lambda match: LETTERS[match.group()], form), names=names())


@pytest.mark.parametrize("rule", drawing.REFUSED, ids=lambda rule: rule.code)
def test_what_is_said_to_be_refused_is_refused_with_its_place(knowledge: None, rule: Rule) -> None:
    with pytest.raises(BadExpression) as refused:
        check(rule.code, parameters=drawing.NUMBERS, names=names())
    assert refused.value.position is not None


def test_a_value_in_braces_is_taken_in_a_reason(knowledge: None) -> None:
    example = drawing.ENDINGS[1].code
    assert PLACE.fullmatch(example)
    check_reason(f"The score is {example}.", names=names())


def test_what_may_be_true_of_absence_is_named() -> None:
    assert {"missing", "overdue", "days_since", "no_tis"} <= set(drawing.absent())
    assert not {"latest", "finding", "adult"} & set(drawing.absent())
