"""The package is pure: the standard library, no floats, no Django."""

import ast
import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from apps.knowledge import scoring
from apps.knowledge.scoring import core_set, printo

PACKAGE = "apps.knowledge.scoring"
MODULES = sorted(Path(scoring.__file__).parent.glob("*.py"))


def imported(source: str) -> set[str]:
    """The modules a source imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def foreign(source: str) -> set[str]:
    """The imports that are neither of the standard library nor of the package."""
    return {
        name for name in imported(source)
        if name.split(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith(f"{PACKAGE}.")
    }  # fmt: skip


def floats(source: str) -> list[int]:
    """The lines with a float in them, written or made."""
    return [
        node.lineno for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]  # fmt: skip


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_only_the_standard_library_and_knows_no_floats(path: Path) -> None:
    source = path.read_text()
    assert foreign(source) == set()
    assert floats(source) == []


def test_a_planted_import_and_a_planted_float_are_caught() -> None:
    assert foreign("from django.db import models\nfrom apps.knowledge.models import Source\nimport math") == {
        "django.db", "apps.knowledge.models",
    }  # fmt: skip
    assert foreign("from apps.knowledge.scoring_of_others import x") == {"apps.knowledge.scoring_of_others"}
    assert floats("a = 1\nb = 0.5\nc = float(a)") == [2, 3]


def test_every_module_is_looked_at() -> None:
    assert {"tis", "core_set", "printo", "mmt8", "questionnaires", "body", "scales", "exact"} < {
        path.stem for path in MODULES
    }


def test_importing_it_loads_nothing_of_django() -> None:
    script = f"import sys, {PACKAGE}; print([name for name in sys.modules if name.split('.')[0] == 'django'])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_nothing_that_was_scored_can_be_changed_afterwards() -> None:
    values: dict[str, Any] = {
        name: value for name, value in vars(scoring).items() if is_dataclass(value) and isinstance(value, type)
    }
    assert {"CoreSet", "Score", "Improvement", "Change", "Missing", "Inactivity", "Must"} <= set(values)
    extra: dict[str, Any] = {"Item": printo.Item, "Reading": core_set.Reading, "Printo": core_set.Printo}
    loose = [name for name, value in (values | extra).items() if not value.__dataclass_params__.frozen]
    assert loose == []


def test_everything_public_says_what_it_means() -> None:
    silent = [name for name in scoring.__all__ if name[0].islower() and not getattr(scoring, name).__doc__]
    assert silent == []
    assert sorted(scoring.__all__) == sorted(set(scoring.__all__))
