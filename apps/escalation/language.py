"""The language of criteria: CEL with a small vocabulary, without arithmetic and without macros. Nothing of Django in here.

Only comparisons, `&&`, `||`, `!`, and the functions of VOCABULARY. What is not known raises Missing inside a function; CEL
carries that through, so that `unknown || true` is true and a bare unknown never fires.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cel

BY_PERSON = "by_person"
LONGEST = 2000
OPERATORS = frozenset({"_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"})
WINDOW = re.compile(r"^[1-9][0-9]{0,3}[dh]\Z")
_TEXT = re.compile(r'"([^"\\]*)"')
_PARAMETER = re.compile(r"\bp\.([a-z_][a-z0-9_]*)")
_CALL = re.compile(r"([a-z_]+)\s*\(([^()]*)\)")

# The engine warns of every unknown on a logger of its own; an unknown is no fault here.
logging.getLogger("cel").setLevel(logging.ERROR)


class BadExpression(ValueError):  # noqa: N818 - it says what is bad
    """The expression cannot be used; the message says what is wrong and at which character."""


class Missing(Exception):  # noqa: N818 - an answer: nothing is known
    """What a function was asked for is not known; the message names it."""


@dataclass(frozen=True)
class Word:
    """A function of the vocabulary: what its arguments are and what it means."""

    arguments: tuple[str, ...]
    optional: int
    meaning: str


#: "measure" is an instrument or a kind of assessment, "concept" a finding or complication, written in quotes.
VOCABULARY: dict[str, Word] = {
    "latest": Word(("measure", "window"), 1, "The most recent value of a measure; unknown when there is none."),
    "missing": Word(
        ("measure", "window"), 1, "Whether there is no value or assessment; the one word that is true of absence."
    ),
    "complication": Word(("concept", "window"), 1, "Whether a complication is recorded and not resolved."),
    "finding": Word(("concept", "window"), 1, "Whether a finding is recorded and not resolved."),
    "severe": Word(("concept",), 0, "Whether a complication or finding is recorded as severe and not resolved."),
    "resolved": Word(
        ("concept", "discipline"), 1, "Whether a discipline has declared it over since the last evidence."
    ),
}
FLAGS: dict[str, str] = {
    "adult": "Onset as an adult, and 18 years old or more.",
    "jdm": "Juvenile onset, at any age until re-classified.",
}


@dataclass(frozen=True)
class Names:
    """What an expression may name, as the knowledge in force has it."""

    instruments: frozenset[str]
    assessments: frozenset[str]
    concepts: frozenset[str]
    disciplines: frozenset[str]

    @property
    def measures(self) -> frozenset[str]:
        """Whatever `latest` and `missing` can be asked about."""
        return self.instruments | self.assessments


@lru_cache(maxsize=1000)
def compiled(text: str) -> Any:
    """The expression, compiled once. Raises BadExpression."""
    if len(text) > LONGEST:
        raise BadExpression(f"An expression has at most {LONGEST} characters.")
    try:
        return cel.compile(text)
    except ValueError as error:
        raise BadExpression(_position(str(error))) from None


def _position(message: str) -> str:
    found = re.search(r"<input>:\d+:(\d+): (.*)", message)
    return f"At character {found.group(1)}: {found.group(2)}" if found else "This cannot be read."


def check(text: str, *, parameters: Iterable[str], names: Names | None = None) -> None:
    """Refuse what the language does not have. Raises BadExpression, which says where.

    Without `names` only the form is checked; with them, also that every measure, concept and discipline exists.
    """
    program = compiled(text)
    for name in program.functions():
        if name not in OPERATORS and name not in VOCABULARY:
            word = name.strip("_@")
            raise BadExpression(f"{_where(text, word)}“{word}” is not part of the language.")
    for found in _PARAMETER.finditer(text):
        if found.group(1) not in set(parameters):
            raise BadExpression(f"At character {found.start() + 1}: there is no parameter “{found.group(1)}”.")
    known = {"p", *FLAGS} | (names.measures if names is not None else set(program.variables()))
    for name in program.variables():
        if name not in known:
            raise BadExpression(f"{_where(text, name)}there is no measure “{name}”.")
    for call in _CALL.finditer(text):
        _check_call(call, names)
    _check_atoms(text)


def _check_atoms(text: str) -> None:
    """Each condition can be judged by itself: that is how it is told what an alarm rests on."""
    for atom in atoms(text):
        try:
            compiled(atom)
        except BadExpression:
            raise BadExpression(f"{_where(text, atom)}write “{atom}” without parentheses around one side.") from None


def _where(text: str, word: str) -> str:
    at = text.find(word)
    return f"At character {at + 1}: " if word and at >= 0 else ""


def _check_call(call: "re.Match[str]", names: Names | None) -> None:
    word = VOCABULARY.get(call.group(1))
    if word is None:
        return
    at = f"At character {call.start() + 1}: "
    given = [part.strip() for part in call.group(2).split(",") if part.strip()]
    if not len(word.arguments) - word.optional <= len(given) <= len(word.arguments):
        raise BadExpression(f"{at}{call.group(1)} takes {', '.join(word.arguments)}.")
    for kind, argument in zip(word.arguments, given, strict=False):
        _check_argument(at, kind, argument, names)


def _check_argument(at: str, kind: str, argument: str, names: Names | None) -> None:
    quoted = _TEXT.fullmatch(argument)
    if kind == "measure":
        if quoted or argument in FLAGS or argument.startswith("p."):
            raise BadExpression(f"{at}name a measure there, without quotes.")
        return
    if quoted is None:
        raise BadExpression(f"{at}“{argument}” must stand in quotes.")
    text = quoted.group(1)
    if kind == "window" and not WINDOW.match(text):
        raise BadExpression(f"{at}“{text}” is no window: write such as “28d” or “72h”.")
    if names is not None and kind in {"concept", "discipline"}:
        known = names.concepts if kind == "concept" else names.disciplines
        if text not in known:
            raise BadExpression(f"{at}there is no {kind} “{text}”.")


def measures_of(text: str) -> set[str]:
    """The measures that an expression asks about."""
    return set(compiled(text).variables()) - {"p", *FLAGS}


def atoms(text: str) -> list[str]:
    """The single conditions of an expression, in their order: what stands between `&&`, `||`, `!` and parentheses."""
    found, current, depth, index = [], "", 0, 0
    while index < len(text):
        two, one = text[index : index + 2], text[index]
        opens = one == "(" and bool(re.search(r"[a-z_]\s*$", current))
        if depth == 0 and not opens and (two in {"&&", "||"} or one in "()" or (one == "!" and two != "!=")):
            found.append(current.strip())
            current, index = "", index + (2 if two in {"&&", "||"} else 1)
            continue
        depth += (one == "(") - (one == ")")
        current, index = current + one, index + 1
    return [atom for atom in [*found, current.strip()] if atom]


def run(text: str, functions: Mapping[str, Callable[..., Any]], variables: Mapping[str, Any]) -> bool | None:
    """Whether the expression holds; None when that is unknown.

    Anything but Missing that a function raises is a fault and is raised again here, even where CEL had no need of the
    value.
    """
    faults: list[Exception] = []
    program = compiled(text)
    context = cel.Context(variables=dict(variables))
    for name, function in functions.items():
        context.add_function(name, _guarded(function, faults))
    try:
        found = program.execute(context)
    except Exception as error:  # noqa: BLE001 - the engine wraps whatever a function raised; what that was stands in faults
        if not faults:
            raise BadExpression(str(error)) from None
        found = None
    for fault in faults:
        if not isinstance(fault, Missing):
            raise fault
    if found is not None and not isinstance(found, bool):
        raise BadExpression("An expression must be true or false.")
    return found


def _guarded(function: Callable[..., Any], faults: list[Exception]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception as error:
            faults.append(error)
            raise

    return call
