"""What of a hospital's own is to be looked at after an edition was loaded: it stays, but the ground under it moved."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Q

from apps.knowledge.models import LOCAL_KINDS, DisciplineOverride, Origin, Override


@dataclass
class Review:
    """By natural key: own wordings of disciplines that were retired (codes only); own values of rows that were retired, and
    of rows that the edition changed; own rows that belong to a medicine, panel or discipline that was retired.
    """

    disciplines: list[str] = field(default_factory=list)
    values_of_retired: list[str] = field(default_factory=list)
    values_of_changed: list[str] = field(default_factory=list)
    rows_of_retired: list[str] = field(default_factory=list)


def review(changed: Iterable[str], retired: Iterable[str]) -> Review:
    """What to look at, after these rows were changed and these retired."""
    changed, retired = set(changed), set(retired)
    wordings = DisciplineOverride.objects.values_list("discipline__code", flat=True)
    overridden = [str(row) for row in Override.objects.all()]
    return Review(
        disciplines=sorted(code for code in wordings if f"discipline {code}" in retired),
        values_of_retired=[name for name in overridden if name in retired],
        values_of_changed=[name for name in overridden if name in changed],
        rows_of_retired=[name for model in LOCAL_KINDS.values() for name in _orphans(model)] if retired else [],
    )


def _orphans(model: type[models.Model]) -> list[str]:
    """A hospital's own rows that point at a retired one and are offered still."""
    targets = [each.name for each in model._meta.concrete_fields if _may_retire(each)]
    points = Q()
    for name in targets:
        points |= Q(**{f"{name}__retired": True})
    if not targets:
        return []
    rows = model._default_manager.filter(points, origin=Origin.LOCAL, retired=False)
    return [f"{model._meta.model_name} {code}" for code in rows.values_list("code", flat=True)]


def _may_retire(each: Any) -> bool:
    return bool(each.is_relation) and any(other.name == "retired" for other in each.related_model._meta.concrete_fields)
