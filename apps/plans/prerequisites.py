"""What has to be there before a medicine: present, missing, or too old. Standard library and knowledge as values only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from apps.knowledge.values import Panel, Requirement
from apps.plans.panels import Done, Facts, panel_state

ANYBODY = frozenset({"", "any"})
#: Results in a word that are as they should be; every other one is to be looked at. Numbers are judged by criteria, not here.
AS_THEY_SHOULD_BE = frozenset({"normal", "negative", "no", "none"})
#: What a result means for the medicine, by measure or kind of assessment and result, and whose words that is.
ALERTS = {
    ("tpmt", "absent"): "TPMT absent: avoid azathioprine (P-SPS [V])",
    ("tpmt", "intermediate"): "TPMT intermediate: a lower dose of azathioprine (P-SPS [V])",
    ("hbsag", "positive"): "Hepatitis B surface antigen positive: look at it before the first dose (P-EULARINF [V])",
    (
        "anti_hbc",
        "positive",
    ): "Antibodies against hepatitis B core positive: look at it before the first dose (P-EULARINF [V])",
    ("anti_hcv", "positive"): "Antibodies against hepatitis C positive: look at it before the first dose (P-SPS [V])",
    ("hiv", "positive"): "HIV test positive: look at it before the first dose (P-SPS [V])",
    ("pregnancy_test", "positive"): "Pregnancy test positive: look at it before the first dose (P-SPS [V])",
}
#: Before an alert, where it stands at the end of the words.
ALERT = " ALERT: "


class State(StrEnum):
    """How a requirement stands."""

    PRESENT = "present"
    LOOK = "look"
    MISSING = "missing"
    TOO_OLD = "too_old"
    NOT_APPLICABLE = "not_applicable"
    SWITCHED_OFF = "switched_off"


@dataclass(frozen=True)
class Standing:
    """How one requirement stands: since when it is there (`on`), in words, and which `parts` of a panel are to be done.

    `alert` is what a result that is there means for the medicine, however old it is; the words end with it. Empty: nothing.
    """

    requirement: Requirement
    state: State
    on: date | None
    words: str
    parts: tuple[str, ...] = ()
    alert: str = ""

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
    results = _results(panel, facts, on)
    alert = "; ".join(ALERTS[said] for said in results if said in ALERTS)
    found = panel_state(panel, facts, on)
    if found.done_on is None:
        joined = (", " if panel.measures else " or ").join(_name(code) for code in found.lacking)
        words = f"missing ({joined})" if joined else "missing"
        return _made(one, State.MISSING, None, words, found.lacking, alert)
    age, said = (on - found.done_on).days, _said(results)
    if one.max_age_days is None or age <= one.max_age_days:
        words = f"{said}done on {found.done_on}, {_days(age)} before {on}"
        return _made(one, _state(results), found.done_on, words, alert=alert)
    words = f"{said}{_days(age)} old on {on} (from {found.done_on}), at most {_days(one.max_age_days)}"
    return _made(one, State.TOO_OLD, found.done_on, words, _stale(panel, facts, on, one.max_age_days), alert)


Results = dict[tuple[str, str], str]


def _results(panel: Panel, facts: Facts, on: date) -> Results:
    """What was found: the result by code and result, with the name that it goes by."""
    codes = dict.fromkeys([*panel.measures, *panel.any_of, *panel.assessments])
    there = [facts[code] for code in codes if code in facts and facts[code].effective_on <= on]
    parts = [(fact.code, fact.words.rpartition(": ")) for fact in there]
    return {(code, result): name for code, (name, colon, result) in parts if colon and result}


def _said(results: Results) -> str:
    """The results, each with its name where there are several."""
    if len(results) > 1:
        return ", ".join(f"{name} {result}" for (_, result), name in results.items()) + "; "
    return "".join(f"{result}, " for _, result in results)


def _state(results: Results) -> State:
    """A result in a word that is not as it should be is nothing to be at ease about, although it is there."""
    words = [result.lower() for _, result in results if not result.lstrip("-")[:1].isdigit()]
    return State.PRESENT if all(word in AS_THEY_SHOULD_BE for word in words) else State.LOOK


def _stale(panel: Panel, facts: Facts, on: date, most: int) -> tuple[str, ...]:
    """The measures of a panel that have to be done again; all that would do where one suffices."""
    fresh = {code for code, fact in facts.items() if fact.effective_on <= on and (on - fact.effective_on).days <= most}
    return tuple(code for code in panel.measures if code not in fresh) or (*panel.any_of, *panel.assessments)


def _made(
    one: Requirement, state: State, on: date | None, words: str, parts: tuple[str, ...] = (), alert: str = ""
) -> Standing:
    subject = one.panel or one.beside
    whom = f"; {one.if_applicable}" if one.if_applicable else ""
    told = f"{subject.name if subject else one.medicine}: {words}{whom}"
    return Standing(one, state, on, f"{told}.{ALERT}{alert}" if alert else told, parts, alert)


def alert_in(words: str) -> str:
    """The alert with which the words of a standing end; empty where they have none. What was found once is kept in words."""
    return words.partition(ALERT)[2]


def _name(code: str) -> str:
    return code.replace("_", " ")


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


__all__ = ["Done", "Facts", "Standing", "State", "alert_in", "judge"]
