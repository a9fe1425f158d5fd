"""Evaluating expressions: compiled once, run by CEL. What is not known raises Missing inside a word, and CEL carries it through,
so that `unknown || true` is true and a bare unknown never fires.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cel

from apps.escalation.language.parsing import Atom, BadExpression, Call, Parser, Tree, atoms_of

# The engine warns of every unknown on a logger of its own; an unknown is no fault here.
logging.getLogger("cel").setLevel(logging.ERROR)


#: What is missing where a criterion itself fails.
FAULT = "a fault of the criterion"


class Missing(Exception):  # noqa: N818 - an answer: nothing is known
    """What a word was asked for is not known; the message names it."""


@dataclass(frozen=True)
class Program:
    """An expression, read and compiled."""

    tree: Tree
    program: Any

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every word that it asks."""
        return tuple(call for atom in atoms_of(self.tree) for call in atom.calls)


@lru_cache(maxsize=2000)
def program(text: str) -> Program:
    """The expression, read and compiled once. Raises BadExpression."""
    tree = Parser(text).whole()
    return Program(tree, compiled(tree.cel))


@lru_cache(maxsize=5000)
def compiled(text: str) -> Any:
    """A text of CEL, compiled once. Raises BadExpression."""
    try:
        return cel.compile(text)
    except ValueError as error:
        raise BadExpression(f"This cannot be read: {error}") from None


@lru_cache(maxsize=1000)
def value_program(text: str) -> Any:
    """A single operand, compiled once. Raises BadExpression."""
    return compiled(Parser(text).value().cel)


class Engine:
    """Runs expressions over the functions of one reader; made once and used for as many expressions as there are.

    Anything but Missing that a function raises is a fault and is raised again by `run`, even where CEL had no need of the value.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self.faults: list[Exception] = []
        guarded = {name: self._guarded(function) for name, function in functions.items()}
        self.context = cel.Context(functions=guarded)

    def use(self, *, numbers: Mapping[str, float], spans: Mapping[str, str], key: str) -> None:
        """From now on with these parameters and this key."""
        self.context.add_variable("p", dict(numbers))
        self.context.add_variable("spans", dict(spans))
        self.context.add_variable("key", key)

    def holds(self, part: Program | Atom) -> bool | None:
        """Whether it holds; None when that is unknown. Raises BadExpression, or the fault of a function."""
        found = self.value(part.program if isinstance(part, Program) else compiled(part.cel))
        if found is not None and not isinstance(found, bool):
            raise BadExpression("An expression must be true or false.")
        return found

    def value(self, program: Any) -> Any:
        """What it comes to; None when that is unknown. Raises the fault of a function."""
        self.faults.clear()
        try:
            found = program.execute(self.context)
        except Exception as error:  # noqa: BLE001 - the engine wraps whatever a function raised; what that was stands in faults
            if not self.faults:
                raise BadExpression(str(error)) from None
            found = None
        for fault in self.faults:
            if not isinstance(fault, Missing):
                raise fault
        return found

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            try:
                return function(*arguments)
            except Exception as error:
                self.faults.append(error)
                raise

        return call
