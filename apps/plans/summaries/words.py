"""How days, numbers and measures are written on paper."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from apps.accounts.models import User
from apps.knowledge.models import Instrument
from apps.plans.dosing.words import plain

#: How parts of UCUM units are written for people.
WRITTEN = (("[H2O]", "H₂O"), ("mm[Hg]", "mmHg"), ("{1.73_m2}", "1.73 m²"), ("m2", "m²"), ("umol", "µmol"), ("ug", "µg"),
           ("10*9", "10⁹"), ("Cel", "°C"))  # fmt: skip


def day(on: date) -> str:
    """A day as it is read in any country: 2 March 2026."""
    return f"{on.day} {on:%B %Y}"


def iso(on: date | None) -> str:
    """A day for a template, which writes it out; empty where there is none."""
    return on.isoformat() if on is not None else ""


def name(user: User | None) -> str:
    """Who somebody is; nobody in particular is careteam itself, at work for its operator."""
    return user.name if user is not None else "careteam"


def number(value: Decimal | None) -> str:
    """A number as a person writes it; empty where there is none."""
    return plain(value) if value is not None else ""


def unit_of(instrument: Instrument) -> str:
    """The unit of a measure as a person writes it; empty for scores, which have none."""
    if instrument.unit == "1" or instrument.unit.startswith("{"):
        return ""
    written = instrument.unit
    for code, words in WRITTEN:
        written = written.replace(code, words)
    return written


def sentence(parts: Iterable[str]) -> str:
    """What there is of the parts, one after the other."""
    return " ".join(part for part in parts if part)
