"""What is held when a version is saved: every expression, every parameter, every name, before anything runs."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apps.escalation.language.parsing import LARGEST, PLACES, BadExpression, Parser, atoms_of
from apps.escalation.language.running import program
from apps.escalation.language.words import Names

BY_PERSON = "by_person"
PARAMETER_KEYS = ("value", "unit", "citation", "mark")
UNCERTAIN = "uncertain"
NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}\Z")
#: Decimal itself would also take the digits of other scripts, “1_0”, “1e1” and spaces.
_NUMBER = re.compile(rf"^-?[0-9]{{1,10}}(\.[0-9]{{1,{PLACES}}})?\Z")
#: A value in the words of a reason: {tis("systemic_steroid", "28d")}.
PLACE = re.compile(r"\{([^{}]*)\}")


def check(
    text: str, *, parameters: Mapping[str, Any] | None = None, names: Names | None = None, key: str | None = None
) -> None:
    """Refuse what the language does not have. Raises BadExpression, which says where.

    Without `names` only the form, the types and the parameters are checked; with them also that every measure, concept, medicine,
    panel, antibody and discipline exists, and that units fit.
    """
    Parser(text, parameters, names, key).whole()
    program(text)


def check_reason(
    text: str, *, parameters: Mapping[str, Any] | None = None, names: Names | None = None, key: str | None = None
) -> None:
    """Refuse words of a reason whose values in braces the language does not have. Raises BadExpression."""
    for match in PLACE.finditer(text):
        try:
            Parser(match.group(1), parameters, names, key).value()
        except BadExpression as error:
            raise BadExpression(f"In the reason, in braces: {error}", match.start(1)) from None


def wrong_parameters(parameters: Any) -> dict[str, str]:
    """What is wrong with parameters, by field; empty when nothing is."""
    if not isinstance(parameters, Mapping):
        return {"parameters": "“parameters” must hold a mapping a name."}
    for name, parameter in parameters.items():
        if problem := _wrong(name, parameter):
            return {"parameters": problem}
    return {}


def _wrong(name: Any, parameter: Any) -> str:
    if not isinstance(name, str) or not NAME.match(name):
        return f"“{name}” is no name: small letters, digits and underscores, a letter first."
    if not isinstance(parameter, Mapping) or not set(PARAMETER_KEYS) <= set(parameter) <= {*PARAMETER_KEYS, UNCERTAIN}:
        return f"“{name}” needs value, unit, citation and mark, and may have uncertain."
    if not all(isinstance(parameter[key], str) for key in PARAMETER_KEYS):
        return f"“{name}”: value, unit, citation and mark are texts: write numbers in quotes."
    if not isinstance(parameter.get(UNCERTAIN, False), bool):
        return f"“{name}”: “uncertain” is true or false."
    if not is_number(parameter["value"]):
        return f'“{name}” is no number: write such as "92" or "2.5", in quotes, with at most {PLACES} digits behind the point.'
    return ""


def is_number(text: str) -> bool:
    """Whether a text is a number that can be compared with exactly, in plain digits as everybody reads them."""
    return _NUMBER.match(text) is not None and abs(Decimal(text)) < LARGEST


def atoms(text: str) -> list[str]:
    """The single conditions of an expression, in their order: what stands between `&&`, `||`, `!` and parentheses."""
    return [atom.text for atom in atoms_of(program(text).tree)]
