"""A version of a criterion as it is applied at a site: its expressions, and its parameters, the site's own values in place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from apps.escalation import language
from apps.escalation.language import BY_PERSON
from apps.escalation.picture import Needs, needs_of
from apps.knowledge.values import Catalogue


class Wording(Protocol):
    """What a ruling needs of a version."""

    when: str
    clears: str
    severity: str
    variants: Any
    parameters: Any
    population: str
    key: str
    excludes: Any


@dataclass(frozen=True)
class Ruling:
    """A wording with the numbers that hold. `own` names the parameters that are a site's own."""

    code: str
    when: str
    clears: str
    severity: str
    variants: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    population: str = "any"
    key: str = ""
    excludes: tuple[str, ...] = ()

    @cached_property
    def numbers(self) -> dict[str, float]:
        """The parameters as CEL compares them."""
        return {name: float(parameter["value"]) for name, parameter in self.parameters.items()}

    @cached_property
    def spans(self) -> dict[str, str]:
        """The parameters that are spans of time, as windows."""
        return {
            name: f"{parameter['value']}{parameter['unit']}"
            for name, parameter in self.parameters.items()
            if parameter.get("unit") in {"d", "h"}
        }

    @property
    def expressions(self) -> tuple[str, ...]:
        """Every expression in it, those in the words of reasons among them."""
        texts = [self.when, *[str(variant["when"]) for variant in self.variants]]
        if self.clears != BY_PERSON:
            texts.append(self.clears)
        for variant in self.variants:
            texts += [f"{place} == {place}" for place in language.PLACE.findall(str(variant.get("reason", "")))]
        return tuple(texts)


def ruling(code: str, version: Wording, own: Mapping[str, Mapping[str, Any]] | None = None) -> Ruling:
    """A version as it is applied where a site has these values of its own: {name: {value, citation, …}}.

    A value for a parameter that this version does not have counts for nothing.
    """
    parameters = {name: {**parameter, **(own or {}).get(name, {})} for name, parameter in version.parameters.items()}
    return Ruling(
        code, version.when, version.clears, version.severity, tuple(version.variants), parameters, version.population,
        version.key, tuple(version.excludes),
    )  # fmt: skip


def needs(rulings: Iterable[Ruling], knowledge: Catalogue | None = None) -> Needs:
    """What these rulings can ask for. One that cannot be read asks for nothing: judging it fails, which is loud enough, and
    the others must not fail with it.
    """
    readable = [one for one in rulings if _readable(one)]
    return needs_of(((text, one.spans) for one in readable for text in one.expressions), knowledge)


def _readable(one: Ruling) -> bool:
    try:
        needs_of((text, one.spans) for text in one.expressions)
    except Exception:  # noqa: BLE001 - whatever is wrong with it is said when it is judged
        return False
    return True
