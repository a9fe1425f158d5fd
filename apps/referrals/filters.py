"""The filters of this room's lists."""

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from apps.common.clock import AppNow
from apps.referrals.models import Referral
from apps.referrals.models.referral import STATES, overdue
from apps.referrals.moves import TURNS, Party

TURN = {
    party: [state.value for state, whose in TURNS.items() if whose == party] for party in (Party.SENDER, Party.OWNER)
}


def my_turn(user_id: Any) -> Q:
    """The condition that it is this person's turn: they answer for the side whose turn it is, or are asked just now."""
    asked = Q(nudge__owner=user_id, nudge__state__in=["open", "acknowledged", "exhausted"])
    return asked | Q(sender=user_id, state__in=TURN[Party.SENDER]) | Q(owner=user_id, state__in=TURN[Party.OWNER])


class ReferralFilter(filters.FilterSet):
    """Referrals."""

    patient = filters.UUIDFilter(field_name="patient_id")
    state = filters.MultipleChoiceFilter(choices=STATES)
    open = filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")
    urgency = filters.MultipleChoiceFilter(choices=Referral.Urgency.choices)
    to = filters.CharFilter(field_name="to__code", max_length=40)
    reason = filters.CharFilter(field_name="reason__code", max_length=60)
    overdue = filters.BooleanFilter(
        method="filter_overdue", help_text="The target has passed and the patient was not seen."
    )
    stuck = filters.BooleanFilter(
        method="filter_stuck", help_text="The wait is over and a coordinator is asked (SYS-02)."
    )
    my_turn = filters.BooleanFilter(method="filter_my_turn", help_text="You are the one who is to move it.")
    sent_by_me = filters.BooleanFilter(method="filter_sent_by_me")

    class Meta:
        model = Referral
        fields = ["patient", "state", "open", "urgency", "to", "reason", "overdue", "stuck", "my_turn", "sent_by_me"]

    def filter_overdue(self, rows: QuerySet[Any], _name: str, value: bool) -> QuerySet[Any]:
        """What is late now, or what is not."""
        late = overdue(AppNow())
        return rows.filter(late) if value else rows.exclude(late)

    def filter_stuck(self, rows: QuerySet[Any], _name: str, value: bool) -> QuerySet[Any]:
        """What is stuck now, or what is not."""
        stuck = Q(wait_until__lte=AppNow())
        return rows.filter(stuck) if value else rows.exclude(stuck)

    def filter_my_turn(self, rows: QuerySet[Any], _name: str, value: bool) -> QuerySet[Any]:
        """What waits for whoever asks, or for others."""
        mine = my_turn(self.request.auth.user_id)
        return rows.filter(mine) if value else rows.exclude(mine)

    def filter_sent_by_me(self, rows: QuerySet[Any], _name: str, value: bool) -> QuerySet[Any]:
        """What whoever asks has sent, or what others have."""
        mine = Q(sender=self.request.auth.user_id)
        return rows.filter(mine) if value else rows.exclude(mine)
