"""Digests: the same content gives the same one, any other content another, and a difference is named exactly."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.audit.digests import ENTRY, GENESIS, Damage, differences, event_digest, pack, seal_digest, unpack

ids = st.uuids()
digests = st.binary(min_size=32, max_size=32)
stretches = st.dictionaries(ids, digests, max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
events = st.dictionaries(st.sampled_from(["verb", "changes", "actor_id", "position"]), values, min_size=1)


@given(stretches)
def test_what_is_packed_is_unpacked(found: dict[UUID, bytes]) -> None:
    packed = pack(list(found.items()))
    assert len(packed) == ENTRY * len(found)
    assert dict(unpack(packed)) == found


@given(events)
def test_the_order_of_columns_does_not_matter(event: dict[str, Any]) -> None:
    assert event_digest(event) == event_digest(dict(reversed(event.items())))


@given(events, values)
def test_another_value_is_another_digest(event: dict[str, Any], value: Any) -> None:
    field = next(iter(event))
    other = event | {field: value}
    # True equals 1 for Python but not for the record.
    assert (event_digest(event) == event_digest(other)) == (repr(_plain(event[field])) == repr(_plain(value)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    return [_plain(item) for item in value] if isinstance(value, list) else value


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-12, 12))
def test_an_instant_is_the_same_in_every_time_zone(at: datetime, hours: int) -> None:
    near_the_edge = not datetime(1, 1, 3, tzinfo=UTC) < at < datetime(9999, 12, 29, tzinfo=UTC)
    elsewhere = at if near_the_edge else at.astimezone(timezone(timedelta(hours=hours)))
    assert event_digest({"at": at}) == event_digest({"at": elsewhere})


@given(stretches, stretches)
def test_every_difference_is_named_and_nothing_else(sealed: dict[UUID, bytes], found: dict[UUID, bytes]) -> None:
    expected = {Damage("missing", 7, key) for key in sealed.keys() - found.keys()}
    expected |= {Damage("added", 7, key) for key in found.keys() - sealed.keys()}
    expected |= {Damage("changed", 7, key) for key in sealed.keys() & found.keys() if sealed[key] != found[key]}
    named = differences(seal=7, packed=pack(list(sealed.items())), found=found)
    assert len(named) == len(expected)
    assert set(named) == expected


@given(st.sampled_from(["number", "from_position", "to_position", "packed", "previous"]))
def test_a_link_of_the_chain_holds_everything_that_the_seal_says(field: str) -> None:
    said: dict[str, Any] = {
        "previous": GENESIS,
        "number": 3,
        "from_position": 10,
        "to_position": 20,
        "packed": b"x" * ENTRY,
    }
    other = {**said, field: said[field] + (b"y" if isinstance(said[field], bytes) else 1)}
    assert seal_digest(**said) != seal_digest(**other)
