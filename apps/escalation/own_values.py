"""The numbers of sites that take the place of those of criteria."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from apps.escalation.models import SiteValue

Own = Mapping[str, Mapping[str, Any]]


def in_force(criteria: Collection[UUID]) -> dict[tuple[UUID, UUID], Own]:
    """What is signed for these criteria, by criterion and site: {name: {value, own, citation}}."""
    found: dict[tuple[UUID, UUID], dict[str, Mapping[str, Any]]] = {}
    for row in SiteValue.objects.filter(state=SiteValue.State.SIGNED, criterion__in=criteria):
        said = {"value": row.value, "own": True, **({"citation": row.citation} if row.citation else {})}
        found.setdefault((row.criterion_id, row.site_id), {})[row.name] = said
    return dict(found)
