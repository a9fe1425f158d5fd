"""Reading an expression by the grammar of the language, which is a small part of CEL's. Standard library only.

expression: conditions joined by && and ||, each perhaps negated or in parentheses
condition: two_of(three conditions), an operand that is true or false, or two operands compared
operand: a word with its arguments, a flag, p.name, a number, a text in quotes, true, false

What is read is kept as a tree, since only that says which facts hold up what is true, and put into CEL, in which it is
evaluated: bare names become texts, flags become calls, two_of its three pairs.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from apps.escalation.language.words import (
    BARE,
    BOOLEAN,
    FLAGS,
    NUMBER,
    OF_MEDICINES,
    SAME,
    TEXT,
    VALUE,
    VOCABULARY,
    Flag,
    Names,
    Word,
)

LONGEST = 2000
DEEPEST = 40
WINDOW = re.compile(r"^[1-9][0-9]{0,3}[dh]\Z")
#: How many digits behind the point a number has at most: what is computed is told apart at one more.
PLACES = 4
#: Every number is under this: as a double of CEL it has room for those digits.
LARGEST = 10**9
TWO_OF, OF = "two_of", 3
KEY = "key"
KEYED = {"medicine": "medicine", "panel": "panel"}
SPANS = {"d": "d", "h": "h"}
_COMPARED = frozenset({"==", "!=", "<", "<=", ">", ">="})


class BadExpression(ValueError):  # noqa: N818 - it says what is bad
    """The expression cannot be used; the message says what is wrong and at which character. `position` counts from 0."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True)
class Call:
    """A word that is asked, with its arguments as they are written; those that are parameters as “p.name”."""

    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operand:
    """A side of a comparison: its text in CEL, what it is, its unit, and what texts it can be."""

    cel: str
    says: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    call: Call | None = None


@dataclass(frozen=True)
class Atom:
    """A single condition: as it is written, in CEL, and its two sides."""

    text: str
    cel: str
    left: Operand
    sign: str = ""
    right: Operand | None = None

    @property
    def calls(self) -> tuple[Call, ...]:
        """The words that it asks."""
        return tuple(side.call for side in (self.left, self.right) if side is not None and side.call is not None)


@dataclass(frozen=True)
class Node:
    """Conditions together: all (&&), any (||), not (!), or two (two of three)."""

    kind: str
    parts: tuple["Node | Atom", ...]

    @property
    def cel(self) -> str:
        """The same in CEL."""
        inner = [f"({part.cel})" for part in self.parts]
        if self.kind == "not":
            return f"!{inner[0]}"
        if self.kind == "two":
            first, second, third = inner
            return f"({first} && {second}) || ({first} && {third}) || ({second} && {third})"
        return (" && " if self.kind == "all" else " || ").join(inner)


Tree = Node | Atom


def atoms_of(tree: Tree) -> Iterator[Atom]:
    """The single conditions, in their order."""
    if isinstance(tree, Atom):
        yield tree
    else:
        for part in tree.parts:
            yield from atoms_of(part)


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


