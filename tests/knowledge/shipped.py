"""The rows of the shipped edition as its files give them, for the tests that hold them against their sources."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

Row = dict[str, Any]
FOLDER = Path(settings.BASE_DIR) / "fixtures" / "knowledge"
KINDS = (
    "disagreements", "dose_guidance", "effects", "figures", "goals", "interventions", "medicines", "panels", "pathways",
    "prerequisites", "principles", "referral_reasons", "schedules", "verifications", "windows",
)  # fmt: skip


#: How texts point at disagreements, checks, statements and sources.
POINTER = r"\b[dv]_\d\d\b|\bS[023]-\d\d\b|\bP-[A-Z0-9]+\b"


def read(name: str) -> list[Row]:
    found: list[Row] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return found


SHIPPED = {name: read(name) for name in (*KINDS, "statements", "instruments", "concepts")}
SOURCES = {row["key"] for row in read("sources")}


def rows_of(name: str) -> list[Row]:
    """The rows of a file, steps of pathways among them."""
    return [*SHIPPED[name], *[step for row in SHIPPED[name] for step in row.get("steps", [])]]


def by_code(name: str) -> dict[str, Row]:
    return {row["code"]: row for row in rows_of(name)}


def numbers(row: Row, *names: str) -> tuple[Decimal | None, ...]:
    return tuple(Decimal(str(row[name])) if row.get(name) is not None else None for name in names)


def exact(*values: str | None) -> tuple[Decimal | None, ...]:
    return tuple(Decimal(value) if value is not None else None for value in values)


def words_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from words_of(inner)


def cited_first(row: Row) -> str:
    return str([*row.get("statements", []), *row.get("sources", [])][0])
