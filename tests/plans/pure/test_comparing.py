"""What differs between two versions, and the digest that an approval is bound to."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.plans.comparing import Changed, compare, digest

ONE, TWO = UUID(int=1), UUID(int=2)
PREDNISONE: dict[str, Any] = {
    "item_id": ONE, "medicine": "prednisone", "dose": Decimal(60), "unit": "mg", "starts_on": date(2026, 1, 5), "stops_on": None,
}  # fmt: skip
METHOTREXATE: dict[str, Any] = {"item_id": TWO, "medicine": "methotrexate", "dose": Decimal(10), "unit": "mg"}


def test_what_was_added_removed_changed_and_left_alone() -> None:
    folic = {"item_id": UUID(int=3), "medicine": "folic_acid", "dose": Decimal(5), "unit": "mg"}
    found = compare([PREDNISONE, METHOTREXATE], [folic, {**METHOTREXATE, "dose": Decimal(15)}])
    assert found.added == (folic,)
    assert found.removed == (PREDNISONE,)
    assert found.changed == (Changed(str(TWO), "dose", Decimal(10), Decimal(15)),)
    assert found.unchanged == ()
    assert not found.nothing


def test_the_same_content_does_not_differ() -> None:
    found = compare([PREDNISONE, METHOTREXATE], [METHOTREXATE, {**PREDNISONE, "dose": Decimal("60.0000")}])
    assert found.nothing
    assert len(found.unchanged) == 2


def test_a_field_that_came_or_went_has_changed() -> None:
    more = {**METHOTREXATE, "route": "sc"}
    assert compare([METHOTREXATE], [more]).changed == (Changed(str(TWO), "route", None, "sc"),)
    assert compare([more], [METHOTREXATE]).changed == (Changed(str(TWO), "route", "sc", None),)
    assert compare([METHOTREXATE], [{**METHOTREXATE, "route": None}]).nothing is False


def test_an_empty_version_is_compared_too() -> None:
    assert compare([], []).nothing
    assert compare([], [PREDNISONE]).added == (PREDNISONE,)


@pytest.mark.parametrize("items", [[PREDNISONE, PREDNISONE], [{"medicine": "prednisone"}], [{"item_id": None}]])
def test_items_without_an_id_or_with_the_same_are_refused(items: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="id"):
        compare(items, [])


def test_two_items_of_one_id_have_no_digest() -> None:
    with pytest.raises(ValueError, match="Two items"):
        digest([PREDNISONE, PREDNISONE])


def test_a_digest_is_sha_256_in_hex_over_canonical_json() -> None:
    # sha256 of {"dose":"10"}, worked out with sha256sum.
    assert digest({"dose": Decimal("10.0")}) == "c31188fe2abee372438e9d2345129a1d57e6b8d8ac4a79ec458522cdaadc2bee"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal(10), Decimal("10.0")),
        (Decimal(10), Decimal("1E+1")),
        (Decimal("0.5"), Decimal("0.5000")),
        (Decimal(0), Decimal("-0.00")),
        (10, Decimal("10.00")),
        (date(2026, 1, 5), "2026-01-05"),
        (UUID(int=1), str(UUID(int=1))),
        ((1, 2), [1, 2]),
        ({"a", "b"}, {"b", "a"}),
        (datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 1, 5, 14, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_values_that_mean_the_same_have_the_same_digest(one: Any, other: Any) -> None:
    assert digest({"x": one}) == digest({"x": other})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal(10), Decimal(100)),
        (Decimal("0.1"), Decimal("0.10000000000000000000000000001")),
        (None, ""),
        (True, 1),
        (False, None),
        ([1, 2], [2, 1]),
        ([], None),
        ("a", "A"),
    ],
)
def test_values_that_mean_different_things_have_different_digests(one: Any, other: Any) -> None:
    assert digest({"x": one}) != digest({"x": other})


@pytest.mark.parametrize("value", [0.1, Decimal("NaN"), Decimal("Infinity"), datetime(2026, 1, 5, 12), b"x", object()])  # noqa: DTZ001
def test_a_value_without_one_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        digest({"x": value})


def test_a_choice_counts_as_its_word() -> None:
    class Basis(StrEnum):
        COURSE = "course"

    assert digest({"x": Basis.COURSE}) == digest({"x": "course"})


ITEMS = [{**METHOTREXATE, "item_id": UUID(int=number), "dose": Decimal(number)} for number in range(1, 7)]


@given(st.permutations(ITEMS), st.permutations(ITEMS))
def test_the_order_of_items_changes_no_digest(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    assert digest({"medications": one, "goals": []}) == digest({"goals": [], "medications": other})
    assert compare(one, other).nothing


fields = st.dictionaries(
    st.sampled_from(["dose", "unit", "note", "stops_on"]),
    st.one_of(
        st.none(),
        st.booleans(),
        st.text(max_size=5),
        st.dates(),
        st.decimals(allow_nan=False, allow_infinity=False, places=3),
    ),
)


@given(fields, fields)
def test_a_digest_differs_exactly_when_the_content_does(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = {"item_id": ONE, **one}, {"item_id": ONE, **other}
    assert (digest([before]) == digest([after])) is compare([before], [after]).nothing


@given(fields, fields)
def test_back_and_forth_is_the_same_difference_turned_round(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = {"item_id": ONE, **one}, {"item_id": TWO, **other}
    there, back = compare([before], [after]), compare([after], [before])
    assert (there.added, there.removed) == (back.removed, back.added)
