"""The table of moves, drawn for people to read. Standard library only."""

from collections.abc import Iterable

from apps.referrals.moves import ENDS, MOVES, NAMES, OPEN, SIDES, TASK_STATUS, TURNS, Move, Party, State

#: Where the drawing stands, below the folder of the project.
PLACE = "docs/referral-moves.md"
#: What a move can be made in all open states but so many of is told by those.
FEW = 3
HEAD = """# The moves of a referral

This page is drawn from the table that careteam enforces, by `manage.py draw_referral_moves`. What the moves mean to the people
who make them stands in [referrals.md](referrals.md).
"""
PICTURE = """Left out of the picture is what can be done nearly everywhere: {everywhere}.
A cancellation that is refused leads back to where the referral was before it was asked for.
"""


def draw() -> str:
    """The page as Markdown: the states, a picture, the moves."""
    parts = [HEAD, "## Where it can be\n", states(), "## The picture\n", picture(), "## The moves\n", moves()]
    return "\n".join(parts)


def states() -> str:
    """Each state: what FHIR calls it, and whose turn it is."""
    rows = [[NAMES[state], TASK_STATUS[state], SIDES[TURNS[state]] if state in TURNS else "an end"] for state in State]
    return _table(["state", "FHIR R4 Task.status", "whose turn"], rows)


def moves() -> str:
    """Each move: from where to where, and who may make it."""
    return _table(["move", "from", "to", "who", "what it means"], [_row(move) for move in MOVES.values()])


def _row(move: Move) -> list[str]:
    who = " or ".join(SIDES[party] for party in Party if party in move.parties)
    return [f"**{move.label}** `{move.name}`", _from(move), _to(move), who, move.meaning]


def _from(move: Move) -> str:
    for known, words in ((OPEN, "wherever it is open"), (frozenset(State) - {move.target}, "any other")):
        if move.sources == known:
            return words
    besides = [NAMES[state] for state in State if state in OPEN - move.sources]
    if move.sources < OPEN and len(besides) <= FEW:
        return f"wherever it is open, but for: {', '.join(besides)}"
    return ", ".join(NAMES[state] for state in State if state in move.sources)


def _to(move: Move) -> str:
    if move.back:
        return "where it was before"
    return NAMES[move.target] if move.target is not None else "stays"


def picture() -> str:
    """The moves as a Mermaid diagram; what can be done nearly everywhere is named beside it."""
    everywhere = [move.label for move in MOVES.values() if not _drawn(move)]
    ends = sorted({state for state in ENDS if any(state == end for _, end in ways())})
    found = ["```mermaid", "stateDiagram-v2"]
    found += [f'    state "{NAMES[state]}" as {state.value}' for state in State if state in OPEN or state in ends]
    found += [f"    [*] --> {State.DRAFT.value}"]
    found += [f"    {start.value} --> {end.value}: {', '.join(labels)}" for (start, end), labels in ways().items()]
    found += [f"    {state.value} --> [*]" for state in ends]
    return "\n".join([*found, "```", "", PICTURE.format(everywhere=_listed(everywhere))])


def ways() -> dict[tuple[State, State], list[str]]:
    """The ways that are drawn, from state to state, each with the labels of its moves."""
    found: dict[tuple[State, State], list[str]] = {}
    for move in MOVES.values():
        for start in State:
            for end in _ends(move, start):
                found.setdefault((start, end), []).append(move.label)
    return found


def _ends(move: Move, start: State) -> Iterable[State]:
    if start not in move.sources or not _drawn(move):
        return ()
    if move.back:
        return [state for state in State if state in MOVES["request_cancellation"].sources]
    return (move.target,) if move.target is not None else ()


def _drawn(move: Move) -> bool:
    """Whether a move stands in the picture: not what can be done wherever a referral is open, nor what leads nowhere."""
    return move.back or (move.target is not None and not move.sources >= OPEN)


def _listed(labels: Iterable[str]) -> str:
    *first, last = [f"*{label}*" for label in labels]
    return f"{', '.join(first)} and {last}" if first else last


def _table(headers: list[str], rows: Iterable[list[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
