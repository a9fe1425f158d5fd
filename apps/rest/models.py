"""The rows that make a repeated request the same request."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.common.models import Row


class IdempotentRequest(Row):
    """A write that was sent with an Idempotency-Key, and its answer. Written in the write's own transaction, kept a day."""

    audited_fields: ClassVar[frozenset[str]] = frozenset()

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_request_a_key")]
