"""The language of criteria by itself: what it has, what it refuses and where."""

from typing import Any

import pytest

from apps.escalation import language
from apps.escalation.language import FLAGS, VOCABULARY, BadExpression, Names
from apps.escalation.names import names
from tests.escalation.pictures import parameters

NAMES = Names(
    instruments=frozenset({"eat10", "at", "weight", "wst3oz", "nil_by_mouth", "spo2_rest_ra"}),
    assessments=frozenset({"slt_assessment"}),
    concepts=frozenset({"dysphagia", "choking", "aspiration_pneumonia"}),
    disciplines=frozenset({"slt", "rheumatology"}),
    kinds={
        "eat10": "number",
        "weight": "number",
        "spo2_rest_ra": "number",
        "wst3oz": "code",
        "nil_by_mouth": "boolean",
    },
    categories={"dysphagia": "complication", "choking": "finding", "aspiration_pneumonia": "complication"},
    units={"eat10": "{score}", "weight": "kg", "spo2_rest_ra": "%"},
    codes={"wst3oz": ("pass", "fail")},
    medicines=frozenset({"methotrexate", "systemic_steroid"}),
    panels=frozenset({"pft"}),
    antibodies=frozenset({"mda5"}),
)
PARAMETERS = parameters(
    positive=(3, "{score}"), percent=(5, "%"), heavy=(80, "kg"), dose=("0.5", "mg/kg/d"), bare=7, days=(28, "d"), hours=(72, "h"),
    half=("1.5", "d"), none=(0, "d"),
)  # fmt: skip


def check(text: str, key: str | None = None) -> None:
    language.check(text, parameters=PARAMETERS, names=NAMES, key=key)


def refusal(text: str, key: str | None = None) -> BadExpression:
    with pytest.raises(BadExpression) as caught:
        check(text, key)
    return caught.value


