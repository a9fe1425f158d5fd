"""Doses: what they come to, and how they stand to every source. Exact numbers, no Django; knowledge comes in as values."""

from apps.plans.dosing.amounts import Amounts, amounts
from apps.plans.dosing.checking import DoseCheck, check
from apps.plans.dosing.equivalents import Equivalent, prednisone_equivalent
from apps.plans.dosing.lines import Line, Outcome
from apps.plans.dosing.orders import Body, Dosage, Impossible, UnsafeOrder, hold
from apps.plans.dosing.warning import DoseWarning

__all__ = [
    "Amounts",
    "Body",
    "Dosage",
    "DoseCheck",
    "DoseWarning",
    "Equivalent",
    "Impossible",
    "Line",
    "Outcome",
    "UnsafeOrder",
    "amounts",
    "check",
    "hold",
    "prednisone_equivalent",
]
