"""Operations on sites, holidays and role grants: what they do, record and refuse."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts import operations
from apps.accounts.models import Holiday, RoleGrant, Site
from apps.accounts.permissions import Permission, Role
from apps.audit.models import AuditEvent
from apps.common.ids import new_id
from apps.common.refusals import Conflict, Forbidden, Invalid, Stale
from tests.accounts.house import House, actor, grant_of, last_event, now

DAY = timedelta(days=1)


def open_site(house: House, **more: Any) -> Site:
    values: dict[str, Any] = {"code": "annex", "name": "Annex", "time_zone": "Europe/Berlin"} | more
    return operations.open_site(by=actor(house.administrator), at=now(), **values)


def test_whoever_opens_a_site_becomes_its_administrator(house: House) -> None:
    site = open_site(house)
    assert actor(house.administrator).may_at(Permission.ACCOUNTS_WRITE, site.pk)
    assert list(AuditEvent.objects.filter(site_id=site.pk).order_by("position").values_list("verb", flat=True)) == [
        "accounts.open_site",
        "accounts.grant_role",
    ]


@pytest.mark.parametrize("who", ["coordinator", "therapist"])
def test_whoever_administers_nothing_opens_no_site(house: House, who: str) -> None:
    with pytest.raises(Forbidden):
        operations.open_site(by=actor(getattr(house, who)), at=now(), code="x", name="X", time_zone="UTC")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("code", {"code": "linden"}),
        ("code", {"code": "Not A Code"}),
        ("name", {"name": "Linden"}),
        ("name", {"name": "Lin\tden"}),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
        ("time_zone", {"time_zone": ""}),
    ],
)
def test_a_site_that_breaks_a_rule_is_not_opened(house: House, field: str, values: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refusal:
        open_site(house, **values)
    assert field in refusal.value.errors


def test_a_site_is_changed_by_its_administrators_in_the_version_they_saw(house: House) -> None:
    by = actor(house.administrator)
    site = operations.change_site(site=house.linden, by=by, at=now(), version=1, name="Linden Hospital")
    assert (site.name, site.version) == ("Linden Hospital", 2)
    with pytest.raises(Stale):
        operations.change_site(site=site, by=by, at=now(), version=1, name="Again")
    with pytest.raises(Forbidden):
        operations.change_site(site=house.harbour, by=by, at=now(), name="Mine")
    with pytest.raises(Invalid):
        operations.change_site(site=site, by=by, at=now(), code="harbour")


def test_the_date_at_a_site_is_that_of_its_own_clocks(house: House) -> None:
    site = Site(code="x", name="X", time_zone="Pacific/Auckland")
    noon = now().replace(year=2026, month=3, day=1, hour=12)
    assert site.local_date(noon) == date(2026, 3, 2)


def test_a_holiday_is_added_once_and_removed_by_an_administrator_of_the_site(house: House) -> None:
    by, day = actor(house.administrator), date(2027, 1, 1)
    holiday = operations.add_holiday(site=house.linden, by=by, at=now(), on=day, name="New Year")
    with pytest.raises(Conflict):
        operations.add_holiday(site=house.linden, by=by, at=now(), on=day, name="Again")
    with pytest.raises(Forbidden):
        operations.remove_holiday(holiday=holiday, by=actor(house.stranger), at=now())
    operations.remove_holiday(holiday=holiday, by=by, at=now())
    assert not Holiday.objects.exists()
    assert last_event().changes["on"] == ["2027-01-01", None]


def test_a_holiday_of_another_site_is_not_added(house: House) -> None:
    with pytest.raises(Forbidden):
        operations.add_holiday(
            site=house.harbour, by=actor(house.administrator), at=now(), on=date(2027, 1, 1), name="New Year"
        )


def give(house: House, **more: Any) -> RoleGrant:
    values: dict[str, Any] = {"user": house.therapist, "site": house.linden, "role": "coordinator"} | more
    return operations.grant_role(by=actor(house.administrator), at=now(), **values)


def test_a_role_begins_now_and_stays_unless_said(house: House) -> None:
    grant = give(house)
    assert (grant.ends_at, grant.granted_by_id) == (None, house.administrator.pk)
    assert Role.COORDINATOR in actor(house.therapist).roles


def test_a_role_is_not_given_at_a_site_that_one_does_not_administer(house: House) -> None:
    with pytest.raises(Forbidden):
        give(house, site=house.harbour)


@pytest.mark.parametrize("role", ["on_call", "service", "emperor", ""])
def test_a_role_that_a_person_cannot_be_given_is_refused(house: House, role: str) -> None:
    with pytest.raises(Invalid) as refusal:
        give(house, role=role)
    assert "role" in refusal.value.errors


def test_a_service_account_is_given_no_role_of_a_person(house: House) -> None:
    with pytest.raises(Invalid):
        give(house, user=house.service, role="coordinator")


def test_a_role_does_not_end_before_it_begins(house: House) -> None:
    with pytest.raises(Invalid) as refusal:
        give(house, starts_at=now() + DAY, ends_at=now())
    assert "ends_at" in refusal.value.errors


periods = st.tuples(st.integers(0, 12), st.one_of(st.none(), st.integers(1, 12)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(periods, min_size=2, max_size=4))
def test_nobody_ever_has_a_role_twice_at_once(house: House, wanted: list[tuple[int, int | None]]) -> None:
    base = now()
    RoleGrant.objects.filter(user=house.therapist).delete()
    held: list[tuple[int, int | None]] = []
    for start, length in wanted:
        end = None if length is None else start + length
        clashes = any((e is None or start < e) and (end is None or s < end) for s, e in held)
        asked: dict[str, Any] = {"starts_at": base + start * DAY, "ends_at": None if end is None else base + end * DAY}
        if clashes:
            with pytest.raises(Conflict):
                give(house, role="member", **asked)
        else:
            give(house, role="member", **asked)
            held.append((start, end))
    assert RoleGrant.objects.filter(user=house.therapist).count() == len(held)


def test_a_role_ends_now_or_later_but_not_in_the_past_and_not_twice(house: House) -> None:
    by, grant = actor(house.administrator), grant_of(house.therapist)
    with pytest.raises(Invalid):
        operations.end_grant(grant=grant, by=by, at=now(), ends_at=now() - DAY)
    later = operations.end_grant(grant=grant, by=by, at=now(), ends_at=now() + DAY)
    assert Role.MEMBER in actor(house.therapist).roles
    operations.end_grant(grant=later, by=by, at=now())
    assert actor(house.therapist).roles == {}
    with pytest.raises(Conflict):
        operations.end_grant(grant=grant, by=by, at=now())


def test_a_role_that_was_planned_ends_where_it_would_have_begun(house: House) -> None:
    grant = give(house, starts_at=now() + 3 * DAY)
    ended = operations.end_grant(grant=grant, by=actor(house.administrator), at=now())
    assert ended.ends_at == ended.starts_at


def test_an_administrator_of_another_site_ends_no_role(house: House) -> None:
    with pytest.raises(Forbidden):
        operations.end_grant(grant=grant_of(house.therapist), by=actor(house.stranger), at=now())


def test_being_on_call_follows_the_roster_and_ends_with_it(house: House) -> None:
    line = new_id()
    grant = operations.grant_on_call(
        user_id=house.therapist.pk, site_id=house.linden.pk, source_id=line, by=house.by,
        at=now(), starts_at=now(), ends_at=now() + DAY,
    )  # fmt: skip
    assert house.linden.pk in actor(house.therapist).sites_seen_whole
    with pytest.raises(Conflict, match="roster"):
        operations.end_grant(grant=grant, by=actor(house.administrator), at=now())
    at = now()
    operations.end_grants_of(source_id=line, by=house.by, at=at, ends_at=at)
    assert actor(house.therapist).sites_seen_whole == frozenset()
