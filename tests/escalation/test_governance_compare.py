"""What one wording changes of another: field by field, number by number, word by word."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.escalation.comparing import ADDED, REMOVED, SAME, Change, compare, pieces
from apps.escalation.models import CriterionVersion
from tests.cast import Cast
from tests.escalation.governing import (
    PATH,
    WORDING,
    another,
    at,
    browser,
    drafted,
    page,
    stricter,
    version,
    with_governance,
)
from tests.escalation.house import NOBODYS, shipped
from tests.observations.house import get

BEFORE: dict[str, Any] = {
    "name": "Positive swallow screen", "when": 'latest(eat10) >= p.positive && missing(slt_assessment, "28d")',
    "asks": ["slt"], "informs": [], "severity": "urgent",
    "parameters": {
        "positive": {"value": "3", "unit": "{score}", "citation": "P-EAT", "mark": "V2"},
        "window": {"value": "28", "unit": "d", "citation": "LP", "mark": "LP", "uncertain": True},
    },
    "variants": [{"when": "adult", "severity": "urgent"}, {"when": "jdm", "severity": "emergency", "reason": "Young."}],
}  # fmt: skip


def changed(**more: Any) -> list[Change]:
    return compare(BEFORE, {**copy.deepcopy(BEFORE), **more})


def said(found: list[Change]) -> list[tuple[str, str, str | None, str | None]]:
    return [(one.field, one.kind, one.before, one.after) for one in found]


def test_the_same_differs_in_nothing() -> None:
    assert changed() == []


def test_a_field_that_changed_stands_before_and_after() -> None:
    assert said(changed(severity="routine", informs=["rheumatology", "coordination"], asks=["slt", "dietetics"])) == [
        ("asks", "changed", "slt", "slt, dietetics"),
        ("informs", "added", None, "rheumatology, coordination"),
        ("severity", "changed", "urgent", "routine"),
    ]


def test_numbers_are_compared_one_by_one_and_part_by_part() -> None:
    numbers = copy.deepcopy(BEFORE["parameters"])
    numbers["positive"] |= {"value": "5", "citation": "LP"}
    del numbers["window"]
    numbers["later"] = {"value": "1.5", "unit": "mg/d", "citation": "GK", "mark": "GK", "uncertain": True}
    assert said(changed(parameters=numbers)) == [
        ("parameters.later", "added", None, "1.5 mg/d (GK, GK, uncertain)"),
        ("parameters.positive.value", "changed", "3", "5"),
        ("parameters.positive.citation", "changed", "P-EAT", "LP"),
        ("parameters.window", "removed", "28 d (LP, LP, uncertain)", None),
    ]


def test_an_uncertain_number_that_becomes_certain_is_a_change() -> None:
    numbers = copy.deepcopy(BEFORE["parameters"])
    del numbers["window"]["uncertain"]
    assert said(changed(parameters=numbers)) == [("parameters.window.uncertain", "removed", "yes", None)]


def test_variants_keep_company_with_their_conditions() -> None:
    new = {"when": "immunosuppressed", "severity": "emergency"}
    assert said(changed(variants=[new, *BEFORE["variants"]])) == [
        ("variants.1", "added", None, "when: immunosuppressed; severity: emergency")
    ]
    assert said(changed(variants=BEFORE["variants"][1:])) == [
        ("variants.1", "removed", "when: adult; severity: urgent", None)
    ]
    assert said(changed(variants=[BEFORE["variants"][0], {**BEFORE["variants"][1], "severity": "urgent"}])) == [
        ("variants.2.severity", "changed", "emergency", "urgent")
    ]
    assert said(changed(variants=[{**BEFORE["variants"][0], "when": "adult && jdm"}, BEFORE["variants"][1]])) == [
        ("variants.1.when", "changed", "adult", "adult && jdm")
    ]


def test_an_expression_is_compared_word_by_word() -> None:
    found = pieces(
        'latest(eat10) >= p.positive && missing(slt, "28d")', 'latest(eat10, "7d") >= p.positive && missing(slt, "14d")'
    )
    assert [(one.kind, one.text) for one in found] == [
        (SAME, "latest(eat10"), (ADDED, ', "7d"'), (SAME, ") >= p.positive && missing(slt, "), (REMOVED, '"28d"'),
        (ADDED, '"14d"'), (SAME, ")"),
    ]  # fmt: skip


@given(before=st.text(max_size=80), after=st.text(max_size=80))
def test_the_pieces_hold_both_texts(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(one.text for one in found if one.kind != ADDED) == before
    assert "".join(one.text for one in found if one.kind != REMOVED) == after


@pytest.fixture
def governed(cast: Cast) -> Cast:
    return with_governance(cast)


def test_the_door_says_what_the_wording_of_the_address_changes_of_the_other(governed: Cast) -> None:
    base, row = version("SW-01"), another(governed, parameters=stricter(value="5"), name="Stricter")
    answer = get(governed, f"{PATH}{row.pk}/compare/?with={base.pk}", who="therapist")
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["before"], shown["after"]) == (str(base.pk), str(row.pk))
    assert [(one["field"], one["before"], one["after"]) for one in shown["changes"]] == [
        ("name", shipped("SW-01")["name"], "Stricter"), ("parameters.positive.value", "3", "5"),
    ]  # fmt: skip
    back = get(governed, f"{PATH}{base.pk}/compare/?with={row.pk}").json()["changes"]
    assert [(one["before"], one["after"]) for one in back][1] == ("5", "3")
    assert get(governed, f"{PATH}{row.pk}/compare/?with={row.pk}").json()["changes"] == []


@pytest.mark.parametrize(
    ("other", "status"), [("", 400), ("?with=", 400), ("?with=SW-01", 400), (f"?with={NOBODYS}", 404)]
)
def test_the_other_wording_is_named_by_an_id_that_is_there(governed: Cast, other: str, status: int) -> None:
    assert get(governed, f"{PATH}{version('SW-01').pk}/compare/{other}").status_code == status


def test_every_pair_of_shipped_wordings_can_be_compared(governed: Cast) -> None:
    rows = list(CriterionVersion.objects.all())
    for one in rows:
        for other in rows:
            assert bool(compare(one.content, other.content)) is (one.pk != other.pk)


def test_the_admin_marks_what_was_added_and_removed(governed: Cast) -> None:
    base = drafted(
        governed, criterion="LU-90", group="lung", **{**WORDING, "when": 'latest(spo2_rest_ra, "28d") < p.limit'}
    )
    numbers = {"limit": {**WORDING["parameters"]["limit"], "value": "90"}}
    row = drafted(governed, based_on=str(base.pk), when='latest(spo2_rest_ra, "14d") < p.limit', parameters=numbers)
    shown = page(browser(governed, "coordinator"), f"{at('compare', row.pk)}?with={base.pk}")
    assert "2 differences" in shown
    assert "number limit: value" in shown
    assert "&quot;28d&quot;</del>" in shown
    assert "&quot;14d&quot;</ins>" in shown
    assert f"{at('compare', row.pk)}?with={base.pk}" in page(browser(governed, "coordinator"), at("change", row.pk))
    assert "Both say the same" in page(browser(governed), f"{at('compare', row.pk)}?with={row.pk}")
    for wrong in ("", "?with=x", f"?with={NOBODYS}"):
        assert browser(governed).get(at("compare", row.pk) + wrong).status_code == 404


def test_what_somebody_typed_is_never_read_as_markup(governed: Cast) -> None:
    row = another(governed, name="<script>alert(1)</script>", advice="<b>bold</b>")
    for url in (
        at("change", row.pk),
        at("new", row.pk),
        f"{at('compare', row.pk)}?with={version('SW-01').pk}",
        at("changelist"),
    ):
        shown = page(browser(governed), url)
        assert "<script>alert(1)" not in shown
        assert "<b>bold" not in shown
