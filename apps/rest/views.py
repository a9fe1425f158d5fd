"""The base of every API view: policy, the actor, read audit, transactions, idempotency, ETags."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.common.clock import app_now
from apps.rest.etags import etag, wanted_version
from apps.rest.idempotency import Once, once
from apps.rest.pagination import KeysetPagination
from apps.rest.policy import Policy

Operation = Callable[..., Any]
#: Parameters of a list that say how to page and not what to show.
NO_FILTERS = frozenset({"limit", "cursor", "ordering"})


class Count(serializers.Serializer[Any]):
    """How many rows a list has."""

    count = serializers.IntegerField()


class HouseView(APIView):
    """Any view of the API. A write runs in one transaction, at most once for an Idempotency-Key."""

    policy: ClassVar[Policy]
    #: Off where the answer holds a secret that must not be kept, or where there is no user yet.
    idempotent: ClassVar[bool] = True
    #: Off where the request is many writes, each a transaction of its own.
    atomic: ClassVar[bool] = True

    @property
    def actor(self) -> Actor:
        """Who asks."""
        actor = self.request.auth
        return actor if isinstance(actor, Actor) else Actor()

    @property
    def at(self) -> datetime:
        """When they asked, by the clock of the whole installation, read once."""
        return self.actor.at or app_now()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After all checks, put the handler of a write into a transaction.

        Done here because DRF looks the handler up right after this: a refusal then rolls back everything, key included.
        """
        super().initial(request, *args, **kwargs)
        name = (request.method or "").lower()
        if self.atomic and request.method not in SAFE_METHODS and hasattr(self, name):
            setattr(self, name, self._in_one_transaction(getattr(self, name)))

    def _in_one_transaction(self, handler: Callable[..., Response]) -> Callable[..., Response]:
        def write(request: Request, *args: Any, **kwargs: Any) -> Response:
            only_once = self._once(request)
            with transaction.atomic():
                if only_once is None:
                    return handler(request, *args, **kwargs)
                return only_once.run(lambda: handler(request, *args, **kwargs))

        return write

    def _once(self, request: Request) -> Once | None:
        if not self.idempotent or self.actor.user_id is None:
            return None
        return once(request, self.actor.user_id, self.at)

    def valid(self, serializer: type[serializers.BaseSerializer[Any]]) -> dict[str, Any]:
        """The body as this serializer understands it; ValidationError names each wrong field."""
        bound = serializer(
            data=self.request.data, context={"request": self.request, "actor": self.actor, "at": self.at}
        )
        bound.is_valid(raise_exception=True)
        return dict(bound.validated_data)


class Resource(HouseView, GenericViewSet[Any]):
    """A kind of row: listed, counted, shown, and changed by operations.

    `serializer_class` shows a row; `accepts` names what each action takes; `orderings` are those of the list.
    `subject` is the name under which operations take the row. `patient_field` is the path from a row to its patient's
    id, for the audit of reads; None for rows that are no part of a patient's record.
    """

    pagination_class = KeysetPagination
    filter_backends = [DjangoFilterBackend]
    lookup_value_converter = "uuid"
    lookup_field = "id"
    orderings: ClassVar[dict[str, tuple[str, ...]]]
    accepts: ClassVar[dict[str, type[serializers.BaseSerializer[Any]]]] = {}
    subject: ClassVar[str]
    patient_field: ClassVar[str | None] = None

    def visible(self) -> QuerySet[Any]:
        """The rows that the actor may see, with what showing them needs."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        """The rows that the actor may see; none at all while the schema is drawn."""
        if getattr(self, "swagger_fake_view", False):
            return self.model.objects.none()  # type: ignore[attr-defined, no-any-return]
        return self.visible()

    @property
    def model(self) -> type[models.Model]:
        """The kind of row."""
        found: type[models.Model] = self.serializer_class.Meta.model  # type: ignore[union-attr]
        return found

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that the filters of the address leave; without any, django-filter is not asked at all."""
        if not set(self.request.query_params) - NO_FILTERS:
            return queryset
        return super().filter_queryset(queryset)

    def get_object(self) -> Any:
        """The row of the address, if the actor may see it; 404 otherwise, as for one that does not exist."""
        try:
            return self.get_queryset().get(pk=self.kwargs["id"])
        except (ObjectDoesNotExist, DjangoValidationError):
            raise Http404 from None

    def shown(self, row: Any, code: int = status.HTTP_200_OK) -> Response:
        """A row as an answer, with its ETag."""
        tag = etag(row)
        return Response(self.get_serializer(row).data, status=code, headers={"ETag": tag} if tag else None)

    def made(self, row: Any) -> Response:
        """A row that was just made, with its address."""
        response = self.shown(self._again(row), status.HTTP_201_CREATED)
        if hasattr(self, "retrieve"):
            response["Location"] = reverse(f"{self.basename}-detail", args=[row.pk], request=self.request)
        return response

    def _again(self, row: Any) -> Any:
        """The row with what showing it needs; as the operation left it when its maker cannot see it."""
        return self.get_queryset().filter(pk=row.pk).first() or row

    def create_by(self, operation: Operation, **more: Any) -> Response:
        """Make a row by an operation from the body."""
        values = self.valid(self.accepts[self.action])
        return self.made(operation(by=self.actor, at=self.at, **values, **more))

    def change_by(self, operation: Operation, *, versioned: bool = True, **more: Any) -> Response:
        """Do something to the row of the address by an operation, in the version that If-Match names.

        `versioned` is off for what changes another row than this one.
        """
        row = self.get_object()
        values = self.valid(self.accepts[self.action]) if self.action in self.accepts else {}
        if versioned and etag(row) is not None:
            values["version"] = wanted_version(self.request)
        changed = operation(**{self.subject: row}, by=self.actor, at=self.at, **values, **more)
        return self.shown(self._again(changed))

    def audit_read(self, rows: Sequence[Any]) -> None:
        """Record who read these rows, when they are part of a patient's record; before the answer leaves."""
        if self.patient_field is None or not rows:
            return
        patients = {_follow(row, self.patient_field) for row in rows}
        audit.record_read(
            by=self.actor,
            at=self.at,
            verb=f"{self.model._meta.app_label}.read",
            subject_type=self.model._meta.label_lower,
            ids=_ids(rows) if len(patients) == 1 else sorted(patients),
            patient_id=patients.pop() if len(patients) == 1 else None,
        )


class Listed(Resource):
    """A resource with a list and its count."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of what you may see."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        data = self.get_serializer(page, many=True).data
        self.audit_read(page)
        return self.get_paginated_response(data)

    @extend_schema(responses=Count, filters=True)
    @action(detail=False, methods=["get"], pagination_class=None)
    def count(self, request: Request) -> Response:
        """How many rows the list has, under the same filters."""
        return Response({"count": self.filter_queryset(self.get_queryset()).order_by().count()})


class Shown(Listed):
    """A resource whose rows have an address of their own."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row, with its ETag where people edit it."""
        row = self.get_object()
        response = self.shown(row)
        self.audit_read([row])
        return response


def _follow(row: Any, path: str) -> UUID:
    for part in path.split("."):
        row = getattr(row, part)
    found: UUID = row
    return found


def _ids(rows: Iterable[Any]) -> "list[UUID]":
    return [row.pk for row in rows]
