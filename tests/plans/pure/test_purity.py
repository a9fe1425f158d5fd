"""The pure modules of this room know nothing but the standard library and knowledge as plain values."""

import ast
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOM = Path(settings.BASE_DIR) / "apps" / "plans"
PURE = [
    *sorted((ROOM / "dosing").glob("*.py")),
    *(
        ROOM / f"{name}.py"
        for name in ("comparing", "courses", "followed", "monitoring", "panels", "prerequisites", "reviews")
    ),
]
ALLOWED = (
    "apps.knowledge.values", "apps.knowledge.scoring", "apps.plans.dosing", "apps.plans.followed", "apps.plans.panels",
)  # fmt: skip


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return found


def foreign(names: set[str]) -> set[str]:
    return {
        name for name in names if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith(ALLOWED)
    }


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.name)
def test_a_pure_module_imports_nothing_else(path: Path) -> None:
    assert foreign(imported(path)) == set()


def test_all_of_them_were_looked_at_and_a_planted_import_is_caught() -> None:
    assert len(PURE) > 10
    assert foreign({"django.db", "apps.plans.models", "decimal"}) == {"django.db", "apps.plans.models"}


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.name)
def test_no_binary_fraction_stands_in_a_pure_module(path: Path) -> None:
    tree = ast.walk(ast.parse(path.read_text()))
    assert [node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, float)] == []
