"""Units of UCUM as a person writes them. Standard library only."""

WRITTEN = {
    "1": "", "d": "days", "h": "hours", "Cel": "°C", "cm[H2O]": "cmH₂O", "mm[Hg]": "mmHg", "kg/m2": "kg/m²", "10*9/L": "×10⁹/L",
    "ug/L": "µg/L", "umol/L": "µmol/L", "mL/min/{1.73_m2}": "mL/min/1.73 m²",
}  # fmt: skip


def behind(unit: str) -> str:
    """A unit as it stands behind a number, with a space before it; nothing for scores, whose unit is in braces."""
    written = WRITTEN.get(unit, "" if unit.startswith("{") else unit)
    return f" {written}" if written else ""
