"""What every wording of a criterion is held to before it is written down, whether it is typed, sent or loaded from a file."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.common.refusals import Invalid
from apps.escalation import language
from apps.escalation.language import Names
from apps.escalation.models import CONTENT, Criterion, CriterionVersion
from apps.escalation.names import names
from apps.knowledge.models import Mark, Source, Statement
from apps.nudges import times
from apps.nudges.ladder import ON_CALL_FIRST
from apps.nudges.models import Severity

Content = Mapping[str, Any]
#: Field and rule, in the order in which they are found.
Wrong = Iterator[tuple[str, str]]
#: What a wording says of itself when nothing is said.
DEFAULTS: dict[str, Callable[[], Any]] = {
    "population": lambda: CriterionVersion.Population.ANY.value, "key": str, "variants": list, "informs": list,
    "parameters": dict, "excludes": list,
}  # fmt: skip
VARIANT = ("when", "severity", "reason", "asks", "informs", "acknowledge_within", "act_within")
VARIANT_NEEDS = ("when", "severity")
TEXTS = (
    "name", "population", "key", "when", "clears", "severity", "acknowledge_within", "act_within", "advice", "origin", "reason",
)  # fmt: skip
LISTS = ("asks", "informs", "citations", "excludes")
ASKED = ("asks", "informs")
SPANS = ("acknowledge_within", "act_within")
#: Texts of several lines.
EXPRESSIONS = ("when", "clears")
CHOICES: dict[str, Collection[str]] = {
    "population": CriterionVersion.Population.values, "key": CriterionVersion.Key.values, "severity": Severity.values,
    "origin": CriterionVersion.Origin.values,
}  # fmt: skip
MOST_VARIANTS, MOST_PARAMETERS, LONGEST_REASON = 20, 50, 300
LONGEST_OF_PARAMETER = {"value": 20, "unit": 20, "citation": 60}


@dataclass(frozen=True)
class Known:
    """What a wording may name: measures and the like, whatever can be cited, and the codes of criteria."""

    names: Names
    citations: frozenset[str]
    criteria: frozenset[str]


def known(criteria: Collection[str] = ()) -> Known:
    """What is there now, with codes of criteria that are about to come."""
    cited = [*Source.objects.values_list("key", flat=True), *Statement.objects.values_list("code", flat=True)]
    there = Criterion.objects.values_list("code", flat=True)
    return Known(names(), frozenset(cited), frozenset({*there, *criteria}))


def complete(given: Content) -> dict[str, Any]:
    """A whole content, what is not given by its default. Raises Invalid when something is missing or unknown."""
    wrong = dict.fromkeys(sorted(map(str, set(given) - set(CONTENT))), "There is no such field.")
    wrong |= {name: f"“{name}” is missing." for name in CONTENT if name not in given and name not in DEFAULTS}
    _refuse(wrong.items())
    return {name: given[name] if name in given else DEFAULTS[name]() for name in CONTENT}


def hold(content: Content, known: Known, *, code: str = "") -> None:
    """Hold a whole content to every rule. `code` is that of its criterion.

    Raises Invalid, naming each field (such as “variants.0.when” or “parameters.positive”) with its first problem.
    """
    _refuse(_shapes(content))
    _refuse(_values(content, known, code))


def _refuse(found: Iterable[tuple[str, str]]) -> None:
    errors: dict[str, str] = {}
    for field, rule in found:
        errors.setdefault(field, rule)
    if errors:
        raise Invalid(" ".join(errors.values()), errors=errors)


def _shapes(content: Content) -> Wrong:
    """Where a text, a list or a mapping is expected and something else stands there."""
    variants = content["variants"]
    if not isinstance(variants, list) or not all(isinstance(one, dict) for one in variants):
        yield "variants", "“variants” must be a list of mappings."
        variants = []
    if len(variants) > MOST_VARIANTS:
        yield "variants", f"There are at most {MOST_VARIANTS} variants."
    yield from _shape(content, "")
    for place, one in enumerate(variants):
        where = f"variants.{place}."
        yield from ((f"{where}{name}", "There is no such field.") for name in sorted(map(str, set(one) - set(VARIANT))))
        yield from ((f"{where}{name}", f"“{name}” is missing.") for name in VARIANT_NEEDS if name not in one)
        yield from _shape(one, where)


def _shape(part: Content, where: str) -> Wrong:
    for name in TEXTS:
        if name in part and not isinstance(part[name], str):
            yield f"{where}{name}", f"“{name}” must be a text."
        elif name in part and name not in EXPRESSIONS and not part[name].isprintable():
            yield f"{where}{name}", "Use printable characters only, on one line."
    for name in LISTS:
        if name in part and not (isinstance(part[name], list) and all(isinstance(item, str) for item in part[name])):
            yield f"{where}{name}", f"“{name}” must be a list of texts."


def _values(content: Content, known: Known, code: str) -> Wrong:
    yield from _parameters(content["parameters"], known)
    yield from _part(content, known, "", content)
    for place, one in enumerate(content["variants"]):
        yield from _part(one, known, f"variants.{place}.", content)
    yield from _clears(content, known)
    yield from (
        (name, "This must not be empty.") for name in ("name", "advice", "asks", "citations") if not content[name]
    )
    yield from _listed("citations", content["citations"], known.citations, "source or statement")
    yield from _listed("excludes", content["excludes"], known.criteria, "criterion")
    if code and code in content["excludes"]:
        yield "excludes", "A criterion does not exclude itself."


def _parameters(parameters: Any, known: Known) -> Wrong:
    if not isinstance(parameters, Mapping):
        yield from language.wrong_parameters(parameters).items()
        return
    if len(parameters) > MOST_PARAMETERS:
        yield "parameters", f"There are at most {MOST_PARAMETERS} parameters."
    for name, one in parameters.items():
        where = f"parameters.{name}"
        if problem := language.wrong_parameters({name: one}):
            yield where, problem["parameters"]
            continue
        yield from (
            (where, f"“{part}” is too long.") for part, most in LONGEST_OF_PARAMETER.items() if len(one[part]) > most
        )
        if not all(one[part].isprintable() for part in ("unit", "citation")):
            yield where, "Use printable characters only."
        if one["mark"] not in Mark.values:
            yield where, f"“{one['mark']}” is no mark: {', '.join(Mark.values)}."
        yield from _listed(where, [one["citation"]], known.citations, "source or statement")


def _part(part: Content, known: Known, where: str, content: Content) -> Wrong:
    """What a wording and a variant of it have alike: the condition, how much it presses, whom it asks, and in what time."""
    if problem := _expression(part["when"], content, known):
        yield f"{where}when", problem
    for name, choices in CHOICES.items():
        if name in part and part[name] not in choices:
            yield f"{where}{name}", f"“{part[name]}” is none of {', '.join(filter(None, choices))}."
    for name in ASKED:
        asked = [one.removesuffix(ON_CALL_FIRST) for one in part.get(name, [])]
        yield from _listed(f"{where}{name}", asked, known.names.disciplines, "discipline")
    yield from ((f"{where}{name}", problem) for name in SPANS if (problem := _span(part.get(name))))
    if problem := _reason(part.get("reason", ""), content, known):
        yield f"{where}reason", problem


def _clears(content: Content, known: Known) -> Wrong:
    if content["clears"] != language.BY_PERSON and (problem := _expression(content["clears"], content, known)):
        yield "clears", problem


def _expression(text: str, content: Content, known: Known) -> str:
    return _problem(language.check, text, content, known)


def _reason(text: str, content: Content, known: Known) -> str:
    if len(text) > LONGEST_REASON:
        return f"A reason has at most {LONGEST_REASON} characters."
    return _problem(language.check_reason, text, content, known)


def _problem(check: Callable[..., None], text: str, content: Content, known: Known) -> str:
    if not isinstance(content["parameters"], Mapping):
        return ""
    try:
        check(text, parameters=content["parameters"], names=known.names, key=content["key"])
    except language.BadExpression as error:
        return str(error)
    return ""


def _span(text: str | None) -> str:
    try:
        times.parse(times.SAME_DAY if text is None else text)
    except times.BadSpan as error:
        return str(error)
    return ""


def _listed(field: str, said: Sequence[str], there: Collection[str], what: str) -> Wrong:
    """Each of them is there, and stands there once."""
    for place, one in enumerate(said):
        if one not in there:
            yield field, f"There is no {what} “{one}”."
        elif one in said[:place]:
            yield field, f"“{one}” stands there twice."
