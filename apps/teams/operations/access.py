"""What a membership and the covers of its member mean for who sees the patient."""

from datetime import datetime

from apps.accounts.actors import Actor
from apps.common.models import overlaps
from apps.patients.models import PatientAccess
from apps.patients.operations import Wanted, keep_access
from apps.teams.models import Cover, Member, Membership

Kind = PatientAccess.Kind


def sync_membership(*, membership: Membership, by: Actor, at: datetime) -> None:
    """Bring the accesses that follow from a membership up to date; call it in the transaction that changed it."""
    patient = membership.care_team.patient
    keep_access(patient=patient, holder_id=membership.pk, wanted=wanted_of(membership), by=by, at=at)


def sync_member(*, member: Member, by: Actor, at: datetime) -> None:
    """The same for every membership of a member that is not over; call it where a cover changed."""
    mine = Membership.objects.filter(overlaps(at, None), member=member).select_related("care_team__patient", "member")
    for membership in mine:
        sync_membership(membership=membership, by=by, at=at)


def wanted_of(membership: Membership) -> list[Wanted]:
    """The member for the time of the membership, and each substitute for the time in which both hold."""
    starts_at, ends_at = membership.starts_at, membership.ends_at
    wanted = [Wanted(membership.member.user_id, Kind.MEMBERSHIP, membership.pk, starts_at, ends_at)]
    covers = Cover.objects.filter(overlaps(starts_at, ends_at), member=membership.member_id).select_related(
        "substitute"
    )
    for cover in covers:
        until = cover.ends_at if ends_at is None else min(cover.ends_at, ends_at)
        since = max(cover.starts_at, starts_at)
        wanted.append(Wanted(cover.substitute.user_id, Kind.COVER, cover.pk, since, until))
    return wanted