#: The parameters of the examples, each in the unit that the measure it is compared with has in the knowledge that is shipped.
OF_EXAMPLES = {
    "positive": (3, "{score}"), "tube": (3, "{score}"), "full": (150, "{score}"), "limit": (1, ""), "fever": (38, "Cel"),
    "fvc": (5, "%"), "worse": (1, ""), "three_months": (5, "%"), "rise": ("1.3", "1"), "breathless": (1, "{score}"),
    "drop": (2, ""), "desaturation": (3, "%"), "longer": (60, "ms"), "times": (2, "1"), "dose": (5, ""), "window": (42, "d"),
    "days": (35, "d"), "tis_min": (20, "{score}"), "bmi": ("18.5", "kg/m2"), "cmas": (15, "{score}"), "recent": (72, "h"),
    "volume": (20, "mL/kg"),
}  # fmt: skip
EXAMPLES = {
    **{name: word.example for name, word in VOCABULARY.items()},
    **{name: flag.example for name, flag in FLAGS.items()},
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_of_every_word_is_accepted_with_what_is_shipped(knowledge: None, name: str) -> None:
    text = EXAMPLES[name]
    language.check(text, parameters=parameters(**OF_EXAMPLES), names=names(), key="")
    asked = {call.name for call in language.program(text).calls}
    assert name in asked


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_word_says_what_it_means(name: str) -> None:
    word = VOCABULARY.get(name) or FLAGS[name]
    assert word.meaning.endswith(".")
    assert word.says in {"number", "text", "boolean", "value"}
    assert (word.says == "text") >= bool(word.choices)


@pytest.mark.parametrize(
    "text",
    [
        'latest(eat10) >= p.positive && missing(slt_assessment, "28d")',
        'latest(eat10, "72h") >= 3.0',
        "latest(eat10) >= 3",
        "3 <= latest(eat10)",
        "latest(eat10) > -3.25",
        'latest(wst3oz, "7d") == "fail"',
        '"pass" != latest(wst3oz)',
        "latest(nil_by_mouth)",
        "latest(nil_by_mouth) == false",
        'complication("dysphagia") || complication("aspiration_pneumonia")',
        'finding("choking", "90d")',
        'resolved("dysphagia", "slt")',
        "adult && !jdm",
        '!(adult || jdm) && (finding("choking") || latest(weight) < 40.0)',
        "!!adult",
        "two_of(adult, jdm && adult, latest(eat10) >= 3)",
        "two_of(adult, jdm, !adult) && two_of(adult, jdm, adult)",
        "!two_of(adult, (jdm), adult || jdm)",
        "latest(spo2_rest_ra) < target_low(spo2_rest_ra)",
        "latest(spo2_rest_ra) >= p.percent",
        "latest(spo2_rest_ra) >= p.bare",
        "highest(eat10, p.days) >= p.positive || highest(eat10, p.hours) >= p.positive",
        'active("methotrexate", p.days)',
        'active("methotrexate", "28d")',
        "days_on_strong_steroid(p.dose) >= p.days",
        'missing(eat10, "9999d")',
        'sex == "female" && onset != "juvenile"',
        "true || adult",
        "latest(eat10)\n\t  > p.positive",
    ],
)
def test_what_the_language_has_is_accepted(text: str) -> None:
    check(text)


#: What is refused, and the part at which the mistake is said to be; no part stands for the end.
BAD: list[tuple[str, str]] = [
    # What CEL has and the language has not.
    ("latest(eat10) + 1.0 > 3.0", "+"),
    ("latest(eat10) * 2.0 > 3.0", "*"),
    ("latest(eat10) / 2.0 > 3.0", "/"),
    ("latest(eat10) % 2 > 3", "%"),
    ("latest(eat10) - 1.0 > 3.0", "-"),
    ("latest(eat10) -1.0 > 3.0", "-1.0"),
    ("-latest(eat10) > 3.0", "-"),
    ("latest(eat10) > 3.0 ? adult : jdm", "?"),
    ('sex in ["male"]', "in"),
    ("adult & jdm", "&"),
    ("adult = true", "="),
    ("1 < latest(eat10) < 3", "< 3"),
    # Names.
    ("worst(eat10) > 3.0", "worst"),
    ("eat10 >= p.positive", "eat10"),
    ("latest(eat11) > 3.0", "eat11"),
    ("adult && latest(eat11) > 3.0", "eat11"),
    ('missing(slt, "28d")', "slt"),
    ("latest(slt_assessment) >= 3.0", "slt_assessment"),
    ('result("eat10") == "high"', '"eat10"'),
    ("latest(eat10) >= p.negative", "p.negative"),
    ("p.positive.high > 1.0", ".high"),
    ("latest(eat10) > p", "p"),
    ('finding("dysphagie")', '"dysphagie"'),
    ('finding("dysphagia")', '"dysphagia"'),
    ('complication("choking")', '"choking"'),
    ('finding("choking") && severe("chocking")', '"chocking"'),
    ('resolved("dysphagia", "speech")', '"speech"'),
    ('open_referral("speech")', '"speech"'),
    ('active("aspirin")', '"aspirin"'),
    ('overdue("fbc")', '"fbc"'),
    ('antibody("jo1") == "positive"', '"jo1"'),
    # How a name is written.
    ('latest("eat10") > 3.0', '"eat10"'),
    ("finding(choking)", "choking"),
    ("latest(adult) > 3.0", "adult)"),
    ("latest(key) > 3.0", "key"),
    ("latest(latest(eat10)) > 3.0", "latest(eat10"),
    # Windows.
    ('latest(eat10, "28")  > 3.0', '"28"'),
    ('latest(eat10, "0d") > 3.0', '"0d"'),
    ('latest(eat10, "028d") > 3.0', '"028d"'),
    ('latest(eat10, "28 d") > 3.0', '"28 d"'),
    ('latest(eat10, "-1d") > 3.0', '"-1d"'),
    ('latest(eat10, "1.5d") > 3.0', '"1.5d"'),
    ('latest(eat10, "4w") > 3.0', '"4w"'),
    ('latest(eat10, "99999d") > 3.0', '"99999d"'),
    ("latest(eat10, 28) > 3.0", "28"),
    ("latest(eat10, days) > 3.0", "days"),
    ("latest(eat10, p.percent) > 3.0", "p.percent"),
    ("latest(eat10, p.bare) > 3.0", "p.bare"),
    ("latest(eat10, p.half) > 3.0", "p.half"),
    ("latest(eat10, p.none) > 3.0", "p.none"),
    ("latest(eat10, p.unknown) > 3.0", "p.unknown"),
    ('active("methotrexate", "72h")', '"72h"'),
    ('active("methotrexate", p.hours)', "p.hours"),
    ("days_on_strong_steroid(0.5) >= 42", "0.5"),
    # How many arguments.
    ("latest() > 3.0", ")"),
    ('latest(eat10, "2d", "3d") > 3.0', '"3d"'),
    ('severe("choking", "2d")', '"2d"'),
    ('resolved("dysphagia", "slt", "2d")', '"2d"'),
    ("highest(eat10) > 3.0", "highest"),
    ("session_drop(eat10) >= 3", "session_drop"),
    ("two_of(adult, jdm)", "two_of"),
    ("two_of(adult, jdm, adult, jdm)", ", jdm)"),
    ("two_of && adult", "two_of"),
    ("adult() && jdm", "()"),
    # Kinds and units.
    ("latest(eat10)", "latest"),
    ("p.positive", "p.positive"),
    ("adult && 3", "3"),
    ('"fail"', '"fail"'),
    ('latest(eat10) == "fail"', "=="),
    ("latest(wst3oz) >= 3", ">="),
    ("adult == 1", "=="),
    ("adult > jdm", ">"),
    ('sex > "female"', ">"),
    ('highest(wst3oz, "7d") >= 3', "wst3oz"),
    ("latest(weight) >= p.percent", ">="),
    ("p.percent <= latest(weight)", "<="),
    ('loss_percent(weight, "90d") >= p.heavy', ">="),
    ("latest(weight) < target_low(spo2_rest_ra)", "<"),
    ('latest(wst3oz) == "fial"', "=="),
    ('"fial" == latest(wst3oz)', "=="),
    ('onset == "teenage"', "=="),
    ('antibody("mda5") == "high"', "=="),
    # Form.
    ("latest(eat10) >= 3.0 &&", ""),
    ("latest(eat10 >= 3.0", ">="),
    ("(adult || jdm) == true", "== true"),
    ("(adult", ""),
    ("adult)", ")"),
    ("adult jdm", "jdm"),
    ("!", ""),
    ("", ""),
    ("  ", ""),
    ("latest(eat10) > 3.00001", "3.00001"),
    ("latest(eat10) > 1000000000", "1000000000"),
    ("latest(eat10) > 3.", "3"),
    ("latest(eat10) > 1e3", "1"),
    ("latest(eat10) > 0x1F", "0"),
    ("latest(eat10) > .5", "."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "part"), BAD, ids=[text or "nothing" for text, _ in BAD])
def test_what_it_has_not_is_refused_where_the_mistake_is(text: str, part: str) -> None:
    found = refusal(text)
    assert found.position == (text.rindex(part) if part else len(text)), str(found)
    assert str(found).startswith(f"At character {found.position + 1}: "), "whoever counts begins with one"


def test_the_position_is_that_of_the_mistake_and_not_of_a_word_that_looks_like_it() -> None:
    text = 'latest(at) >= 3.0 && finding("at")'
    assert refusal(text).position == text.index('"at"')


def test_what_can_be_is_said_where_something_cannot_be() -> None:
    assert "pass, fail" in str(refusal('latest(wst3oz) == "fial"'))
    assert "% cannot be compared with what is in kg" in str(refusal("p.percent <= latest(weight)"))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("medicine", "active(key)"),
        ("medicine", "dose_mg_day(key) > 3"),
        ("medicine", "tis(key) < 20"),
        ("panel", "overdue(key)"),
    ],
)
def test_a_key_is_named_by_criteria_that_have_it_only(kind: str, text: str) -> None:
    check(text, key=kind)
    for other in {"", "medicine", "panel"} - {kind}:
        assert refusal(text, key=other).position == text.index("key")


