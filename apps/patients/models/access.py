"""Who may see whom, from when, until when, and why."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models

from apps.common.models import Row, active_at, period_is_ordered


class Accesses(models.QuerySet["PatientAccess"]):
    """Access rows."""

    def in_force(self, at: datetime) -> Self:
        """Those whose period [starts_at, ends_at) holds `at`."""
        return self.filter(active_at(at))


class PatientAccess(Row):
    """One reason why somebody sees a patient. Written by the operations of the room that gives the reason, in their own
    transaction; never by hand.

    `holder_id` is the row that the access hangs on (a membership, the acceptance of a referral), `source_id` the row that gives
    it to this user (the membership itself, a cover, the member of the department that has accepted). Several rows may give the
    same person access: each ends by itself.
    """

    class Kind(models.TextChoices):
        MEMBERSHIP = "membership"
        COVER = "cover"
        REFERRAL = "referral"

    audited_fields = frozenset({"patient", "user", "kind", "holder_id", "source_id", "starts_at", "ends_at"})

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="accesses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="patient_accesses")
    kind = models.CharField(max_length=20, choices=Kind)
    holder_id = models.UUIDField()
    source_id = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    objects = Accesses.as_manager()

    class Meta:
        constraints = [
            period_is_ordered("access_period_is_ordered"),
            models.UniqueConstraint(fields=["holder_id", "source_id"], name="one_access_a_reason"),
        ]
        indexes = [
            # The patients that somebody sees now: read by every request of a member.
            models.Index(fields=["user", "starts_at", "ends_at", "patient"], name="accesses_of_user"),
        ]
