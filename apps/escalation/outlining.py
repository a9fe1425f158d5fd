"""An expression as an outline that a person reads: which conditions must hold together, and what each word in them means."""

import re
from collections.abc import Mapping
from typing import Any

from apps.escalation.language import (
    BY_PERSON,
    FLAGS,
    VOCABULARY,
    Atom,
    BadExpression,
    Names,
    Node,
    Tree,
    atoms_of,
    check,
    check_reason,
    program,
    wrong_parameters,
)

#: How conditions belong together, as one says it.
TOGETHER = {"all": "all of these", "any": "any of these", "not": "this does not hold", "two": "two of these three"}
Parameters = Mapping[str, Any]
_PARAMETER = re.compile(r"\bp\.([a-z][a-z0-9_]*)")


def look_over(text: str, *, field: str, parameters: Parameters, key: str, names: Names | None = None) -> dict[str, Any]:
    """What one expression comes to while it is being written: {ok, error, position, tree, words, names}.

    `field` is when, clears, variant or reason. `position` counts from 0; it is null where the mistake has no place. Of the
    parameters only those that the expression names are looked at: the others may not be finished yet.
    """
    used = {name: parameters[name] for name in _PARAMETER.findall(text) if name in parameters}
    if problem := wrong_parameters(used):
        return _found(problem["parameters"])
    by_person = field == "clears" and text.strip() == BY_PERSON
    try:
        if not by_person:
            (check_reason if field == "reason" else check)(text, parameters=used, names=names, key=key)
    except BadExpression as error:
        return _found(str(error), error.position)
    if by_person or field == "reason":
        return _found()
    return _found(tree=outline(text, used), words=meanings(text), names=names_in(text))


def _found(error: str = "", position: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "ok": not error, "error": error, "position": position, "tree": None, "words": {}, "names": [], **more
    }  # fmt: skip


def outline(text: str, parameters: Parameters) -> dict[str, Any]:
    """The conditions of an expression as a tree. Raises BadExpression.

    Each is {kind, words, parts}; a single condition has the kind “condition”, `text` as written and `words` with its numbers
    put in.
    """
    return _node(program(text).tree, parameters)


def meanings(text: str) -> dict[str, str]:
    """Every word that an expression uses, with what it means. Raises BadExpression."""
    calls = [call for atom in atoms_of(program(text).tree) for call in atom.calls]
    return {call.name: meaning(call.name) for call in sorted(calls, key=lambda call: call.name)}


def names_in(text: str) -> list[str]:
    """Every measure, concept, medicine, panel, antibody and discipline that an expression names. Raises BadExpression."""
    found = set()
    for atom in atoms_of(program(text).tree):
        for call in atom.calls:
            word = VOCABULARY.get(call.name)
            kinds = word.arguments if word is not None else ()
            found |= {said for kind, said in zip(kinds, call.arguments, strict=False) if kind not in NO_NAMES}
    return sorted(name for name in found if name != "key")


#: Arguments that say how far back or how much, and name nothing.
NO_NAMES = frozenset({"window", "tail", "dose"})


def meaning(name: str) -> str:
    """What a word or flag means."""
    return VOCABULARY[name].meaning if name in VOCABULARY else FLAGS[name].meaning


def filled(text: str, parameters: Parameters) -> str:
    """A condition with the numbers in place of the names of parameters."""

    def said(match: re.Match[str]) -> str:
        one = parameters.get(match.group(1))
        return f"{one.get('value', '')} {one.get('unit', '')}".strip() if isinstance(one, Mapping) else match.group(0)

    return _PARAMETER.sub(said, text)


def lines(tree: Mapping[str, Any], depth: int = 0) -> list[tuple[int, str]]:
    """The outline line by line, each with how far it is indented."""
    found = [(depth, str(tree["words"]))]
    for part in tree.get("parts", ()):
        found += lines(part, depth + 1)
    return found


def _node(tree: Tree, parameters: Parameters) -> dict[str, Any]:
    if isinstance(tree, Atom):
        return {"kind": "condition", "text": tree.text, "words": filled(tree.text, parameters)}
    assert isinstance(tree, Node)  # noqa: S101 - a tree is one or the other
    parts = [_node(part, parameters) for part in tree.parts]
    return {"kind": tree.kind, "words": TOGETHER[tree.kind], "parts": parts}
