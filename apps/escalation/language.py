"""The language of criteria: CEL with a small vocabulary, without arithmetic and without macros. Nothing of Django in here.

Only comparisons, `&&`, `||`, `!`, and the functions of VOCABULARY. What is not known raises Missing inside a function; CEL
carries that through, so that `unknown || true` is true and a bare unknown never fires.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

import cel

BY_PERSON = "by_person"
LONGEST = 2000
OPERATORS = frozenset({"_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"})
DEEPEST = 40
WINDOW = re.compile(r"^[1-9][0-9]{0,3}[dh]\Z")
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


#: "instrument" and "measure" (an instrument or a kind of assessment) are named as they are, the others in quotes.
VOCABULARY: dict[str, Word] = {
    "latest": Word(("instrument", "window"), 1, "The most recent value of an instrument; unknown when there is none."),
    "missing": Word(
        ("measure", "window"), 1, "Whether there is no value or assessment; the one word that is true of absence."
    ),
    "complication": Word(("complication", "window"), 1, "Whether a complication is recorded and not resolved."),
    "finding": Word(("finding", "window"), 1, "Whether a finding is recorded and not resolved."),
    "severe": Word(("concept",), 0, "Whether a complication or finding is recorded as severe and not resolved."),
    "resolved": Word(
        ("concept", "discipline"), 1, "Whether a discipline has declared it over since the last evidence."
    ),
    "open_referral": Word(
        ("discipline",), 0, "Whether the patient is referred to a discipline and its report is not there yet."
    ),
}
FLAGS: dict[str, str] = {
    "adult": "Onset as an adult, and 18 years old or more.",
    "jdm": "Juvenile onset, at any age until re-classified.",
}


@dataclass(frozen=True)
class Names:
    """What an expression may name, as the knowledge in force has it.

    `kinds` says of an instrument whether it is a number, a code or yes/no, `categories` of a concept whether it is a finding
    or a complication; what they do not list is not checked for it.
    """

    instruments: frozenset[str]
    assessments: frozenset[str]
    concepts: frozenset[str]
    disciplines: frozenset[str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)

    def problem(self, kind: str, text: str) -> str:
        """What is wrong with naming this there; an empty string when nothing is."""
        known = {
            "instrument": self.instruments, "measure": self.instruments | self.assessments,
            "discipline": self.disciplines,
        }.get(kind, self.concepts)  # fmt: skip
        if text not in known:
            return f"there is no {kind} “{text}”"
        category = self.categories.get(text, kind)
        return (
            f"“{text}” is a {category} and no {kind}"
            if kind in {"finding", "complication"} and category != kind
            else ""
        )


@dataclass(frozen=True)
class Token:
    """A piece of an expression: its kind (name, number, text, or the sign itself; empty at the end) and where it stands."""

    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r'\s*(?:(?P<number>-?[0-9]+(?:\.[0-9]+)?(?![\w.]))|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<text>"[^"\\\n]*")'
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|<|>|!|\(|\)|,|\.)|(?P<other>\S))"
)
_COMPARED = frozenset({"==", "!=", "<", "<=", ">", ">="})


def _tokens(text: str) -> list[Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        piece = match.group(kind)
        found.append(Token(piece if kind == "sign" else kind, piece, match.start(kind)))
    return [*found, Token("", "", len(text))]


class Parser:
    """Reads an expression by the grammar of the language, which is a small part of CEL's, and remembers its conditions.

    expression: conditions joined by && and ||, each perhaps negated or in parentheses
    condition: an operand that is true or false, or two operands compared
    operand: a word with its arguments, a flag, p.name, a number, a text in quotes, true, false
    """

    def __init__(self, text: str, parameters: frozenset[str] | None = None, names: Names | None = None) -> None:
        self.text, self.parameters, self.names = text, parameters, names
        self.tokens, self.place, self.depth = _tokens(text), 0, 0
        self.atoms: list[str] = []

    def whole(self) -> None:
        """Read all of it. Raises BadExpression at the first thing that does not belong there."""
        self._either()
        if self.token.kind:
            self._refuse(f"“{self.token.text}” is not part of the language there")

    @property
    def token(self) -> Token:
        """What is to be read next."""
        return self.tokens[self.place]

    def _take(self, *kinds: str) -> Token | None:
        token = self.token
        if token.kind in kinds:
            self.place += 1
            return token
        return None

    def _refuse(self, words: str, token: Token | None = None) -> NoReturn:
        raise BadExpression(f"At character {(token or self.token).at + 1}: {words}.")

    def _either(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self._refuse(f"this is nested more than {DEEPEST} deep")
        self._condition()
        while self._take("&&", "||"):
            self._condition()
        self.depth -= 1

    def _condition(self) -> None:
        negations = 0
        while self._take("!"):
            negations += 1
            if negations > DEEPEST:
                self._refuse(f"this is negated more than {DEEPEST} times")
        if self._take("("):
            self._either()
            if not self._take(")"):
                self._refuse(
                    "a closing parenthesis is missing"
                    if not self.token.kind
                    else f"“{self.token.text}” does not belong there"
                )
            return
        self._atom()

    def _atom(self) -> None:
        first = self.token
        left = self._operand()
        sign = self._take(*_COMPARED)
        if sign is None:
            if self.token.kind not in {"&&", "||", ")", ""}:
                self._refuse(f"“{self.token.text}” is not part of the language there")
            if left not in {"boolean", ""}:
                self._refuse("this is a value and no condition: compare it", first)
        else:
            self._comparison(left, self._operand(), sign)
        self.atoms.append(self.text[first.at : self.tokens[self.place - 1].at + len(self.tokens[self.place - 1].text)])

    def _comparison(self, left: str, right: str, sign: Token) -> None:
        if left and right and left != right:
            self._refuse(f"a {left} cannot be compared with a {right}", sign)
        if sign.text not in {"==", "!="} and "number" not in {left, right} and {left, right} != {""}:
            self._refuse("only numbers are more or less than each other", sign)

    def _operand(self) -> str:
        """Read an operand; returns whether it is a number, a text or a boolean, or an empty string when that is open."""
        token = self.token
        if self._take("number", "text"):
            return token.kind
        if not self._take("name"):
            self._refuse(
                f"“{token.text}” is not part of the language" if token.kind else "something is missing at the end"
            )
        if token.text in {"true", "false"} | FLAGS.keys():
            return "boolean"
        if token.text == "p":
            return self._parameter(token)
        if token.text in VOCABULARY:
            return self._call(token)
        if self.token.kind == "(":
            self._refuse(f"“{token.text}” is not part of the language", token)
        return self._refuse(f"ask for a measure by a word: latest({token.text})", token)

    def _parameter(self, token: Token) -> str:
        name = self._take("name") if self._take(".") else None
        if name is None:
            self._refuse("write p.name for a number of the criterion", token)
        if self.parameters is not None and name.text not in self.parameters:
            self._refuse(f"there is no parameter “{name.text}”", token)
        return "number"

    def _call(self, name: Token) -> str:
        word = VOCABULARY[name.text]
        if not self._take("("):
            self._refuse(f"{name.text} takes {', '.join(word.arguments)} in parentheses")
        measure = ""
        for place, kind in enumerate(word.arguments):
            if place and not self._take(","):
                break
            found = self._argument(kind)
            measure = measure or found
        if not self._take(")"):
            self._take(",")
            self._refuse(f"{name.text} takes {', '.join(word.arguments)}")
        if len(word.arguments) - word.optional > 1 and not measure:
            self._refuse(f"{name.text} takes {', '.join(word.arguments)}", name)
        if name.text != "latest":
            return "boolean"
        kinds = self.names.kinds if self.names is not None else {}
        return {"number": "number", "code": "text", "boolean": "boolean"}.get(kinds.get(measure, ""), "")

    def _argument(self, kind: str) -> str:
        token = self.token
        bare = kind in {"instrument", "measure"}
        if not self._take("name" if bare else "text") or (bare and token.text in FLAGS):
            self._refuse(
                f"name {'an' if kind == 'instrument' else 'a'} {kind} there, {'without' if bare else 'in'} quotes",
                token,
            )
        text = token.text.strip('"')
        if kind == "window":
            if not WINDOW.match(text):
                self._refuse(f"“{text}” is no window: write such as “28d” or “72h”", token)
        elif self.names is not None and (problem := self.names.problem(kind, text)):
            self._refuse(problem, token)
        return text


@lru_cache(maxsize=1000)
def compiled(text: str) -> Any:
    """The expression, compiled once. Raises BadExpression."""
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
    if not isinstance(text, str):
        raise BadExpression("An expression is a text.")
    if len(text) > LONGEST:
        raise BadExpression(f"An expression has at most {LONGEST} characters.")
    Parser(text, frozenset(parameters), names).whole()
    compiled(text)


def measures_of(text: str) -> set[str]:
    """The measures that an expression asks about."""
    return set(compiled(text).variables()) - {"p", *FLAGS}


def atoms(text: str) -> list[str]:
    """The single conditions of an expression, in their order: what stands between `&&`, `||`, `!` and parentheses."""
    parser = Parser(text)
    parser.whole()
    return parser.atoms


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
