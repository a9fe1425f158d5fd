"""How members, care teams and rosters are shown and sent."""

from rest_framework import serializers

from apps.accounts.models import Site, User, known_time_zone
from apps.knowledge.models import Discipline
from apps.patients.models import Patient
from apps.rest.bodies import Body
from apps.rest.fields import Visible
from apps.teams.models import CareTeam, Cover, Member, Membership, OnCall, WorkingHours


class HoursShown(serializers.ModelSerializer[WorkingHours]):
    """One stretch of working hours."""

    class Meta:
        model = WorkingHours
        fields = ["weekday", "starts", "ends"]
        read_only_fields = fields


class MemberShown(serializers.ModelSerializer[Member]):
    """A member, with their name."""

    name = serializers.CharField(source="user.name", read_only=True)
    home_site = serializers.UUIDField(source="user.home_site_id", read_only=True)
    working_hours = HoursShown(many=True, read_only=True)

    class Meta:
        model = Member
        fields = [
            "id", "user", "name", "home_site", "discipline", "channels", "time_zone", "quiet_from", "quiet_until",
            "working_hours", "active", "version",
        ]  # fmt: skip
        read_only_fields = fields


class Hours(Body):
    """One stretch of working hours: Monday is 0."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)
    starts = serializers.TimeField()
    ends = serializers.TimeField()


class MemberChanges(Body):
    """What can be changed about a member."""

    discipline = Visible(lambda _actor: Discipline.objects.active(), required=False)
    channels = serializers.ListField(
        child=serializers.ChoiceField(choices=Member.Channel.choices), max_length=10, required=False
    )
    time_zone = serializers.CharField(max_length=64, required=False, allow_blank=True, validators=[known_time_zone])
    quiet_from = serializers.TimeField(required=False, allow_null=True)
    quiet_until = serializers.TimeField(required=False, allow_null=True)
    working_hours = serializers.ListField(child=Hours(), required=False, max_length=50)


class NewMember(MemberChanges):
    """A person who becomes a member."""

    user = Visible(lambda actor: User.objects.visible_to(actor))
    discipline = Visible(lambda _actor: Discipline.objects.active())


class MembershipShown(serializers.ModelSerializer[Membership]):
    """A member in a care team."""

    patient = serializers.UUIDField(source="care_team.patient_id", read_only=True)
    member_name = serializers.CharField(source="member.user.name", read_only=True)

    class Meta:
        model = Membership
        fields = [
            "id",
            "care_team",
            "patient",
            "member",
            "member_name",
            "discipline",
            "role",
            "starts_at",
            "ends_at",
            "added_by",
        ]
        read_only_fields = fields


class NewMembershipOfTeam(Body):
    """A member who joins a team that is being formed."""

    member = Visible(lambda actor: Member.objects.visible_to(actor))
    discipline = Visible(lambda _actor: Discipline.objects.active(), required=False)
    role = serializers.ChoiceField(choices=Membership.Role.choices, required=False)
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)


class NewMembership(NewMembershipOfTeam):
    """A member who joins a team."""

    care_team = Visible(lambda actor: CareTeam.objects.visible_to(actor))


class End(Body):
    """When: now, unless said."""

    ends_at = serializers.DateTimeField(required=False, allow_null=True)


class CareTeamShown(serializers.ModelSerializer[CareTeam]):
    """A care team with everybody who belongs to it, did, or will."""

    memberships = MembershipShown(many=True, read_only=True)

    class Meta:
        model = CareTeam
        fields = [
            "id",
            "patient",
            "name",
            "status",
            "opened_at",
            "closed_at",
            "closed_reason",
            "memberships",
            "version",
        ]
        read_only_fields = fields


class NewCareTeam(Body):
    """A care team to be formed."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    memberships = serializers.ListField(child=NewMembershipOfTeam(), required=False, max_length=50)


class CareTeamChanges(Body):
    """The name of a team."""

    name = serializers.CharField(max_length=100, allow_blank=True)


class CoverShown(serializers.ModelSerializer[Cover]):
    """Who stands in for whom."""

    class Meta:
        model = Cover
        fields = ["id", "member", "substitute", "reason", "starts_at", "ends_at", "set_by"]
        read_only_fields = fields


class NewCover(Body):
    """A cover to be set."""

    member = Visible(lambda actor: Member.objects.visible_to(actor))
    substitute = Visible(lambda actor: Member.objects.visible_to(actor))
    reason = serializers.ChoiceField(choices=Cover.Reason.choices, required=False)
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField()


class OnCallShown(serializers.ModelSerializer[OnCall]):
    """Who is on call."""

    class Meta:
        model = OnCall
        fields = ["id", "site", "discipline", "member", "starts_at", "ends_at", "set_by"]
        read_only_fields = fields


class NewOnCall(Body):
    """A duty to be given."""

    site = Visible(lambda _actor: Site.objects.filter(active=True))
    discipline = Visible(lambda _actor: Discipline.objects.active())
    member = Visible(lambda actor: Member.objects.visible_to(actor))
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField()
