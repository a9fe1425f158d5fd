"""Many values at once: each item is checked, recorded and answered by itself, in a transaction of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rest_framework.exceptions import ValidationError

from apps.accounts.actors import Actor
from apps.observations import operations
from apps.observations.serializers import NewObservation
from apps.rest.problems import problem_of


def record(items: Sequence[Any], *, by: Actor, at: datetime) -> list[dict[str, Any]]:
    """Record each item; returns what became of each, in order. One that fails leaves nothing and stops nobody."""
    return [{"index": index, **_one(item, by, at)} for index, item in enumerate(items)]


def _one(item: Any, by: Actor, at: datetime) -> dict[str, Any]:
    try:
        body = NewObservation(data=item, context={"actor": by, "at": at})
        body.is_valid(raise_exception=True)
        values = body.validated_data
        _hold_number(values)
        row = operations.record_observation(by=by, at=at, **values)
    except Exception as error:  # noqa: BLE001 - one item that meets a fault must not hide what became of the others
        return {"status": "refused", "problem": problem_of(error, by.request_id)}
    return {"status": "repeated" if row.repeated else "created", "id": row.pk}


def _hold_number(values: dict[str, Any]) -> None:
    if not values.get("source") or not values.get("accession"):
        rule = "Every item of a bulk carries source and accession, so that it can be sent again."
        raise ValidationError({"accession": [rule]})
