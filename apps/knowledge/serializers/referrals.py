"""Reasons for referral."""

from typing import Any

from rest_framework import serializers

from apps.knowledge import words
from apps.knowledge.models import ReferralReason
from apps.knowledge.serializers.base import CITED, KnownShown


class ReferralReasonShown(KnownShown):
    """A reason to refer a patient: to whom, how soon, and with which question to begin with."""

    to: Any = serializers.CharField(source="to.code", read_only=True, help_text="The discipline that receives.")
    words = serializers.SerializerMethodField(help_text="How soon, in words.")

    class Meta:
        model = ReferralReason
        fields = [
            "id", "code", "name", "to", "from_disciplines", "urgency", "target", "target_means", "question", "criteria",
            "panels", "words", *CITED,
        ]  # fmt: skip
        read_only_fields = fields

    def get_words(self, row: ReferralReason) -> str:
        """How soon, in words."""
        return words.referral(row)
