"""Referrals: what waits for somebody, where one is, whose turn it is, and what happens if nobody moves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import BooleanField, Case, F, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Refused
from apps.escalation.models import Action
from apps.nudges import operations as nudges
from apps.nudges.models import Nudge, Response
from apps.nudges.operations.answers import standing as standing_of
from apps.referrals import operations
from apps.referrals.filters import my_turn
from apps.referrals.models import Referral
from apps.referrals.moves import MOVES, Party, State
from apps.referrals.parties import standing
from apps.referrals.reading import ALONG, place, visible, whole, withhold
from apps.rest.policy import Needs
from apps.workspace.pages.answering import AskedPage
from apps.workspace.pages.base import Page
from apps.workspace.pages.whom import Whom, seen_of, whom

#: How many the list shows; the admin and the API have all of them.
SHOWN = 100
POLICY = Needs(Permission.PATIENTS_READ, (Permission.REFERRALS_WRITE, Permission.NUDGES_ANSWER))
#: What comes next in each state, if all goes well.
NEXT = {
    State.DRAFT: "send",
    State.SENT: "accept",
    State.RECEIVED: "accept",
    State.NEEDS_INFORMATION: "give_information",
    State.ACCEPTED: "schedule",
    State.DECLINED: "reroute",
    State.SCHEDULED: "see",
    State.SEEN: "report",
    State.REPORTED: "review",
    State.CANCELLATION_REQUESTED: "confirm_cancellation",
}
#: What is seldom meant, and stands behind “Something else”.
SELDOM = frozenset({"reroute", "cancel", "request_cancellation", "assign", "enter_in_error"})


#: Moves after which the next one answers what was said.
SPEAKS = frozenset(
    {
        "ask_information",
        "give_information",
        "decline",
        "reroute",
        "request_cancellation",
        "refuse_cancellation",
        "ask_again",
    }
)


class Referrals(Page):
    """Referrals that are open: first those that wait for oneself."""

    policy = POLICY
    template = "workspace/referrals.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        mine = Case(
            When(my_turn(self.actor.user_id), then=Value(True)), default=Value(False), output_field=BooleanField()
        )
        rows = visible(self.actor).filter(ended_at__isnull=True).annotate(mine=mine)
        found = list(rows.order_by("-mine", F("target_at").asc(nulls_last=True), "drafted_at", "pk")[: SHOWN + 1])
        shown = found[:SHOWN]
        if shown:
            audit.record_read(
                by=self.actor, at=self.at, verb="workspace.referrals", subject_type="patients.patient",
                ids=sorted({row.patient_id for row in shown}),
            )  # fmt: skip
        seen = seen_of(self.actor, [row.patient_id for row in shown])
        told = [self._told(row, row.patient_id in seen) for row in shown]
        me = self.actor.user_id
        return self.show(
            mine=[one for one in told if one["row"].mine],
            sent=[one for one in told if not one["row"].mine and one["row"].sender_id == me],
            others=[one for one in told if not one["row"].mine and one["row"].sender_id != me],
            more=len(found) > SHOWN, shown=SHOWN, writes=self.actor.may(Permission.REFERRALS_WRITE), now=self.at,
        )  # fmt: skip

    def _told(self, row: Referral, seen: bool) -> dict[str, Any]:
        return {"row": row, "place": place(row, self.at), "whom": whom(row.patient, seen, self.at)}


class ReferralPage(AskedPage):
    """What the pages of one referral share. Whoever is asked to take it on sees it, and not the patient."""

    policy = POLICY
    rows = Referral
    along = (
        *ALONG,
        "nudge__offered_to",
        "nudge__patient__site",
        "stuck_nudge__patient__site",
        "stuck_nudge__offered_to",
    )
    address = "/referrals/"
    verb = "workspace.referral"

    def heading(self, row: Referral) -> dict[str, str]:
        """How much it presses, and what it is about."""
        return {"severity": row.severity, "presses": row.get_urgency_display(), "about": str(row)}

    def whom(self, row: Referral) -> Whom:
        """The patient, as the person may know them."""
        return whom(row.patient, bool(seen_of(self.actor, [row.patient_id])), self.at)

    def question(self, row: Referral) -> Nudge | None:
        """The question that is asked of this very person, or was offered to them: whose turn it is, or chasing a stuck one."""
        me = self.actor.user_id
        asked = [nudge for nudge in (row.nudge, row.stuck_nudge) if nudge is not None and nudge.unfinished]
        return next((nudge for nudge in asked if me in {nudge.owner_id, nudge.offered_to_id}), None)


class ReferralShown(ReferralPage):
    """The referral itself, with every move that can be made now."""

    template = "workspace/referral.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Show it."""
        row = whole(Referral.objects.filter(pk=self.subject(id).pk).select_related(*self.along)).get()
        who = self.whom(row)
        withhold(row, seen=who.seen)
        told = [(one, MOVES[one.move].done) for one in row.transitions.all()]
        shown: dict[str, Any] = {**self.heading(row), **self._moves(row), **self._asked(row)}
        return self.show(
            referral=row, place=place(row, self.at), whom=who, attachments=row.attachments.all(),
            visits=row.visits.all(), matter=self._matter(row), **shown,
            told=told, spoken=_spoken(told),
        )  # fmt: skip

    def post(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Say “I have it”: that receives it where it waits for that, and else answers the question."""
        row = self.subject(id)
        try:
            if request.POST.get("answer") == "receive":
                operations.receive(referral=row, by=self.actor, at=self.at)
            else:
                self._answer(row)
            messages.success(request, "You have it. Say here what follows.")
        except Refused as refusal:
            messages.error(request, refusal.detail)
        return HttpResponseRedirect(f"{self.address}{row.pk}/")

    def _answer(self, row: Referral) -> None:
        nudge = self.question(row)
        if nudge is None:
            raise Http404
        nudges.acknowledge(nudge=nudge, by=self.actor, at=self.at, via=Response.Via.WEB)

    def _matter(self, row: Referral) -> Any:
        """Because of which escalation it was made, if it was."""
        found = Action.objects.filter(referral=row).select_related("escalation__criterion_version__criterion").first()
        return found.escalation if found is not None else None

    def _moves(self, row: Referral) -> Mapping[str, Any]:
        """What the person can do: what comes next, what else often happens, and what seldom does."""
        here = standing(self.actor, self.at)
        names = here.actions(row)
        buttons = {name: {"slug": name.replace("_", "-"), "label": MOVES[name].label} for name in names}
        receives = Party.OWNER in here.parties(row)
        following = NEXT.get(State(row.state))
        rest = [name for name in names if name not in {following, "receive"}]
        return {
            "following": buttons.get(following or ""),
            "receive": ("I have it" if receives else "It has arrived") if "receive" in buttons else "",
            "often": [buttons[name] for name in rest if name not in SELDOM],
            "seldom": [buttons[name] for name in rest if name in SELDOM],
            "edits": row.state == State.DRAFT and "send" in names,
        }

    def _asked(self, row: Referral) -> Mapping[str, Any]:
        """What is asked of the person, and whether they have said already that they have it."""
        nudge = self.question(row)
        me = self.actor.user_id
        waits = nudge is not None and (nudge.waits_for_answer or nudge.offered_to_id == me)
        return {
            "question": nudge, "acknowledges": waits, "standing": standing_of(nudge) if nudge is not None else "",
            "mine": nudge is not None and nudge.owner_id == me,
            "hands_over": nudge is not None and nudge.owner_id == me and row.turn == Party.SENDER,
        }  # fmt: skip


def _spoken(told: list[tuple[Any, str]]) -> Any:
    """What was said last, where whoever moves it next has to know it; None else."""
    last = told[-1][0] if told else None
    return last if last is not None and last.words and last.move in SPEAKS else None
