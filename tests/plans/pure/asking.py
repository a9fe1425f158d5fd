"""Asking for a check, and reading what it found."""

from typing import Any

from apps.knowledge.values import Guidance, Medicine
from apps.plans.dosing import Body, Dosage, DoseCheck, DoseWarning, check
from tests.plans.pure.sheet import (
    METHOTREXATE,
    dosage,
)

ADULT, AMYOPATHIC, JUVENILE = {"any", "adult"}, {"any", "adult", "amyopathic"}, {"any", "juvenile"}


def checked(
    medicine: Medicine,
    rows: tuple[Guidance, ...],
    *dosages: Dosage,
    of: Body,
    populations: set[str] = ADULT,
    **more: Any,
) -> DoseCheck:
    return check(dosages, of, rows, populations=populations, medicine=medicine, **more)


def outcomes(found: DoseCheck) -> dict[str, str]:
    return {one.guidance.citation.code: one.outcome.value for one in found.lines}


def codes(found: DoseCheck) -> set[str]:
    return {one.code for one in found.warnings}


def the(found: DoseCheck, code: str) -> DoseWarning:
    return next(one for one in found.warnings if one.code == code)


def weekly(dose: str, unit: str = "mg", **more: Any) -> Dosage:
    return dosage(METHOTREXATE, dose, unit, "1/1wk", **more)
