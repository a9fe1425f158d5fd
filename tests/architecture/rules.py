"""Rules of the house that no linter sees. Each is a function from what it looks at to the violations it finds, so that a
planted violation can be shown to it."""

import inspect
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings
from django.db import models

from apps.common.models import Row
from apps.rest.routes import Route


def layers() -> list[list[str]]:
    """The rooms as pyproject.toml lists them, highest first; rooms of one line together."""
    text = (Path(settings.BASE_DIR) / "pyproject.toml").read_text()
    contract = tomllib.loads(text)["tool"]["importlinter"]["contracts"][0]
    return [[room.strip() for room in line.split("|")] for line in contract["layers"]]


def height(room: str) -> int:
    """How high a room stands; the lowest is 0. A room of Django's stands under all."""
    for index, line in enumerate(reversed(layers())):
        if room in line:
            return index
    return -1


def upward_keys(found: Iterable[type[models.Model]]) -> list[str]:
    """Foreign keys that point to a higher room, or to another room on the same line."""
    wrong = []
    for model in found:
        for field in model._meta.get_fields():
            target: Any = getattr(field, "related_model", None)
            if not getattr(field, "concrete", False) or not isinstance(target, type):
                continue
            own, other = model._meta.app_label, target._meta.app_label  # type: ignore[attr-defined]
            if own != other and height(other) >= height(own):
                wrong.append(f"{model._meta.label}.{field.name} → {target._meta.label}")  # type: ignore[attr-defined]
    return wrong


def rough_operations(modules: Iterable[ModuleType]) -> list[str]:
    """Operations that take positional arguments, lack `by` or `at`, or say nothing about themselves.

    An operation is a public function that a room's `operations` offers to others; what its modules share among each
    other is none.
    """
    wrong = []
    for module in modules:
        for name, function in vars(module).items():
            if (
                name.startswith("_")
                or not inspect.isfunction(inspect.unwrap(function))
                or not function.__module__.startswith(module.__name__)
            ):
                continue
            wrong += [f"{function.__module__}.{name}: {fault}" for fault in _faults(inspect.unwrap(function))]
    return wrong


#: Helpers that a room's own operations share; they are given a row that the operation has locked.
HELPERS = {
    "created", "together", "alike", "locked_for", "require_active", "may_set_cover", "wanted_of",
}  # fmt: skip


def _faults(function: Callable[..., Any]) -> list[str]:
    faults = [] if function.__doc__ else ["has no docstring"]
    if function.__name__ in HELPERS:
        return faults
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind not in {p.KEYWORD_ONLY, p.VAR_KEYWORD} for p in parameters):
        faults.append("takes positional arguments")
    names = {p.name for p in parameters}
    return faults + [f"does not take `{name}`" for name in ("by", "at") if name not in names]


def unlisted_privacy(found: Iterable[type[models.Model]]) -> list[str]:
    """Rows that do not say which of their fields may stand in the audit record, or name a field they do not have."""
    wrong = []
    for model in found:
        if not issubclass(model, Row):
            continue
        listed = getattr(model, "audited_fields", None)
        fields = {name for field in model._meta.get_fields() for name in (field.name, getattr(field, "attname", ""))}
        if listed is None or not set(listed) <= fields:
            wrong.append(model._meta.label)
    return wrong


#: Fields that name, number or date a person: never in the audit record.
PERSONAL = {
    "name",
    "family_name",
    "given_name",
    "sort_name",
    "birth_date",
    "value",
    "email",
    "username",
    "password",
    "digest",
}


def personal_in_audit(found: Iterable[type[models.Model]]) -> list[str]:
    """Fields of people that a row would let into the audit record."""
    people = {"patients.Patient", "patients.Identifier", "accounts.User"}
    return [
        f"{model._meta.label}.{name}"
        for model in found
        if issubclass(model, Row) and model._meta.label in people
        for name in sorted(PERSONAL & set(getattr(model, "audited_fields", ())))
    ]


def lists_of(routes: Iterable[Route]) -> set[str]:
    """The addresses of lists and counts."""
    return {route.path for route in routes if set(route.actions.values()) & {"list", "count"}}


def queueless_tasks(tasks: dict[str, Any], queues: Iterable[str]) -> list[str]:
    """Celery tasks of ours that name no queue, or one that no worker listens to."""
    return [
        name
        for name, task in tasks.items()
        if name.startswith("apps.") and getattr(task, "queue", None) not in set(queues)
    ]
