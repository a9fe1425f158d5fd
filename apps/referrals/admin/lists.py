"""What a coordinator sees first: what is stuck, then what is late, then what is due next; and the filters of the list."""

from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.http import HttpRequest

from apps.common.clock import AppNow
from apps.plans.admin.following import Standing
from apps.referrals.filters import TURN
from apps.referrals.models import Referral
from apps.referrals.models.referral import STATES, UNSEEN

LATE = Q(state__in=UNSEEN, target_at__lt=AppNow())
STUCK = Q(ended_at__isnull=True, wait_until__lte=AppNow())
#: What presses most first; of the rest what is to be done soonest.
PRESSING = (
    F("stuck").desc(),
    F("late").desc(),
    F("target_at").asc(nulls_last=True),
    F("drafted_at").desc(),
    F("id").desc(),
)


def with_trouble(rows: QuerySet[Referral]) -> QuerySet[Any]:
    """Referrals, each with whether it is `stuck` (its wait is over) and whether it is `late` (its target has passed)."""
    stuck, late = (ExpressionWrapper(one, output_field=BooleanField()) for one in (STUCK, LATE))
    return rows.annotate(stuck=stuck, late=late)


class WhereFilter(Standing):
    """Where they are: those that are open, unless something else is asked for."""

    title = "where it is"
    parameter_name = "where"
    names = (("open", "Open"), *STATES, ("all", "All"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that were asked for."""
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value()) if self.value() else queryset.filter(ended_at__isnull=True)


class LateFilter(admin.SimpleListFilter):
    """What is stuck, and what is overdue."""

    title = "trouble"
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What can be asked for."""
        return [("stuck", "Stuck"), ("late", "Overdue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that were asked for."""
        found = {"stuck": STUCK, "late": LATE}.get(self.value() or "")
        return queryset.filter(found) if found is not None else queryset


class TurnFilter(admin.SimpleListFilter):
    """Whose turn it is."""

    title = "whose turn"
    parameter_name = "turn"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What can be asked for."""
        return [("sender", "The sending side's"), ("owner", "The receiving side's")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that were asked for."""
        found = {party.value: states for party, states in TURN.items()}.get(self.value() or "")
        return queryset.filter(state__in=found) if found is not None else queryset
