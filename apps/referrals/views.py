"""The REST doors of referrals."""

from datetime import datetime
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.patients.models import Patient
from apps.plans.models import PlanVersion
from apps.referrals import filters, operations, serializers, suggesting
from apps.referrals.models import Referral
from apps.referrals.parties import standing
from apps.referrals.reading import visible, whole
from apps.rest.bodies import Nothing
from apps.rest.etags import etag
from apps.rest.policy import Needs
from apps.rest.views import HouseView, Shown

POLICY = Needs(Permission.PATIENTS_READ, Permission.REFERRALS_WRITE)


def context(actor: Actor, at: datetime) -> dict[str, Any]:
    """What showing a referral needs to know of its reader: what they are to referrals, read once, and whom they see."""
    sees = partial(_sees, actor)
    return {"standing": standing(actor, at), "at": at, "sees": sees}


def _sees(actor: Actor, patient_id: UUID) -> bool:
    return Patient.objects.visible_to(actor).filter(pk=patient_id).exists()


class Referrals(Shown):
    """Referrals: where each is, whose turn it is, since when, and what happens if nobody moves.

    `allowed_actions` names what you can do now. Whoever is asked to take one on sees the referral, and the patient only after
    accepting it.
    """

    policy = POLICY
    serializer_class = serializers.ReferralShown
    filterset_class = filters.ReferralFilter
    orderings: ClassVar = {"drafted_at": ("drafted_at",)}
    subject = "referral"
    patient_field = "patient_id"
    accepts: ClassVar = {
        "create": serializers.Drafted,
        "partial_update": serializers.Changed,
        "send": Nothing,
        "receive": Nothing,
        "ask_information": serializers.Why,
        "give_information": serializers.Why,
        "accept": serializers.Accepted,
        "decline": serializers.Why,
        "reroute": serializers.Rerouted,
        "schedule": serializers.Booked,
        "reschedule": serializers.Moved,
        "no_show": serializers.Said,
        "cancel_visit": serializers.Why,
        "see": serializers.Seen,
        "report": serializers.Reported,
        "review": serializers.Reviewed,
        "ask_again": serializers.Why,
        "cancel": serializers.Why,
        "request_cancellation": serializers.Why,
        "confirm_cancellation": serializers.Said,
        "refuse_cancellation": serializers.Why,
        "assign": serializers.Assigned,
        "enter_in_error": serializers.Why,
    }

    def get_serializer_class(self) -> type[serializers.ReferralListed]:
        """A list is short; a row by itself tells everything."""
        return serializers.ReferralListed if self.action == "list" else serializers.ReferralShown

    def get_serializer_context(self) -> dict[str, Any]:
        """What the actor is to referrals, read once, and when they asked."""
        return {**super().get_serializer_context(), **context(self.actor, self.at)}

    def visible(self) -> QuerySet[Referral]:
        """Referrals, one by itself with every move."""
        rows = visible(self.actor)
        return rows if self.action in {"list", "count"} else whole(rows)

    def get_object(self) -> Referral:
        """One by itself as a reader sees it; a move reads it afresh, so that there only the bare row is fetched."""
        if self.action == "retrieve":
            found: Referral = super().get_object()
            return found
        row = Referral.objects.visible_to(self.actor).filter(pk=self.kwargs["id"]).first()
        if row is None:
            raise Http404
        return row

    def create(self, request: Request) -> Response:
        """Write a referral, pre-filled from its reason; with `send` it goes out at once."""
        return self.create_by(operations.draft)

    def partial_update(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Write something differently: of a draft everything, later each side's own number."""
        return self.change_by(operations.change)

    @action(detail=True, methods=["post"])
    def send(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Send a draft: the receiving side is asked at once."""
        return self.change_by(operations.send)

    @action(detail=True, methods=["post"])
    def receive(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Say that it has arrived and is being looked at."""
        return self.change_by(operations.receive)

    @action(detail=True, methods=["post"], url_path="ask-information")
    def ask_information(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Ask the sender for what is missing."""
        return self.change_by(operations.ask_information)

    @action(detail=True, methods=["post"], url_path="give-information")
    def give_information(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Answer what the receiving side has asked."""
        return self.change_by(operations.give_information)

    @action(detail=True, methods=["post"])
    def accept(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Take it on: your department sees the patient until the loop closes."""
        return self.change_by(operations.accept)

    @action(detail=True, methods=["post"])
    def decline(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Say that it cannot be taken on, and why."""
        return self.change_by(operations.decline)

    @action(detail=True, methods=["post"])
    def reroute(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Send it to somebody else, and say why."""
        return self.change_by(operations.reroute)

    @action(detail=True, methods=["post"])
    def schedule(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Book a visit."""
        return self.change_by(operations.schedule)

    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Move the visit to another time."""
        return self.change_by(operations.reschedule)

    @action(detail=True, methods=["post"], url_path="no-show")
    def no_show(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Note that the patient did not come: another visit is to be booked."""
        return self.change_by(operations.no_show)

    @action(detail=True, methods=["post"], url_path="cancel-visit")
    def cancel_visit(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Cancel the visit: another one is to be booked."""
        return self.change_by(operations.cancel_visit)

    @action(detail=True, methods=["post"])
    def see(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Note that the patient was seen: a report is owed from then on."""
        return self.change_by(operations.see)

    @action(detail=True, methods=["post"])
    def report(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Return the report: the sender is asked to read it."""
        return self.change_by(operations.report)

    @action(detail=True, methods=["post"])
    def review(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Say that you have read the report, and what follows: the loop is closed."""
        return self.change_by(operations.review)

    @action(detail=True, methods=["post"], url_path="ask-again")
    def ask_again(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Send a report back that leaves the question open."""
        return self.change_by(operations.ask_again)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Withdraw what nobody has taken on."""
        return self.change_by(operations.cancel)

    @action(detail=True, methods=["post"], url_path="request-cancellation")
    def request_cancellation(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Ask whoever has it to let it end."""
        return self.change_by(operations.request_cancellation)

    @action(detail=True, methods=["post"], url_path="confirm-cancellation")
    def confirm_cancellation(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Let it end as asked."""
        return self.change_by(operations.confirm_cancellation)

    @action(detail=True, methods=["post"], url_path="refuse-cancellation")
    def refuse_cancellation(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Let it go on where it was, and say why."""
        return self.change_by(operations.refuse_cancellation)

    @action(detail=True, methods=["post"])
    def assign(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Give it to a colleague of the receiving side."""
        return self.change_by(operations.assign)

    @action(detail=True, methods=["post"], url_path="enter-in-error")
    def enter_in_error(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Say that it should never have been made."""
        return self.change_by(operations.enter_in_error)


def made(view: HouseView, row: Referral) -> Response:
    """A referral that was just made by another resource's door, as its own would show it, with its address."""
    found = whole(visible(view.actor)).get(pk=row.pk)
    shown = serializers.ReferralShown(found, context={"request": view.request, **context(view.actor, view.at)})
    address = reverse("referral-detail", args=[found.pk], request=view.request)
    return Response(shown.data, status=201, headers={"ETag": etag(found) or "", "Location": address})


class OfVersion(HouseView):
    """What the doors of a plan's version share."""

    policy = POLICY

    def version(self, pk: UUID) -> PlanVersion:
        """The version, if one may see its patient. Http404 otherwise."""
        rows = PlanVersion.objects.visible_to(self.actor).select_related("plan__patient__site")
        row: PlanVersion | None = rows.filter(pk=pk).first()
        if row is None:
            raise Http404
        return row


class SuggestedReferrals(OfVersion):
    """Referrals that suggest themselves for what a version's medicines want."""

    @extend_schema(responses=serializers.SuggestionShown(many=True))
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002 - as in every address
        """What is missing or too old and somebody else looks at, pre-filled. Nothing is sent by reading it."""
        row = self.version(id)
        audit.record_read(
            by=self.actor, at=self.at, verb="referrals.suggested", subject_type="plans.planversion", ids=[row.pk],
            patient_id=row.plan.patient_id,
        )  # fmt: skip
        return Response(serializers.SuggestionShown(suggesting.of_version(row, self.at), many=True).data)


class ReferForPlan(OfVersion):
    """Sending one of them in one step."""

    @extend_schema(request=serializers.Suggested, responses={201: serializers.ReferralShown})
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002 - as in every address
        """Refer for what is missing: pre-filled, and sent at once unless `send` is false."""
        row = self.version(id)
        values = self.valid(serializers.Suggested)
        return made(self, operations.refer_for_plan(plan_version=row, by=self.actor, at=self.at, **values))
