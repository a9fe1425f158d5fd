"""Care teams."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.models import overlaps
from apps.common.refusals import Conflict
from apps.patients import merging
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.teams.models import CareTeam, Membership
from apps.teams.operations.access import sync_membership
from apps.teams.operations.memberships import add_to_team, place


@transaction.atomic
def form_care_team(
    *, by: Actor, at: datetime, patient: Patient, name: str = "", memberships: Sequence[dict[str, Any]] = ()
) -> CareTeam:
    """Form the care team of a patient, with its first members when they are given.

    Raises Forbidden, Invalid, or Conflict when the patient has an open care team or is not in our care.
    """
    patient = Patient.locked(patient)
    by.require(Permission.TEAMS_WRITE, patient.site_id)
    if patient.status != Patient.Status.ACTIVE:
        raise Conflict("Only a patient in our care has a care team.")
    if CareTeam.objects.filter(patient=patient, status=CareTeam.Status.ACTIVE).exists():
        raise Conflict("This patient has a care team already.")
    team = CareTeam(patient=patient, name=name, opened_at=at)
    team.hold_to_rules()
    team.save(force_insert=True)
    note(team, by=by, at=at, verb="teams.form_care_team", changes=audit.created(team, "patient", "name", "status"))
    for values in memberships:
        add_to_team(by=by, at=at, care_team=team, **values)
    return team


@transaction.atomic
def rename_care_team(
    *, care_team: CareTeam, by: Actor, at: datetime, name: str, version: int | None = None
) -> CareTeam:
    """Give a team a name of its own. Raises Forbidden, Stale or Invalid."""
    team = _open(care_team, by, version)
    changes = team.change(name=name)
    if changes:
        note(team, by=by, at=at, verb="teams.rename_care_team", changes=changes)
    return team


@transaction.atomic
def close_care_team(
    *, care_team: CareTeam, by: Actor, at: datetime, reason: str, version: int | None = None
) -> CareTeam:
    """Close a team: every membership ends now, and with it its members' access. Raises Forbidden, Stale or Conflict."""
    team = _open(care_team, by, version)
    for membership in team.memberships.select_for_update(of=("self",)).filter(overlaps(at, None)):
        membership.ends_at = max(at, membership.starts_at)
        membership.save(update_fields=["ends_at"])
        sync_membership(membership=membership, by=by, at=at)
    changes = team.change(status=CareTeam.Status.INACTIVE, closed_at=at, closed_reason=reason)
    note(team, by=by, at=at, verb="teams.close_care_team", changes=changes)
    return team


def _open(care_team: CareTeam, by: Actor, version: int | None) -> CareTeam:
    team = CareTeam.locked(care_team, version)
    by.require(Permission.TEAMS_WRITE, team.patient.site_id)
    if team.status != CareTeam.Status.ACTIVE:
        raise Conflict("This care team is closed.")
    return team


def _follow_merge(gone: Patient, kept: Patient, by: Actor, at: datetime) -> None:
    """The teams of the record that goes follow it; of two open teams one stays, and takes over the other's members."""
    stays = CareTeam.objects.select_for_update(of=("self",)).filter(patient=kept, status=CareTeam.Status.ACTIVE).first()
    for team in CareTeam.objects.select_for_update(of=("self",)).filter(patient=gone):
        members = list(team.memberships.select_related("member__user", "discipline").filter(overlaps(at, None)))
        if stays is not None and team.status == CareTeam.Status.ACTIVE:
            _close_into(team, stays, members, by=by, at=at)
        team.patient = kept
        team.save(update_fields=["patient"])
        for membership in team.memberships.all():
            membership.care_team = team
            sync_membership(membership=membership, by=by, at=at)


def _close_into(team: CareTeam, stays: CareTeam, members: Sequence[Membership], *, by: Actor, at: datetime) -> None:
    for membership in members:
        ends_at, membership.ends_at = membership.ends_at, max(at, membership.starts_at)
        membership.save(update_fields=["ends_at"])
        _take_over(stays, membership, ends_at, by=by, at=at)
    team.change(status=CareTeam.Status.INACTIVE, closed_at=at, closed_reason="merged")


def _take_over(stays: CareTeam, old: Membership, ends_at: datetime | None, *, by: Actor, at: datetime) -> None:
    """A member of the other team joins the one that stays, as lead only where it has none for the discipline."""
    starts_at = max(at, old.starts_at)
    same = Membership.objects.filter(overlaps(starts_at, ends_at), care_team=stays, discipline=old.discipline)
    if same.filter(member=old.member).exists():
        return
    role = Membership.Role.MEMBER if same.filter(role=Membership.Role.LEAD).exists() else old.role
    place(
        care_team=stays,
        member=old.member,
        discipline=old.discipline,
        role=role,
        starts_at=starts_at,
        ends_at=ends_at,
        by=by,
        at=at,
    )


merging.declare(CareTeam._meta.label, _follow_merge)
