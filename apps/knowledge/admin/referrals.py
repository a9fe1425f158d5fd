"""The admin page of reasons for referral."""

from typing import Any

from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from apps.accounts.actors import Actor
from apps.knowledge import words
from apps.knowledge.admin.base import KnownAdmin, display, own_values
from apps.knowledge.models import Override, ReferralReason
from apps.rest.admin import offer_link


@admin.register(ReferralReason)
class ReferralReasonAdmin(KnownAdmin):
    """Why patients are referred. The list, too, shows what holds here."""

    list_display = ("name", "code", "receiver", "how_urgent", "by_when", "verified", "here")
    list_filter = ("urgency", "to", "mark", "origin", "retired")
    list_select_related = ("to",)
    search_fields = ("code", "name", "question")
    ordering = ("name", "id")
    shown = (
        "name", "code", "receiver", "senders", "how_urgent", "target", "by_when", "target_means", "question", "criteria",
        "panels",
    )  # fmt: skip
    readonly_fields = (*KnownAdmin.readonly_fields, "receiver", "senders", "how_urgent", "by_when")

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """All, each with the name, urgency and target that hold here."""
        rows = super().visible(actor)
        found: QuerySet[Any] = rows.annotate(
            receiver_here=Coalesce("to__override__name", "to__name"),
            urgency_here=_as_it_holds("urgency"),
            target_here=_as_it_holds("target"),
        )
        return found

    @display(description="To", ordering="receiver_here")
    def receiver(self, row: Any) -> str:
        """Who receives the patient, by the name that it has here."""
        return str(getattr(row, "receiver_here", row.to))

    @display(description="From")
    def senders(self, row: Any) -> str:
        """Who refers so."""
        return ", ".join(row.from_disciplines) or "anybody"

    @display(description="Urgency", ordering="urgency_here")
    def how_urgent(self, row: Any) -> str:
        """As it holds here."""
        return str(ReferralReason.Urgency(getattr(row, "urgency_here", row.urgency)).label)

    @display(description="By when")
    def by_when(self, row: Any) -> str:
        """The target in words, as it holds here."""
        return words.within(getattr(row, "target_here", row.target)) or "no time given"


def _as_it_holds(name: str) -> Coalesce:
    """A field with this hospital's own value in its place, for lists, which do not come from the shelf."""
    own = Override.objects.filter(kind=ReferralReason._meta.model_name, code=OuterRef("code"))
    said = own.annotate(said=KeyTextTransform(name, "values")).values("said")
    return Coalesce(Subquery(said), F(name), output_field=TextField())


offer_link(ReferralReason, own_values)
