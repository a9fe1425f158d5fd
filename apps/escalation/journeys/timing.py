"""How often a medicine is taken, as a person writes it. Standard library only."""

import re
from dataclasses import dataclass

WORDS = {"once": 1, "twice": 2, "one": 1, "two": 2, "three": 3, "four": 4}
UNITS = {"daily": "d", "weekly": "wk", "monthly": "mo", "day": "d", "week": "wk", "month": "mo"}
_EVERY = re.compile(r"^every (?:(?P<count>[1-9][0-9]?) )?(?P<unit>day|week|month)s?\Z")
_OFTEN = re.compile(r"^(?:(?P<count>[1-9]|once|twice|one|two|three|four)(?: times)? (?:a |an )?)?(?P<unit>\w+)\Z")


@dataclass(frozen=True)
class Timing:
    """`frequency` times in each `period` `period_unit` (d, wk or mo), as FHIR R4 has it."""

    frequency: int
    period: int
    period_unit: str


def timing(text: str) -> Timing | None:
    """“daily”, “twice daily”, “3 times a week”, “every 4 weeks”; None for what is not understood."""
    every = _EVERY.match(text)
    if every is not None:
        return Timing(1, int(every["count"] or 1), UNITS[every["unit"]])
    often = _OFTEN.match(text)
    if often is None or often["unit"] not in UNITS:
        return None
    count = often["count"]
    plain = often["unit"] in {"day", "week", "month"}
    if count is None and plain:
        return None
    return Timing(WORDS.get(count, 0) or int(count) if count else 1, 1, UNITS[often["unit"]])