def test_a_key_stands_for_nothing_else() -> None:
    for text in ("finding(key)", "open_referral(key)", 'key == "methotrexate"', "antibody(key)"):
        assert refusal(text, key="medicine").position == text.index("key")


def test_without_names_only_the_form_is_checked() -> None:
    language.check('finding("nothing_known") && latest(nothing_known) > 1.0')
    with pytest.raises(BadExpression):
        language.check('finding("nothing_known", "28")')


def test_an_expression_has_an_end() -> None:
    longest = "adult" + " " * (language.LONGEST - len("adult"))
    check(longest)
    assert str(language.LONGEST) in str(refusal(longest + " "))


def test_an_expression_is_nested_so_deep_and_no_deeper() -> None:
    deep = language.DEEPEST - 1
    check("(" * deep + "adult" + ")" * deep)
    found = refusal("(" * (deep + 1) + "adult" + ")" * (deep + 1))
    assert found.position == deep + 1


@pytest.mark.parametrize("text", [None, 3, b"adult", ["adult"]])
def test_what_is_no_text_is_no_expression(text: Any) -> None:
    assert refusal(text).position is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("adult", ["adult"]),
        ("adult && jdm", ["adult", "jdm"]),
        ("!adult || !(jdm && adult)", ["adult", "jdm", "adult"]),
        ('latest(eat10, "2d") >= p.positive && adult', ['latest(eat10, "2d") >= p.positive', "adult"]),
        ("two_of(adult, jdm, latest ( eat10 ) != 3.0)", ["adult", "jdm", "latest ( eat10 ) != 3.0"]),
        ('((finding("choking")))', ['finding("choking")']),
    ],
)
def test_the_single_conditions_of_an_expression_are_as_they_were_written(text: str, expected: list[str]) -> None:
    assert language.atoms(text) == expected
