"""The base of every row, and the few rows that belong to the engine itself."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from apps.common.ids import new_id
from apps.common.refusals import Invalid, Stale


class Row(models.Model):
    """A row with a UUIDv7 id.

    `audited_fields` names the fields whose values may stand in the audit record; every other field is named there
    when it changes, its value withheld, so that a person can be pseudonymised later.
    """

    audited_fields: ClassVar[frozenset[str]]

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True

    def hold_to_rules(self, *, only: Collection[str] | None = None) -> None:
        """Raise Invalid, naming each field and its rule, when the row breaks one of its fields' own rules.

        `only` names the fields to look at. That a row pointed at is there is held by the database, which is not asked
        about each of them here.
        """
        fields = self._meta.concrete_fields
        there = {field.name for field in fields if field.is_relation and getattr(self, field.attname) is not None}
        rest = {field.name for field in fields if only is not None and not {field.name, field.attname} & set(only)}
        try:
            self.clean_fields(exclude=there | rest)
            self.clean()
        except ValidationError as error:
            rules = {field: " ".join(messages) for field, messages in error.message_dict.items()}
            raise Invalid(" ".join(rules.values()), errors=rules) from None


class Versioned(Row):
    """A row that people edit: its version goes up by one with each change and is shown as the ETag."""

    #: What is read along when a row is locked, to spare a query where every operation needs it.
    locked_with: ClassVar[tuple[str, ...]] = ()

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def locked(cls, row: Self, version: int | None = None) -> Self:
        """The row read afresh and locked until the transaction ends.

        Raises Stale when `version` is given and somebody else has changed the row since.
        """
        rows = cls._default_manager.select_related(*cls.locked_with) if cls.locked_with else cls._default_manager
        fresh = rows.select_for_update(of=("self",)).get(pk=row.pk)
        if version is not None and fresh.version != version:
            raise Stale
        return fresh

    def change(self, **values: Any) -> dict[str, tuple[Any, Any]]:
        """Set the fields of a locked row, save them, and return {field: (before, after)} of what really changed.

        Raises Invalid when a field's own rule is broken. Changing nothing saves nothing.
        """
        changed = {name: (getattr(self, name), value) for name, value in values.items() if getattr(self, name) != value}
        if not changed:
            return {}
        for name, (_, value) in changed.items():
            setattr(self, name, value)
        self.hold_to_rules(only=changed)
        self.version += 1
        self.save(update_fields=[*changed, "version"])
        return changed


class Clock(models.Model):
    """One row: how far the clock of a demo or a test runs ahead of the database's. Zero in production, always."""

    id = models.BooleanField(primary_key=True, default=True)
    ahead = models.DurationField(default=timedelta(0))

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=True), name="clock_has_one_row")]


class RecurringJob(models.Model):
    """Work that comes round: due again `every` so often. Declared in code, its row made by the first dispatcher.

    Leased like any other due row; a job that fails keeps its error and is tried again within a minute.
    """

    name = models.CharField(primary_key=True, max_length=80)
    due_at = models.DateTimeField(db_index=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    last_started_at = models.DateTimeField(null=True, blank=True)
    last_finished_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lease_until__isnull=True, lease_token__isnull=True)
                | Q(lease_until__isnull=False, lease_token__isnull=False),
                name="recurring_job_lease_is_whole",
            )
        ]


class Heartbeat(models.Model):
    """When a kind of process last showed that it is alive. Read by `/health/ready`."""

    name = models.CharField(primary_key=True, max_length=80)
    at = models.DateTimeField()


def active_at(at: Any, *, start: str = "starts_at", end: str = "ends_at") -> Q:
    """The condition that a period [start, end) holds `at`; an open end is for ever."""
    return Q(**{f"{start}__lte": at}) & (Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gt": at}))


def overlaps(starts_at: datetime, ends_at: datetime | None) -> Q:
    """The condition that a row's period [starts_at, ends_at) shares a moment with this one; an open end is for ever."""
    shares = Q(ends_at__isnull=True) | (Q(ends_at__gt=starts_at) & Q(ends_at__gt=F("starts_at")))
    return shares & Q(starts_at__lt=ends_at) if ends_at is not None else shares


def period_is_ordered(name: str, *, start: str = "starts_at", end: str = "ends_at") -> models.CheckConstraint:
    """The constraint that a period does not end before it starts (an empty one was cancelled before it began)."""
    return models.CheckConstraint(condition=Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": F(start)}), name=name)
