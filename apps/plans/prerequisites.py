"""What has to be there before a medicine: present, missing, or too old. Standard library and knowledge as values only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from apps.knowledge.values import Panel, Requirement
from apps.plans.panels import Done, Facts, panel_state

ANYBODY = frozenset({"", "any"})


class State(StrEnum):
    """How a requirement stands."""

    PRESENT = "present"
    MISSING = "missing"
    TOO_OLD = "too_old"
    NOT_APPLICABLE = "not_applicable"
    SWITCHED_OFF = "switched_off"


@dataclass(frozen=True)
class Standing:
    """How one requirement stands: since when it is there (`on`), in words, and which `parts` of a panel are to be done.

    `holds` says that the first dose waits for it.
    """

    requirement: Requirement
    state: State
    on: date | None
    words: str
    parts: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the first dose has to wait."""
        return self.requirement.holds_first_dose and self.state in {State.MISSING, State.TOO_OLD}


def judge(
    requirements: Iterable[Requirement],
    facts: Facts,
    *,
    on: date,
    options: Collection[str],
    populations: Collection[str],
    beside: Collection[str],
) -> list[Standing]:
    """How each requirement stands on a day at the site, in the order given.

    `facts` are what was done last by measure or kind of assessment, `options` the site's settings that are on, `beside` the
    codes of all medicines in the plan. “Within 28 days” includes the 28th. For whom a requirement holds “where applicable” only a
    person can say: such a one is judged like any other, and says for whom it is meant.
    """
    return [_standing(one, facts, on, options, populations, beside) for one in requirements]


def _standing(
    one: Requirement,
    facts: Facts,
    on: date,
    options: Collection[str],
    populations: Collection[str],
    beside: Collection[str],
) -> Standing:
    if one.population not in ANYBODY and one.population not in populations:
        return _made(one, State.NOT_APPLICABLE, None, f"meant for {one.population}")
    if one.option and one.option not in options:
        return _made(one, State.SWITCHED_OFF, None, f"not asked for at this site ({one.option})")
    if one.panel is None:
        there = one.beside is not None and one.beside.code in beside
        return _made(one, State.PRESENT if there else State.MISSING, None, f"{'' if there else 'not '}in the plan")
    return _of_panel(one, one.panel, facts, on)


def _of_panel(one: Requirement, panel: Panel, facts: Facts, on: date) -> Standing:
    found = panel_state(panel, facts, on)
    if found.done_on is None:
        joined = (", " if panel.measures else " or ").join(_name(code) for code in found.lacking)
        return _made(one, State.MISSING, None, f"missing ({joined})" if joined else "missing", found.lacking)
    age = (on - found.done_on).days
    if one.max_age_days is None or age <= one.max_age_days:
        return _made(one, State.PRESENT, found.done_on, f"done on {found.done_on}, {_days(age)} before {on}")
    words = f"{_days(age)} old on {on} (from {found.done_on}), at most {_days(one.max_age_days)}"
    return _made(one, State.TOO_OLD, found.done_on, words, _stale(panel, facts, on, one.max_age_days))


def _stale(panel: Panel, facts: Facts, on: date, most: int) -> tuple[str, ...]:
    """The measures of a panel that have to be done again; all that would do where one suffices."""
    fresh = {code for code, fact in facts.items() if fact.effective_on <= on and (on - fact.effective_on).days <= most}
    return tuple(code for code in panel.measures if code not in fresh) or (*panel.any_of, *panel.assessments)


def _made(one: Requirement, state: State, on: date | None, words: str, parts: tuple[str, ...] = ()) -> Standing:
    subject = one.panel or one.beside
    whom = f"; {one.if_applicable}" if one.if_applicable else ""
    return Standing(one, state, on, f"{subject.name if subject else one.medicine}: {words}{whom}", parts)


def _name(code: str) -> str:
    return code.replace("_", " ")


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


__all__ = ["Done", "Facts", "Standing", "State", "judge"]
