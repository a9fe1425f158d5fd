"""Keyset pages over the whole ordering tuple: no page is skipped or repeated when rows come and go, and the last page of
a million rows costs what the first does.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django.db.models import Q
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

SIZE = 20
LARGEST = 100


class KeysetPagination(BasePagination):
    """`?limit=` (20, at most 100), `?ordering=` from the view's list, `?cursor=` as the previous page gave it.

    A view lists its orderings in `orderings`: {name: fields}, the first being the default; each is a tuple of columns
    that are never NULL, all upwards or all downwards, and the id is added to make it whole.
    """

    next_cursor: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The rows of one page, in one query; ValidationError names the parameter that is wrong."""
        orderings: dict[str, tuple[str, ...]] = getattr(view, "orderings", {})
        name = request.query_params.get("ordering") or next(iter(orderings))
        fields = self._fields(orderings, name)
        limit = self._limit(request)
        if cursor := request.query_params.get("cursor"):
            queryset = queryset.filter(after(fields, self._values(queryset.model, fields, name, cursor)))
        rows = list(queryset.order_by(*fields)[: limit + 1])
        more, page = len(rows) > limit, rows[:limit]
        self.next_cursor = self._cursor(name, fields, page[-1]) if more else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """The page's rows and the cursor of the next page, null on the last."""
        return Response({"results": data, "next": self.next_cursor})

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """The page as OpenAPI."""
        cursor = {"type": ["string", "null"], "description": "The cursor of the next page; null on the last."}
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": cursor},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters of a list as OpenAPI."""
        names = [name for plain in getattr(view, "orderings", {}) for name in (plain, f"-{plain}")]
        limit = {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": SIZE}
        return [
            {"name": "limit", "in": "query", "schema": limit, "description": "Rows a page."},
            {
                "name": "cursor",
                "in": "query",
                "schema": {"type": "string"},
                "description": "`next` of the page before.",
            },
            {
                "name": "ordering",
                "in": "query",
                "schema": {"type": "string", "enum": names},
                "description": "A hyphen turns it round.",
            },
        ]

    @staticmethod
    def _limit(request: Request) -> int:
        text = request.query_params.get("limit", str(SIZE))
        if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= LARGEST):  # noqa: PLR2004 - digits of a number far over the largest
            raise ValidationError({"limit": f"A whole number from 1 to {LARGEST}."})
        return int(text)

    @staticmethod
    def _fields(orderings: dict[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
        plain = name.removeprefix("-")
        if plain not in orderings:
            known = ", ".join(choice for each in orderings for choice in (each, f"-{each}"))
            raise ValidationError({"ordering": f"One of: {known}."})
        fields = (*orderings[plain], "id")
        return tuple(f"-{field}" for field in fields) if name.startswith("-") else fields

    @staticmethod
    def _cursor(name: str, fields: Sequence[str], row: Any) -> str:
        values = [_value_of(row, field.removeprefix("-")) for field in fields]
        text = json.dumps([name, *values], default=_text, separators=(",", ":"))
        return _lock().encrypt(text.encode()).decode().rstrip("=")

    @staticmethod
    def _values(model: type[models.Model], fields: Sequence[str], name: str, cursor: str) -> list[Any]:
        wrong = ValidationError({"cursor": "Not a cursor of this list in this ordering."})
        try:
            used, *values = json.loads(_lock().decrypt(cursor + "=" * (-len(cursor) % 4)))
            found = [_field(model, field).to_python(value) for field, value in zip(fields, values, strict=True)]
        except (InvalidToken, ValueError, DjangoValidationError):
            raise wrong from None
        if used != name:
            raise wrong
        return found


def _lock() -> Fernet:
    """What encrypts cursors: they travel in addresses, and may hold the name that a list of patients is ordered by."""
    key = hashlib.sha256(f"careteam.rest.cursor:{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def after(fields: Sequence[str], values: Sequence[Any]) -> Q:
    """The condition that a row comes after `values` in this ordering.

    Beside the exact condition it states the bound on the first column by itself, which is what an index can use.
    """
    downwards = fields[0].startswith("-")
    names = [field.removeprefix("-") for field in fields]
    compare = "lt" if downwards else "gt"
    bound = Q(**{f"{names[0]}__{compare}e": values[0]})
    exact = Q()
    for index, name in enumerate(names):
        same = Q(**dict(zip(names[:index], values[:index], strict=True)))
        exact |= same & Q(**{f"{name}__{compare}": values[index]})
    return bound & exact


def _field(model: type[models.Model], path: str) -> Any:
    for part in path.removeprefix("-").split("__"):
        field = model._meta.get_field(part)
        model = field.related_model or model
    return field


def _value_of(row: Any, path: str) -> Any:
    for part in path.split("__"):
        row = getattr(row, part)
    return row


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