def tokens(text: str) -> list[Token]:
    """The pieces, with an empty one at the end."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        piece = match.group(kind)
        found.append(Token(piece if kind == "sign" else kind, piece, match.start(kind)))
    return [*found, Token("", "", len(text))]


class Parser:
    """Reads one expression. Without `parameters` and `names` only its form is checked."""

    def __init__(
        self, text: str, parameters: Mapping[str, Any] | None = None, names: Names | None = None, key: str | None = None
    ) -> None:
        if not isinstance(text, str):
            raise BadExpression("An expression is a text.")
        if len(text) > LONGEST:
            raise BadExpression(f"An expression has at most {LONGEST} characters.", LONGEST)
        self.text, self.parameters, self.names, self.key = text, parameters, names, key
        self.tokens, self.place, self.depth, self.within_two = tokens(text), 0, 0, False

    def whole(self) -> Tree:
        """Read all of it. Raises BadExpression at the first thing that does not belong there."""
        tree = self._either()
        if self.token.kind:
            self._refuse(f"“{self.token.text}” is not part of the language there")
        return tree

    def value(self) -> Operand:
        """Read a single operand, all of the text. Raises BadExpression."""
        found = self._operand()
        if self.token.kind:
            self._refuse(f"“{self.token.text}” is not part of the language there")
        return found

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
        at = (token or self.token).at
        raise BadExpression(f"At character {at + 1}: {words}.", at)

    def _either(self) -> Tree:
        """Conditions with ||; && binds more closely, as in CEL."""
        self.depth += 1
        if self.depth > DEEPEST:
            self._refuse(f"this is nested more than {DEEPEST} deep")
        parts = [self._all()]
        while self._take("||"):
            parts.append(self._all())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Node("any", tuple(parts))

    def _all(self) -> Tree:
        parts = [self._condition()]
        while self._take("&&"):
            parts.append(self._condition())
        return parts[0] if len(parts) == 1 else Node("all", tuple(parts))

    def _condition(self) -> Tree:
        negations = 0
        while self._take("!"):
            negations += 1
            if negations > DEEPEST:
                self._refuse(f"this is negated more than {DEEPEST} times")
        found = self._positive()
        return Node("not", (found,)) if negations % 2 else found

    def _positive(self) -> Tree:
        if self._take("("):
            found = self._either()
            self._close()
            return found
        if self.token.kind == "name" and self.token.text == TWO_OF:
            return self._two_of()
        return self._atom()

    def _close(self) -> None:
        if not self._take(")"):
            self._refuse(
                f"“{self.token.text}” does not belong there" if self.token.kind else "a closing parenthesis is missing"
            )

    def _two_of(self) -> Node:
        name = self._take("name")
        if self.within_two:
            # In CEL each condition stands there twice: nested they would double with every level.
            self._refuse(f"{TWO_OF} does not stand within {TWO_OF}", name)
        self.within_two = True
        parts: list[Tree] = []
        while len(parts) < OF:
            if not self._take("," if parts else "("):
                self._refuse(f"{TWO_OF} takes three conditions in parentheses", name)
            parts.append(self._either())
        self._close()
        self.within_two = False
        return Node("two", tuple(parts))

    def _atom(self) -> Atom:
        first = self.token
        left = self._operand()
        sign = self._take(*_COMPARED)
        right = self._operand() if sign is not None else None
        last = self.tokens[self.place - 1]
        text = self.text[first.at : last.at + len(last.text)]
        if sign is None or right is None:
            if self.token.kind not in {"&&", "||", ")", ",", ""}:
                self._refuse(f"“{self.token.text}” is not part of the language there")
            if left.says not in {BOOLEAN, ""}:
                self._refuse("this is a value and no condition: compare it", first)
            return Atom(text, left.cel, left)
        self._hold_comparison(left, right, sign)
        return Atom(text, f"{left.cel} {sign.text} {right.cel}", left, sign.text, right)

    def _hold_comparison(self, left: Operand, right: Operand, sign: Token) -> None:
        kinds = {left.says, right.says}
        if "" not in kinds and len(kinds) > 1:
            self._refuse(f"a {left.says} cannot be compared with a {right.says}", sign)
        if sign.text not in {"==", "!="} and NUMBER not in kinds and kinds != {""}:
            self._refuse("only numbers are more or less than each other", sign)
        if left.unit and right.unit and left.unit != right.unit:
            self._refuse(f"what is in {left.unit} cannot be compared with what is in {right.unit}", sign)
        for one, other in ((left, right), (right, left)):
            written = other.cel.strip('"')
            if one.choices and other.says == TEXT and other.cel.startswith('"') and written not in one.choices:
                self._refuse(f"it is never “{written}”; it can be {', '.join(one.choices)}", sign)

    def _operand(self) -> Operand:
        """Read an operand; what it says is an empty string when that is open."""
        token = self.token
        if self._take("number"):
            self._hold_number(token)
            return Operand(_double(token.text), NUMBER)
        if self._take("text"):
            return Operand(token.text, TEXT)
        if not self._take("name"):
            self._refuse(
                f"“{token.text}” is not part of the language" if token.kind else "something is missing at the end"
            )
        if token.text in {"true", "false"}:
            return Operand(token.text, BOOLEAN)
        return self._named(token)

    def _named(self, token: Token) -> Operand:
        if token.text in FLAGS:
            return _of_flag(token.text, FLAGS[token.text])
        if token.text == "p":
            return self._parameter(token)
        if token.text in VOCABULARY:
            return self._call(token, VOCABULARY[token.text])
        if self.token.kind == "(":
            self._refuse(f"“{token.text}” is not part of the language", token)
        return self._refuse(f"ask for a measure by a word: latest({token.text})", token)

    def _hold_number(self, token: Token) -> None:
        whole, _, behind = token.text.partition(".")
        if len(behind) > PLACES:
            self._refuse(f"a number has at most {PLACES} digits behind the point", token)
        if len(whole.lstrip("-0")) >= len(str(LARGEST)):
            self._refuse(f"a number is under {LARGEST:,}", token)

    def _parameter(self, token: Token) -> Operand:
        name = self._take("name") if self._take(".") else None
        if name is None:
            self._refuse("write p.name for a number of the criterion", token)
        if self.parameters is not None and name.text not in self.parameters:
            self._refuse(f"there is no parameter “{name.text}”", token)
        return Operand(f"p.{name.text}", NUMBER, self._unit_of(name.text))

    def _unit_of(self, name: str) -> str:
        found = (self.parameters or {}).get(name)
        return str(found.get("unit", "")) if isinstance(found, Mapping) else ""

    def _call(self, name: Token, word: Word) -> Operand:
        takes = f"{name.text} takes {', '.join(_called(kind) for kind in word.arguments)}"
        if not self._take("("):
            self._refuse(f"{takes} in parentheses")
        written: list[str] = []
        spelled: list[str] = []
        for place, kind in enumerate(word.arguments):
            if place and not self._take(","):
                break
            found, in_cel = self._argument(kind)
            written.append(found)
            spelled.append(in_cel)
        if not self._take(")"):
            self._take(",")
            self._refuse(takes)
        if len(written) < len(word.arguments) - word.optional:
            self._refuse(takes, name)
        says, unit, choices = self._said(word, written)
        return Operand(f"{name.text}({', '.join(spelled)})", says, unit, choices, Call(name.text, tuple(written)))

    def _said(self, word: Word, written: list[str]) -> tuple[str, str, tuple[str, ...]]:
        names = self.names
        first = written[0] if written else ""
        unit = (names.units.get(first, "") if names is not None else "") if word.unit == SAME else word.unit
        if word.says != VALUE:
            return word.says, unit, word.choices
        kind = names.kinds.get(first, "") if names is not None else ""
        codes = names.codes.get(first, ()) if names is not None else ()
        return {"number": NUMBER, "code": TEXT, "boolean": BOOLEAN}.get(kind, ""), unit, codes

    def _argument(self, kind: str) -> tuple[str, str]:
        """An argument as it is written, and in CEL."""
        token = self.token
        if kind in {"window", "tail"} or kind == "dose":
            return self._quantity(kind, token)
        bare = kind in BARE
        if kind in KEYED and token.kind == "name" and token.text == KEY:
            self.place += 1
            return self._keyed(kind, token)
        if not self._take("name" if bare else "text") or (bare and (token.text in FLAGS or token.text == KEY)):
            self._refuse(f"name {_called(kind)} there, {'without' if bare else 'in'} quotes", token)
        text = token.text.strip('"')
        if self.names is not None and (problem := self.names.problem(kind, text)):
            self._refuse(problem, token)
        return text, f'"{text}"'

    def _keyed(self, kind: str, token: Token) -> tuple[str, str]:
        if self.key is not None and self.key != KEYED[kind]:
            self._refuse(f"the criterion has no key that is a {kind}", token)
        return KEY, KEY

    def _quantity(self, kind: str, token: Token) -> tuple[str, str]:
        """A span of time in quotes, or a dose; or a parameter of either."""
        if self._take("name"):
            if token.text != "p":
                self._refuse("write “28d” in quotes, or p.name", token)
            name = self._parameter(token).cel.removeprefix("p.")
            if kind == "dose":
                return f"p.{name}", f"p.{name}"
            self._hold_span(kind, name, token)
            return f"p.{name}", f"spans.{name}"
        if kind == "dose":
            self._refuse("write p.name for the dose", token)
        if not self._take("text"):
            self._refuse("name a window there, in quotes", token)
        text = token.text.strip('"')
        if not WINDOW.match(text) or (kind == "tail" and not text.endswith("d")):
            self._refuse(f"“{text}” is no window: write such as “28d”{'' if kind == 'tail' else ' or “72h”'}", token)
        return text, token.text

    def _hold_span(self, kind: str, name: str, token: Token) -> None:
        if self.parameters is None:
            return
        unit = self._unit_of(name)
        if unit not in SPANS or (kind == "tail" and unit != "d"):
            self._refuse(f"“{name}” is in {unit or 'no unit'}: a window is in d or h", token)
        value = str(self.parameters[name].get("value", ""))
        if not WINDOW.match(f"{value}{unit}"):
            self._refuse(f"“{name}” is no window: a whole number from 1 to 9999", token)


def _of_flag(name: str, flag: Flag) -> Operand:
    return Operand(f"{name}()", flag.says, flag.unit, flag.choices, Call(name))


def _double(text: str) -> str:
    """A number of CEL is compared with a number of the same kind."""
    return text if "." in text else f"{text}.0"


def _called(kind: str) -> str:
    name = "instrument" if kind == "measured" else kind
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def asks_about_medicines(call: Call) -> bool:
    """Whether one has to know what is taken to answer it."""
    return call.name in OF_MEDICINES or (call.name in FLAGS and FLAGS[call.name].medicines)
