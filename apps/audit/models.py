"""The append-only record and its seals."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.common.models import Row


class AuditEvent(Row):
    """Somebody did or read something. Never changed, never deleted, and without foreign keys, so that it outlives what
    it speaks of and never gets in its way.

    It holds no names, numbers or birth dates: `changes` gives a value only where the row's own `audited_fields` allows
    it. `position` is given by the database, in an order that lets the seals know when a stretch is complete.
    """

    audited_fields: ClassVar[frozenset[str]] = frozenset()

    position = models.BigIntegerField(unique=True, editable=False, db_default=0)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    token_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    verb = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=80)
    subject_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    site_id = models.UUIDField(null=True)
    changes = models.JSONField(default=dict)
    read_ids = ArrayField(models.UUIDField(), default=list)

    class Meta:
        indexes = [
            # The timeline of one patient, newest first.
            models.Index(
                fields=["patient_id", "-at", "-id"],
                name="audit_of_patient",
                condition=Q(patient_id__isnull=False),
            ),
            # The record of one site without patients: users, grants, tokens.
            models.Index(fields=["site_id", "-at", "-id"], name="audit_of_site", condition=Q(site_id__isnull=False)),
            # What one person did and read.
            models.Index(fields=["actor_id", "-at", "-id"], name="audit_of_actor"),
        ]


class Seal(Row):
    """A closed stretch of the record: every event with a position in (from_position, to_position].

    `digests` holds 48 bytes an event, in order of position: its id and the SHA-256 of its content; `digest` is the
    SHA-256 over the previous seal's digest and all of this one. A changed, missing or added event can so be named.
    """

    audited_fields: ClassVar[frozenset[str]] = frozenset()

    number = models.PositiveBigIntegerField(unique=True)
    from_position = models.BigIntegerField()
    to_position = models.BigIntegerField()
    count = models.PositiveIntegerField()
    digests = models.BinaryField()
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_position__gt=models.F("from_position")), name="seal_covers_something"
            ),
            models.UniqueConstraint(fields=["from_position"], name="seals_do_not_fork"),
        ]
