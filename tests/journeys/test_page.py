"""docs/journeys.md knows every key, and its examples can be read."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.escalation.journeys import check, play, read
from apps.escalation.journeys.model import EXPECTED
from apps.escalation.journeys.reading import NEEDED, OPTIONAL
from apps.escalation.journeys.shapes import SHAPES
from apps.escalation.journeys.telling import SIGNS
from tests.journeys.house import journey, written

PAGE = (Path(settings.BASE_DIR) / "docs" / "journeys.md").read_text(encoding="utf-8")
KEYS = {
    *SHAPES,
    *(key for shape in SHAPES.values() for key in (*shape.needed, *shape.optional)),
    *EXPECTED,
    *NEEDED,
    *OPTIONAL,
}
ITEMS = [found for found in re.findall(r"`\{([^`]*)\}`", PAGE) if ":" in found]


def test_every_key_is_on_the_page() -> None:
    assert [key for key in sorted(KEYS) if f"`{key}" not in PAGE and f"{key}:" not in PAGE] == []


def test_every_key_of_an_item_stands_in_an_example() -> None:
    items = {*SHAPES, *(key for shape in SHAPES.values() for key in (*shape.needed, *shape.optional))}
    assert [key for key in sorted(items) if not any(re.search(rf"\b{key}: ", item) for item in ITEMS)] == []


def test_every_sign_of_the_timeline_is_explained() -> None:
    assert [sign for sign in SIGNS.values() if f"| {sign} |" not in PAGE] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("criteria")
@pytest.mark.parametrize("item", ITEMS)
def test_every_example_of_an_item_is_one(item: str, tmp_path: Path) -> None:
    slip = "observation: eat10, value: 30, id: slip"
    first = f"2026-04-01 | {slip}" if re.search(r"(correct|error): slip", item) else "2026-04-01"
    check(journey(tmp_path, first, f"2026-04-13 | {item}", criteria="[SW-01, LU-03]"))


@pytest.mark.django_db
@pytest.mark.usefixtures("criteria")
def test_the_example_of_a_journey_is_one(tmp_path: Path) -> None:
    block = re.search(r"(?m)^## Writing one\n((?:    .*\n)+)", PAGE)
    assert block is not None
    text = "".join(line[4:] for line in block.group(1).splitlines(keepends=True))
    (found,) = read(written(tmp_path, text))
    outcome = play(found)
    assert outcome.passed, outcome.difference
    assert len(found.steps) == 3
