"""The REST doors of teams."""

from typing import ClassVar
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import Permission
from apps.rest.bodies import Nothing, Reason
from apps.rest.policy import Needs
from apps.rest.views import Shown
from apps.teams import filters, operations, serializers
from apps.teams.models import CareTeam, Cover, Member, Membership, OnCall

POLICY = Needs(Permission.TEAMS_READ, Permission.TEAMS_WRITE)
# A care team is part of a patient's record: reading it takes the right to read patients.
TEAM_POLICY = Needs(Permission.PATIENTS_READ, Permission.TEAMS_WRITE)
OWN_POLICY = Needs(Permission.TEAMS_READ, (Permission.TEAMS_WRITE, Permission.COVER_OWN))


class Members(Shown):
    """People who can belong to care teams."""

    policy = OWN_POLICY
    serializer_class = serializers.MemberShown
    filterset_class = filters.MemberFilter
    orderings: ClassVar = {"name": ("user__name",)}
    subject = "member"
    accepts: ClassVar = {
        "create": serializers.NewMember,
        "partial_update": serializers.MemberChanges,
        "deactivate": Nothing,
        "reactivate": Nothing,
    }

    def visible(self) -> QuerySet[Member]:
        """Members with their names and hours."""
        return Member.objects.visible_to(self.actor).select_related("user").prefetch_related("working_hours")

    def create(self, request: Request) -> Response:
        """Make a person a member."""
        return self.create_by(operations.add_member)

    def partial_update(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Change discipline, channels or hours; one's own channels and quiet hours by oneself."""
        return self.change_by(operations.change_member)

    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """No longer works in care teams."""
        return self.change_by(operations.deactivate_member)

    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Works in care teams again."""
        return self.change_by(operations.reactivate_member)


class CareTeams(Shown):
    """Care teams."""

    policy = TEAM_POLICY
    serializer_class = serializers.CareTeamShown
    filterset_class = filters.CareTeamFilter
    orderings: ClassVar = {"opened_at": ("opened_at",)}
    subject = "care_team"
    patient_field = "patient_id"
    accepts: ClassVar = {
        "create": serializers.NewCareTeam,
        "partial_update": serializers.CareTeamChanges,
        "close": Reason,
    }

    def visible(self) -> QuerySet[CareTeam]:
        """Teams of visible patients, with everybody's names."""
        members = Membership.objects.select_related("member__user", "care_team")
        return CareTeam.objects.visible_to(self.actor).prefetch_related(Prefetch("memberships", members))

    def create(self, request: Request) -> Response:
        """Form the care team of a patient."""
        return self.create_by(operations.form_care_team)

    def partial_update(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Rename the team."""
        return self.change_by(operations.rename_care_team)

    @action(detail=True, methods=["post"])
    def close(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Close the team and end every membership."""
        return self.change_by(operations.close_care_team)


class Memberships(Shown):
    """Who belongs to which care team, from when until when."""

    policy = TEAM_POLICY
    serializer_class = serializers.MembershipShown
    filterset_class = filters.MembershipFilter
    orderings: ClassVar = {"starts_at": ("starts_at",)}
    subject = "membership"
    patient_field = "care_team.patient_id"
    accepts: ClassVar = {"create": serializers.NewMembership, "end": serializers.End, "make_lead": Nothing}

    def visible(self) -> QuerySet[Membership]:
        """Memberships in teams of visible patients."""
        return Membership.objects.visible_to(self.actor).select_related("care_team", "member__user")

    def create(self, request: Request) -> Response:
        """Let a member join a care team."""
        return self.create_by(operations.add_to_team)

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Let a member leave."""
        return self.change_by(operations.end_membership)

    @action(detail=True, methods=["post"], url_path="make-lead")
    def make_lead(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Make the member the lead of their discipline; answers with the new membership."""
        return self.change_by(operations.make_lead)


class Covers(Shown):
    """Who stands in for whom."""

    policy = OWN_POLICY
    serializer_class = serializers.CoverShown
    filterset_class = filters.CoverFilter
    orderings: ClassVar = {"starts_at": ("starts_at",), "ends_at": ("ends_at",)}
    subject = "cover"
    accepts: ClassVar = {"create": serializers.NewCover, "end": serializers.End}

    def visible(self) -> QuerySet[Cover]:
        """Covers."""
        return Cover.objects.visible_to(self.actor)

    def create(self, request: Request) -> Response:
        """Set a cover."""
        return self.create_by(operations.set_cover)

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """End a cover earlier than planned."""
        return self.change_by(operations.end_cover)


class OnCalls(Shown):
    """Who is on call."""

    policy = POLICY
    serializer_class = serializers.OnCallShown
    filterset_class = filters.OnCallFilter
    orderings: ClassVar = {"starts_at": ("starts_at",), "ends_at": ("ends_at",)}
    subject = "on_call"
    accepts: ClassVar = {"create": serializers.NewOnCall, "end": serializers.End}

    def visible(self) -> QuerySet[OnCall]:
        """Duties."""
        return OnCall.objects.visible_to(self.actor)

    def create(self, request: Request) -> Response:
        """Put a member on call."""
        return self.create_by(operations.put_on_call)

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """End a duty earlier than planned."""
        return self.change_by(operations.end_on_call)
