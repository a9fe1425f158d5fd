"""UCUM units: a number in one unit as the same quantity in another, exactly, or a refusal. Nothing of Django in here."""

from decimal import Decimal, localcontext
from functools import lru_cache
from threading import Lock
from typing import Any

#: What says "no unit": a score, a count, a ratio.
NO_UNIT = frozenset({"", "1"})


class NotConvertible(ValueError):  # noqa: N818 - an answer
    """The units do not measure the same thing, or one of them is none of UCUM; the message says which."""


_registry: Any = None
_lock = Lock()


def _units() -> Any:
    """The registry, read on first use: it takes half a second, which commands without units should not pay."""
    global _registry  # noqa: PLW0603 - one registry a process; quantities of two do not mix
    with _lock:
        if _registry is None:
            from ucumvert import PintUcumRegistry  # noqa: PLC0415 - see above

            _registry = PintUcumRegistry(non_int_type=Decimal)
    return _registry


@lru_cache(maxsize=500)
def _unit(code: str) -> Any:
    try:
        found = _units().from_ucum(code)
        # A factor may be part of a unit (“10.g”); it belongs to the number.
        return Decimal(str(found.magnitude)), found.units
    except Exception:  # noqa: BLE001 - the parser has many ways to say the same
        raise NotConvertible(f"“{code}” is not a unit of UCUM that is known here.") from None


def same(one: str, other: str) -> bool:
    """Whether two units are written alike, or both say that there is none."""
    return one == other or (_unitless(one) and _unitless(other))


def _unitless(code: str) -> bool:
    return code in NO_UNIT or (code.startswith("{") and code.endswith("}"))


def convert(number: Decimal, unit: str, wanted: str) -> Decimal:
    """The number of `wanted` that the number of `unit` is.

    Raises NotConvertible: kilograms are no litres, and a mass per volume is no amount of substance per volume unless
    somebody says what of.
    """
    if same(unit, wanted):
        return number
    if _unitless(unit) and not unit:
        raise NotConvertible(f"Give the unit: this measure is kept in {wanted}.")
    if _unitless(wanted):
        raise NotConvertible(f"This measure has no unit; “{unit}” does not fit.")
    with localcontext() as context:
        context.prec = 28
        try:
            # What is measured in degrees converts with an offset; a quantity of the unit does both.
            (factor, given), (scale, kept) = _unit(unit), _unit(wanted)
            found: Decimal = _units().Quantity(number * factor, given).to(kept).magnitude / scale
        except NotConvertible:
            raise
        except Exception:  # noqa: BLE001 - pint's errors share no base; each means that the two do not fit
            raise NotConvertible(f"“{unit}” cannot be converted to {wanted}.") from None
        return Decimal(found)
