"""A walk along every path of the table, through the operations, with the right person at each step."""

import pytest

from apps.referrals.moves import ENDS, MOVES, State
from tests.cast import Cast
from tests.referrals.house import Loop
from tests.referrals.walks import PEOPLES, Walk, paths, shortest

PATHS = [" ".join(path) for path in paths()]
#: Every move of people from every state in which it can be made.
EDGES = [(state, move.name) for move in PEOPLES for state in sorted(move.sources)]
#: Where somebody asks to cancel, they may be told that it goes on, and it is then where it was.
ASKED = sorted(MOVES["request_cancellation"].sources)


def on_paths() -> set[tuple[State, str]]:
    """The edges that the paths walk along."""
    found, here = set(), State.DRAFT
    for path in PATHS:
        here = State.DRAFT
        for name in path.split():
            found.add((here, name))
            here = MOVES[name].target or here
    return found


BESIDE = sorted(set(EDGES) - on_paths())


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leaves_the_right_rows_behind_at_each_step(cast: Cast, path: str) -> None:
    walk = Walk.begin(Loop.begin(cast))
    for name in path.split():
        walk.take(name)
    assert walk.state in ENDS


@pytest.mark.parametrize("path", PATHS)
def test_a_path_can_be_walked_with_a_coordinator_who_makes_every_move_that_a_coordinator_can(
    cast: Cast, path: str
) -> None:
    walk = Walk.begin(Loop.begin(cast))
    for name in path.split():
        walk.take(name, coordinated=True)
    assert walk.state in ENDS


@pytest.mark.parametrize(("state", "name"), BESIDE)
def test_every_move_beside_the_paths_leaves_the_right_rows_and_leads_on_to_an_end(
    cast: Cast, state: State, name: str
) -> None:
    walk = Walk.begin(Loop.begin(cast))
    for before in shortest(State.DRAFT, to=state):
        walk.take(before)
    walk.take(name)
    for after in shortest(walk.state):
        walk.take(after)
    assert walk.state in ENDS


@pytest.mark.parametrize("state", ASKED)
def test_a_cancellation_that_is_refused_leaves_it_where_it_was(cast: Cast, state: State) -> None:
    walk = Walk.begin(Loop.begin(cast))
    for before in shortest(State.DRAFT, to=state):
        walk.take(before)
    walk.take("request_cancellation")
    walk.take("refuse_cancellation")
    assert walk.state == state
    for after in shortest(state):
        walk.take(after)
    assert walk.state in ENDS


def test_the_paths_and_what_lies_beside_them_are_all_there_is() -> None:
    assert len(PATHS) == len(set(PATHS))
    assert on_paths() | set(BESIDE) == set(EDGES)
    assert {MOVES[path.split()[-1]].target for path in PATHS} == {State.CLOSED, State.CANCELLED}
