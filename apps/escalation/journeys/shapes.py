"""The record items of a journey: what each kind has behind it, and which other keys it knows. A table, read by `reading`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from apps.escalation.journeys.nodes import Part

Take = Callable[[Part, str, ZoneInfo], Any]


def text(part: Part, what: str, _: ZoneInfo) -> str:
    """A word or a sentence."""
    return part.text(what)


def number(part: Part, what: str, _: ZoneInfo) -> Any:
    """A number."""
    return part.number(what)


def whole(part: Part, what: str, _: ZoneInfo) -> int:
    """A whole number."""
    return part.whole(what)


def flag(part: Part, what: str, _: ZoneInfo) -> bool:
    """True or false."""
    return part.flag(what)


def value(part: Part, what: str, _: ZoneInfo) -> Any:
    """A number, true or false, or a word."""
    return part.value(what)


def day(part: Part, what: str, _: ZoneInfo) -> Any:
    """A day."""
    return part.day(what)


def moment(part: Part, what: str, zone: ZoneInfo) -> Any:
    """A moment, in UTC."""
    return part.moment(what, zone)


def one_of(*known: str) -> Take:
    """One of some words."""

    def take(part: Part, what: str, _: ZoneInfo) -> str:
        return part.choice(what, known)

    return take


def six(part: Part, what: str, _: ZoneInfo) -> tuple[Any, ...]:
    """The six values of a core set."""
    values = tuple(one.number(what) for one in part.items(what))
    if len(values) != len(CORE_SET):
        raise part.bad(f"{what} has six numbers: phga, ptga, mmt8_150 (cmas), haqdi (chaq), ck, extramusc")
    return values


#: The order in which a core set is written. In juvenile disease the third is CMAS and the fourth CHAQ.
CORE_SET = ("phga", "ptga", "mmt8_150", "haqdi", "ck", "extramusc")
JUVENILE_SET = ("phga", "ptga", "cmas", "chaq", "ck", "extramusc")


@dataclass(frozen=True)
class Shape:
    """A kind of record item. `of` reads what stands behind the kind; `either` names keys of which one has to be there."""

    of: Take
    needed: Mapping[str, Take] = field(default_factory=dict)
    optional: Mapping[str, Take] = field(default_factory=dict)
    either: tuple[str, ...] = ()


EFFECTIVE: Mapping[str, Take] = {"effective": moment}
#: A fact may be named, and entered in error later.
FACT: Mapping[str, Take] = {**EFFECTIVE, "id": text, "error": text}
CONDITION: Mapping[str, Take] = {**FACT, "severity": one_of("mild", "moderate", "severe")}
STATES = ("proposed", "active", "changed", "stopped")
#: Where a referral can be brought to, in the order of the loop, and the two ways out of it.
LOOP = ("draft", "sent", "received", "accepted", "scheduled", "seen", "reported", "closed")
WAYS_OUT = ("declined", "cancelled")

SHAPES: Mapping[str, Shape] = {
    "observation": Shape(
        text,
        optional={
            **FACT, "value": value, "unit": text, "limit": number, "quality": one_of("acceptable", "unacceptable"),
            "position": one_of("sitting", "standing", "supine"), "conditions": text, "session": text, "baseline": flag,
            "correct": text,
        },
        either=("value", "error"),
    ),
    "finding": Shape(text, optional=CONDITION),
    "complication": Shape(text, optional=CONDITION),
    "resolve": Shape(text, optional=FACT),
    "diagnosis": Shape(day),
    "phenotype": Shape(one_of("unclassified", "classic", "amyopathic", "hypomyopathic")),
    "reclassify": Shape(one_of("adult", "juvenile")),
    "antibody": Shape(text, optional={**FACT, "result": one_of("positive", "negative", "equivocal")}, either=("result", "error")),
    "weakness": Shape(one_of("none", "mild", "moderate", "severe"), optional=FACT),
    "core_set": Shape(six, optional={**EFFECTIVE, "limit": number}),
    "medication": Shape(
        text,
        needed={"state": one_of(*STATES)},
        optional={
            "dose": number, "unit": text, "frequency": text, "route": one_of("oral", "iv", "sc", "im", "topical"),
            "course_days": whole, "starts": day,
        },
    ),
    "intervention": Shape(text, needed={"state": one_of("proposed", "active", "stopped")}),
    "attendance": Shape(text, needed={"outcome": one_of("attended", "missed", "cancelled")}, optional=FACT),
    "referral": Shape(
        text, needed={"state": one_of(*LOOP, *WAYS_OUT)}, optional={"target": day, "visit": moment, "reason": text}
    ),
    "assessment": Shape(text, optional={**FACT, "result": text}),
    "document": Shape(text, optional={**FACT, "result": text}),
    "acknowledge": Shape(text, optional={"key": text}),
    "close": Shape(text, needed={"reason": text}, optional={"key": text}),
    "status": Shape(one_of("active", "left", "deceased"), optional={"reason": text}),
}  # fmt: skip
