"""Looking over an expression while it is being written: what it comes to, where the mistake is, and never a fault of ours."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.escalation import outlining
from apps.escalation.language import LONGEST
from apps.escalation.names import names
from tests.cast import Cast
from tests.escalation.governing import PATH, fields, with_governance
from tests.observations.house import send

PARAMETERS = {
    "positive": {"value": "3", "unit": "{score}", "citation": "P-EAT", "mark": "V2"},
    "pos": {"value": "9", "unit": "%", "citation": "LP", "mark": "LP"},
}


@pytest.fixture
def governed(cast: Cast) -> Cast:
    return with_governance(cast)


def check(cast: Cast, text: Any, *, who: str = "governor", **more: Any) -> Any:
    return send(cast, f"{PATH}check/", {"text": text, **more}, who=who)


def found(cast: Cast, text: str, **more: Any) -> dict[str, Any]:
    answer = check(cast, text, **{"parameters": PARAMETERS, **more})
    assert answer.status_code == 200, answer.content
    shown: dict[str, Any] = answer.json()
    return shown


def test_what_can_be_read_comes_back_as_an_outline_with_its_words_and_numbers(governed: Cast) -> None:
    text = 'latest(eat10) >= p.positive && (!open_referral("slt") || adult)'
    shown = found(governed, text)
    assert (shown["ok"], shown["error"], shown["position"]) == (True, "", None)
    assert shown["tree"] == {
        "kind": "all", "words": "all of these",
        "parts": [
            {"kind": "condition", "text": "latest(eat10) >= p.positive", "words": "latest(eat10) >= 3 {score}"},
            {
                "kind": "any", "words": "any of these",
                "parts": [
                    {
                        "kind": "not", "words": "this does not hold",
                        "parts": [{"kind": "condition", "text": 'open_referral("slt")', "words": 'open_referral("slt")'}],
                    },
                    {"kind": "condition", "text": "adult", "words": "adult"},
                ],
            },
        ],
    }  # fmt: skip
    assert set(shown["words"]) == {"adult", "latest", "open_referral"}
    assert shown["names"] == ["eat10", "slt"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("latest(eat11) >= p.positive", "latest(", "eat11"),
        ("latest(eat10) >= p.negative", "latest(eat10) >= p.", "negative"),
        ("latest(eat10) + 1 >= p.positive", "latest(eat10) ", "+"),
        ("latest(eat10) >=", "latest(eat10) >=", "missing at the end"),
        ('finding("choking") && latest(weight) > p.positive', 'finding("choking") && latest(weight) ', "compared"),
        ("“", "", "“"),
    ],
)
def test_a_mistake_comes_back_with_its_place(governed: Cast, text: str, place: str, words: str) -> None:
    shown = found(governed, text)
    assert (shown["ok"], shown["tree"]) == (False, None)
    assert words in shown["error"]
    assert shown["position"] in {len(place), len(place) - 2}


def test_a_person_may_end_it_and_a_reason_has_values_in_braces(governed: Cast) -> None:
    assert found(governed, "by_person", field="clears")["ok"]
    assert not found(governed, "by_person", field="when")["ok"]
    assert found(governed, "At {latest(eat10)}.", field="reason")["ok"]
    wrong = found(governed, "At {latest(eat11)}.", field="reason")
    assert (wrong["ok"], "eat11" in wrong["error"]) == (False, True)


def test_a_key_is_known_only_to_a_criterion_that_has_one(governed: Cast) -> None:
    assert found(governed, "active(key)", key="medicine")["ok"]
    assert not found(governed, "active(key)", key="")["ok"]
    assert not found(governed, "active(key)", key="panel")["ok"]


def test_numbers_that_are_not_finished_are_looked_at_only_where_they_are_named(governed: Cast) -> None:
    half = {**PARAMETERS, "other": {"value": "", "unit": ""}}
    assert found(governed, "latest(eat10) >= p.positive", parameters=half)["ok"]
    shown = found(governed, "latest(eat10) >= p.other", parameters=half)
    assert (shown["ok"], shown["position"]) == (False, None)
    assert "other" in shown["error"]


def test_a_name_that_another_begins_with_is_not_taken_for_it() -> None:
    assert outlining.filled("a >= p.positive && b >= p.pos && drop(c) >= cap.pos", PARAMETERS) == (
        "a >= 3 {score} && b >= 9 % && drop(c) >= cap.pos"
    )


#: Texts that would harm whoever reads them carelessly.
HOSTILE = [
    "", " ", "(" * 5000, "!" * 5000, "a" * 9000, "[1,2].map(x, x)", "[1].all(a, [1].all(b, [1].all(c, true)))", "1/0 == 1",
    '"\\x00"', "latest(eat10) >= 1e999", "latest(eat10) >= 0x10", "p.__class__", "has(p.positive)", "p[0]", "true ? 1 : 2",
    "two_of(" * 50, "latest(latest(latest(eat10)))", "'; DROP TABLE patients_patient; --", "<script>alert(1)</script>",
    "\ud7ff\u200f\u202e", "latest(eat10) >= 99999999999999999999999999", "type(adult)", "size('a')", "a.b.c.d.e.f.g.h",
    '"' * 999, "\\u0041dult", "ａｄｕｌｔ", "adult /* */ && jdm", "b'abc'", 'r"""abc"""', "null",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("field", ["when", "clears", "variant", "reason"])
def test_a_hostile_text_is_answered_and_refused(governed: Cast, text: str, field: str) -> None:
    shown = found(governed, text, field=field)
    assert shown["ok"] is (field == "reason")
    assert shown["position"] is None or 0 <= shown["position"] <= max(len(text), LONGEST)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": None}, "text"), ({"text": {"a": 1}}, "text"), ({"text": "a" * 10_001}, "text"), ({}, "text"),
        ({"text": "adult", "field": "SELECT"}, "field"), ({"text": "adult", "key": "wing"}, "key"),
        ({"text": "adult", "parameters": [1]}, "parameters"), ({"text": "adult", "more": 1}, "more"),
    ],
)  # fmt: skip
def test_a_body_of_another_shape_is_refused_by_field(governed: Cast, body: dict[str, Any], field: str) -> None:
    answer = send(governed, f"{PATH}check/", body, who="governor")
    assert (answer.status_code, fields(answer)) == (400, [field])


@pytest.mark.parametrize(
    "parameters", [{"positive": None}, {"positive": [1]}, {"positive": {"value": 3}}, {"positive": "x"}, {"": {}}]
)
def test_numbers_of_another_shape_are_said_to_be_wrong(governed: Cast, parameters: dict[str, Any]) -> None:
    assert not found(governed, "latest(eat10) >= p.positive", parameters=parameters)["ok"]


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 401), ("coordinator", 403), ("therapist", 403), ("governor", 200)]
)
def test_it_is_for_those_who_write(governed: Cast, who: str, status: int) -> None:
    assert check(governed, "adult", who=who).status_code == status


PARTS = st.sampled_from(
    [
        "latest(",
        "eat10",
        ")",
        "p.",
        "positive",
        ">=",
        "&&",
        "||",
        "!",
        "(",
        '"28d"',
        ",",
        "adult",
        "two_of(",
        "missing(",
        "3",
        "key",
        " ",
    ]
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(st.text(max_size=60), st.lists(PARTS, max_size=25).map("".join)),
    field=st.sampled_from(["when", "reason"]),
)
def test_whatever_is_typed_gets_an_answer(knowledge: None, text: str, field: str) -> None:
    shown = outlining.look_over(
        text, field=field, parameters=PARAMETERS, key="", names=KNOWN.setdefault("names", names())
    )
    assert shown["ok"] is not bool(shown["error"])
    assert shown["position"] is None or 0 <= shown["position"] <= len(text)


KNOWN: dict[str, Any] = {}
