"""Whatever is done to memberships and covers, in whatever order: who sees the patient is what a reckoning from first
principles says, at every moment, and a discipline never has two leads."""

from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.clock import app_now
from apps.common.refusals import Refused
from apps.patients.models import PatientAccess
from apps.teams import operations as teams
from apps.teams.models import Cover, Membership
from tests.cast import Cast

NAMES = ("therapist", "covering", "stranger")
HOUR = timedelta(hours=1)

moves = st.lists(
    st.tuples(
        st.sampled_from(["join", "join_as_lead", "leave", "leave_later", "lead", "cover", "end_cover"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.integers(0, 6),
        st.integers(1, 8),
    ),
    max_size=14,
)


def move(cast: Cast, at: datetime, kind: str, name: str, other: str, delay: int, length: int) -> None:
    member: Any = cast.personas[name].member
    starts_at, ends_at = at + delay * HOUR, at + (delay + length) * HOUR
    if kind.startswith("join"):
        role = "lead" if kind == "join_as_lead" else "member"
        teams.add_to_team(
            by=cast.by, at=at, care_team=cast.team, member=member, role=role, starts_at=starts_at, ends_at=ends_at,
            discipline=cast.membership.discipline,
        )  # fmt: skip
    elif kind == "cover":
        substitute: Any = cast.personas[other].member
        teams.set_cover(by=cast.by, at=at, member=member, substitute=substitute, starts_at=starts_at, ends_at=ends_at)
    elif kind == "end_cover":
        for cover in Cover.objects.filter(member=member):
            teams.end_cover(cover=cover, by=cast.by, at=at, ends_at=at + delay * HOUR if delay else None)
    else:
        for membership in Membership.objects.filter(member=member, care_team=cast.team):
            if kind == "lead":
                teams.make_lead(membership=membership, by=cast.by, at=at)
            else:
                teams.end_membership(
                    membership=membership, by=cast.by, at=at, ends_at=ends_at if kind == "leave_later" else None
                )


def holds(row: Any, moment: datetime) -> bool:
    return bool(row.starts_at <= moment and (row.ends_at is None or moment < row.ends_at))


def seeing(cast: Cast, moment: datetime) -> set[Any]:
    """From first principles: who is a member then, and who stands in then for somebody who is."""
    members = [
        row for row in Membership.objects.filter(care_team=cast.team).select_related("member") if holds(row, moment)
    ]
    covers = [row for row in Cover.objects.select_related("substitute") if holds(row, moment)]
    stand_ins = {c.substitute.user_id for c in covers for m in members if c.member_id == m.member_id}
    return {m.member.user_id for m in members} | stand_ins


def alone(rows: list[Membership]) -> bool:
    """No two periods share a moment."""
    far = max([r.starts_at for r in rows] + [r.ends_at for r in rows if r.ends_at], default=None)
    for one, two in combinations(rows, 2):
        one_end, two_end = one.ends_at or far, two.ends_at or far
        assert far is not None
        if max(one.starts_at, two.starts_at) < min(one_end or far, two_end or far):
            return False
    return True


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(steps=moves)
def test_access_is_what_memberships_and_covers_say_at_every_moment(
    cast: Cast, steps: list[tuple[str, str, str, int, int]]
) -> None:
    with transaction.atomic():
        walk(cast, steps)
        transaction.set_rollback(True)


def walk(cast: Cast, steps: list[tuple[str, str, str, int, int]]) -> None:
    """Take the steps an hour apart, refusals included, and hold the rules against what they left."""
    begun = app_now()
    for number, (kind, name, other, delay, length) in enumerate(steps):
        try:
            move(cast, begun + number * HOUR, kind, name, other, delay, length)
        except Refused:
            continue
    edges = {row.starts_at for row in PatientAccess.objects.all()} | {
        row.ends_at for row in PatientAccess.objects.all() if row.ends_at
    }
    edges |= {begun + hour * HOUR for hour in range(0, 40, 3)}
    for moment in edges:
        found = set(
            PatientAccess.objects.in_force(moment).filter(patient=cast.patient).values_list("user_id", flat=True)
        )
        assert found == seeing(cast, moment), moment
    assert alone(
        list(Membership.objects.filter(care_team=cast.team, role="lead", discipline=cast.membership.discipline))
    )
