"""Joining a care team, leading in it, and leaving it."""

from datetime import datetime

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.models import overlaps
from apps.common.refusals import Conflict, Invalid
from apps.knowledge.models import Discipline
from apps.teams.models import CareTeam, Member, Membership
from apps.teams.operations.access import sync_membership
from apps.teams.operations.members import require_active
from apps.teams.signals import member_changed


class LeadTaken(Conflict):
    """The discipline has a lead in that time."""

    type = "lead-taken"
    title = "This discipline has a lead already"


@transaction.atomic
def add_to_team(
    *,
    by: Actor,
    at: datetime,
    care_team: CareTeam,
    member: Member,
    discipline: Discipline | None = None,
    role: str = Membership.Role.MEMBER,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Membership:
    """Let a member join a care team: from `starts_at` (now) until `ends_at` (open), for their own discipline unless said.

    They see the patient for exactly that time. Raises Forbidden, Invalid for a period that lies in the past or ends before
    it starts, Conflict when the team is closed, they are in it for this discipline in that time, or its lead is taken.
    """
    team = CareTeam.locked(care_team)
    by.require(Permission.TEAMS_WRITE, team.patient.site_id)
    if team.status != CareTeam.Status.ACTIVE:
        raise Conflict("This care team is closed.")
    require_active(member)
    starts_at = starts_at or at
    if starts_at < at:
        raise Invalid.field("starts_at", "Nobody joins in the past: what others could see then stays as it was.")
    if ends_at is not None and ends_at <= starts_at:
        raise Invalid.field("ends_at", "The end must be after the start.")
    return place(
        care_team=team,
        member=member,
        discipline=discipline or member.discipline,
        role=role,
        starts_at=starts_at,
        ends_at=ends_at,
        by=by,
        at=at,
    )


def place(
    *,
    care_team: CareTeam,
    member: Member,
    discipline: Discipline,
    role: str,
    starts_at: datetime,
    ends_at: datetime | None,
    by: Actor,
    at: datetime,
) -> Membership:
    """Write a membership into a locked team, with the access that follows. Raises Conflict or LeadTaken."""
    same = Membership.objects.filter(overlaps(starts_at, ends_at), care_team=care_team, discipline=discipline)
    if same.filter(member=member).exists():
        raise Conflict("They are in this team for this discipline in that time already.")
    if role == Membership.Role.LEAD and same.filter(role=Membership.Role.LEAD).exists():
        raise LeadTaken("End the present lead's membership first, or make this member the lead.")
    membership = Membership(
        care_team=care_team,
        member=member,
        discipline=discipline,
        role=role,
        starts_at=starts_at,
        ends_at=ends_at,
        added_by_id=by.user_id,
    )
    membership.hold_to_rules()
    membership.save(force_insert=True)
    _record(membership, by=by, at=at, verb="teams.add_to_team")
    sync_membership(membership=membership, by=by, at=at)
    return membership


@transaction.atomic
def end_membership(*, membership: Membership, by: Actor, at: datetime, ends_at: datetime | None = None) -> Membership:
    """Let a member leave at `ends_at` (now): they, and whoever stands in for them, see the patient until then.

    Raises Forbidden, Invalid for an end in the past, or Conflict when the membership is over.
    """
    membership = _held(membership, by)
    _refuse_when_over(membership, at)
    ends_at = ends_at or at
    if ends_at < at:
        raise Invalid.field("ends_at", "Nobody leaves in the past: what they could see stays as it was.")
    _end(membership, by=by, at=at, ends_at=max(ends_at, membership.starts_at))
    return membership


@transaction.atomic
def make_lead(*, membership: Membership, by: Actor, at: datetime) -> Membership:
    """Make a member the lead of their discipline from now on; the present lead stays as a member.

    Both change by a new membership each, so that who led when stays known. Returns the new one. Raises Forbidden, or
    Conflict when the membership is not in force or leads already.
    """
    membership = _held(membership, by)
    if not membership.in_force(at) or membership.role == Membership.Role.LEAD:
        raise Conflict("Only somebody who is in the team now, and not its lead already, can become the lead.")
    leads = Membership.objects.select_for_update(of=("self",)).filter(
        overlaps(at, membership.ends_at),
        care_team=membership.care_team,
        discipline=membership.discipline,
        role=Membership.Role.LEAD,
    )
    for lead in leads.select_related("care_team__patient", "member__user", "discipline"):
        _change_role(lead, Membership.Role.MEMBER, by=by, at=at)
    return _change_role(membership, Membership.Role.LEAD, by=by, at=at)


def _change_role(membership: Membership, role: str, *, by: Actor, at: datetime) -> Membership:
    starts_at, ends_at = max(at, membership.starts_at), membership.ends_at
    _end(membership, by=by, at=at, ends_at=starts_at)
    return place(
        care_team=membership.care_team,
        member=membership.member,
        discipline=membership.discipline,
        role=role,
        starts_at=starts_at,
        ends_at=ends_at,
        by=by,
        at=at,
    )


def _held(membership: Membership, by: Actor) -> Membership:
    CareTeam.locked(membership.care_team)
    found = Membership.objects.select_for_update(of=("self",)).select_related(
        "care_team__patient", "member__user", "discipline"
    )
    held = found.get(pk=membership.pk)
    by.require(Permission.TEAMS_WRITE, held.care_team.patient.site_id)
    return held


def _refuse_when_over(membership: Membership, at: datetime) -> None:
    if membership.ends_at is not None and membership.ends_at <= at:
        raise Conflict("This membership is over.")


def _end(membership: Membership, *, by: Actor, at: datetime, ends_at: datetime) -> None:
    membership.ends_at = ends_at
    membership.save(update_fields=["ends_at"])
    _record(membership, by=by, at=at, verb="teams.end_membership")
    sync_membership(membership=membership, by=by, at=at)


def _record(membership: Membership, *, by: Actor, at: datetime, verb: str) -> None:
    patient = membership.care_team.patient
    changes = audit.created(membership, "care_team", "member", "discipline", "role", "starts_at", "ends_at")
    audit.record(
        by=by, at=at, verb=verb, subject=membership, patient_id=patient.pk, site_id=patient.site_id, changes=changes
    )
    member_changed.send(sender=Membership, user_id=membership.member.user_id, at=at)
