"""The drawn page of moves says what the table says, and nothing else."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.referrals import drawing
from apps.referrals.moves import ENDS, MOVES, NAMES, OPEN, TASK_STATUS, Party, State, reach

STATE = {state.value: state for state in State}


def test_the_page_in_the_repository_is_the_table_as_it_is_now(settings: Any) -> None:
    page = Path(settings.BASE_DIR) / drawing.PLACE
    assert page.read_text() == drawing.draw(), "run manage.py draw_referral_moves"


def test_a_table_that_was_changed_is_drawn_differently(monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawing.draw()
    monkeypatch.setitem(TASK_STATUS, State.SEEN, "ready")
    assert drawing.draw() != before


def test_the_command_writes_the_page(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    call_command("draw_referral_moves", stdout=StringIO())
    assert (tmp_path / drawing.PLACE).read_text() == drawing.draw()


def rows(table: str) -> list[list[str]]:
    lines = table.strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_move_and_every_state_has_a_line() -> None:
    moves = {re.search(r"`(\w+)`", row[0])[1]: row for row in rows(drawing.moves())}  # type: ignore[index]
    assert list(moves) == list(MOVES)
    assert moves["accept"][1:4] == ["Sent, Received", "Accepted", "receiving side"]
    assert moves["send"][1:4] == ["Draft", "Sent", "sending side or coordinator"]
    assert moves["refuse_cancellation"][2] == "where it was before"
    assert moves["assign"][2] == "stays"
    assert moves["assign"][1].startswith("wherever it is open, but for: Draft")
    assert moves["find_owner"][1:4] == ["wherever it is open", "stays", "careteam itself"]
    assert moves["enter_in_error"][1:3] == ["any other", "Entered in error"]
    assert [row[0] for row in rows(drawing.states())] == list(NAMES.values())
    assert {row[0] for row in rows(drawing.states()) if row[2] == "an end"} == {NAMES[state] for state in ENDS}


def test_the_picture_leads_wherever_the_table_does() -> None:
    """Each arrow is one of the table; only what can be done nearly everywhere is said in words instead."""
    arrows = re.findall(r"^    (\w+) --> (\w+): (.+)$", drawing.picture(), re.MULTILINE)
    drawn = {(STATE[start], STATE[end]) for start, end, _ in arrows}
    everywhere = {State.ENTERED_IN_ERROR}
    # "End with care" leads to cancelled from wherever it is open; people withdraw or confirm on fewer ways.
    people = {
        (start, move.target)
        for move in MOVES.values() for start in move.sources
        if move.target == State.CANCELLED and move.parties != {Party.CARETEAM}
    }  # fmt: skip
    expected = {
        (start, end) for start in OPEN for end in reach(start) - everywhere
        if end != start and (end != State.CANCELLED or (start, end) in people)
    }  # fmt: skip
    assert {pair for pair in drawn if pair[0] != pair[1]} == expected
    labels = {label for _, _, said in arrows for label in said.split(", ")}
    named = set(re.findall(r"\*([^*]+)\*", drawing.picture().split("```")[-1]))
    assert labels | named == {move.label for move in MOVES.values()}
    assert not labels & named
