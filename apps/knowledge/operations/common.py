"""What the operations of this room share."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from apps.common.refusals import Conflict, Invalid
from apps.knowledge.models import Shipped, Source
from apps.knowledge.rules import checked


def of_kind(kinds: Mapping[str, type[Shipped]], kind: str) -> type[Shipped]:
    """The model of this name. Raises Invalid when it is none of these."""
    if kind not in kinds:
        raise Invalid.field("kind", f"One of: {', '.join(sorted(kinds))}.")
    return kinds[kind]


def locked(model: type[Shipped], code: str, origin: str, other: str) -> Any:
    """The row of this code, locked until the transaction ends.

    Raises Invalid when there is none, and Conflict, which says `other`, when it is of another origin.
    """
    row = model._default_manager.select_for_update(of=("self",)).filter(code=code).first()
    if row is None:
        raise Invalid.field("code", f"There is no {model._meta.verbose_name} with this code.")
    if row.origin != origin:
        raise Conflict(other)
    return row


def known(model: type[models.Model]) -> set[str]:
    """The codes of a kind, or keys of sources, that can be named."""
    return set(
        model._default_manager.filter(retired=False).values_list("key" if model is Source else "code", flat=True)
    )


def checked_values(row: Any, fields: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the fields of the row keep them.

    Raises Invalid, naming each wrong one as `values.<field>`: one that is no field of these or breaks its rule.
    """
    found, wrong = {}, {}
    for name, value in values.items():
        if name not in fields:
            wrong[f"values.{name}"] = "It is no value that can be set here."
            continue
        try:
            found[name] = _read(row, fields[name], value)
        except Invalid as refusal:
            wrong[f"values.{name}"] = refusal.detail
    if wrong:
        raise Invalid(" ".join(f"{name.removeprefix('values.')}: {rule}" for name, rule in wrong.items()), errors=wrong)
    return found


def _read(row: Any, field: Any, value: Any) -> Any:
    if not field.is_relation:
        return checked(type(row), field.name, value, known)
    if value is None or isinstance(value, models.Model):
        return value
    target = field.related_model._default_manager.filter(retired=False, code=str(value)).first()
    if target is None:
        raise Invalid.field(field.name, f"There is no {field.related_model._meta.verbose_name} “{value}”.")
    return target


def hold(row: Any) -> None:
    """Hold a row to its own rules. Raises Invalid, naming each wrong field as `values.<field>`."""
    try:
        row.hold_to_rules()
    except Invalid as refusal:
        raise Invalid(
            refusal.detail,
            errors={name if name == "code" else f"values.{name}": rule for name, rule in refusal.errors.items()},
        ) from None
