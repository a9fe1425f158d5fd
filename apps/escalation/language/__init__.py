"""The language of criteria: CEL with a small vocabulary, without arithmetic and without macros. Nothing of Django in here."""

from apps.escalation.language.checking import BY_PERSON, PLACE, atoms, check, check_reason, is_number, wrong_parameters
from apps.escalation.language.parsing import (
    DEEPEST,
    LONGEST,
    PLACES,
    WINDOW,
    Atom,
    BadExpression,
    Call,
    Node,
    Operand,
    Tree,
    asks_about_medicines,
    atoms_of,
)
from apps.escalation.language.running import FAULT, Engine, Missing, Program, program, value_program
from apps.escalation.language.words import FLAGS, VOCABULARY, Flag, Names, Word

__all__ = [
    "BY_PERSON", "DEEPEST", "FAULT", "FLAGS", "LONGEST", "PLACE", "PLACES", "VOCABULARY", "WINDOW", "Atom", "BadExpression",
    "Call", "Engine", "Flag", "Missing", "Names", "Node", "Operand", "Program", "Tree", "Word", "asks_about_medicines", "atoms",
    "atoms_of", "check", "check_reason", "is_number", "program", "value_program", "wrong_parameters",
]  # fmt: skip
