"""Expressions that somebody wrote to do harm: refused while they are read, at once, and by nothing but a refusal."""

from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.escalation import language
from apps.escalation.language import DEEPEST, LONGEST, BadExpression, Engine
from tests.escalation.pictures import parameters

#: Far from the seconds that such cost the engine, and far enough from what a busy machine adds.
SOON = 2.0
PARAMETERS = parameters(limit=(3, "%"), days=(28, "d"))


def nested(outer: str, depth: int, inner: str = "adult") -> str:
    """The same again and again, one within the other."""
    for _ in range(depth):
        inner = outer.replace("@", inner, 1)
    return inner


#: Macros of macros over lists of lists, 1.8 kB of them: the engine alone runs such for seconds.
COMPREHENSION = nested("[1,2,3,4,5,6,7,8,9].all(x, @)", 60, "true")
HOSTILE: dict[str, str] = {
    "has": "has(p.limit)",
    "all": "[1].all(x, x > 1)",
    "exists": "[1].exists(x, x > 1)",
    "exists one": "[1].exists_one(x, x > 1)",
    "map": "[1].map(x, x) == [1]",
    "filter": "[1].filter(x, x > 1) == [1]",
    "a macro of a parameter": "p.all(x, true)",
    "a macro of a text": '"abc".all(x, true)',
    "macros of macros": COMPREHENSION,
    "macros behind something harmless": f"adult || {COMPREHENSION}",
    "a list": "[1, 2] == [1, 2]",
    "an index": "[1, 2][0] == 1",
    "a map": '{"a": 1}.a == 1',
    "a map of a million": "{" + '"a": 1,' * 10**6 + "}",
    "an index of a parameter": 'p["limit"] > 1',
    "a parameter of a parameter": "p.limit.limit > 1",
    "all parameters": "p == p",
    "a call of a parameter": "p.limit() > 1",
    "a call of p": "p(1) > 1",
    "a choice": "adult ? true : false",
    "a choice of choices": nested("adult ? @ : jdm", 80),
    "addition": "latest(eat10) + 1 > 3",
    "texts that double": '"a" + "a" == "aa"',
    "powers": "latest(eat10) * latest(eat10) > 3",
    "division by nothing": "1 / 0 > 3",
    "a remainder": "latest(eat10) % 2 == 0",
    "a text as a pattern": '"aaaaaaaaaaaaaaaaaaaaaaaa!".matches("(a+)+$")',
    "a word as a pattern": 'matches(sex, "(a+)+$")',
    "a method": 'sex.startsWith("f")',
    "a method of a word": 'latest(wst3oz).contains("f")',
    "a conversion": "int(latest(eat10)) > 3",
    "a type": "type(adult) == bool",
    "dyn": "dyn(adult)",
    "a size": 'size("a") > 1',
    "a time": 'timestamp("2026-01-01T00:00:00Z") < timestamp("2027-01-01T00:00:00Z")',
    "a duration": 'duration("1h") < duration("2h")',
    "nothing": "adult == null",
    "bytes": 'b"a" == b"a"',
    "a raw text": 'r"fail" == latest(wst3oz)',
    "a text in single quotes": "latest(wst3oz) == 'fail'",
    "a text of three quotes": 'latest(wst3oz) == """fail"""',
    "an escaped quote": r'finding("a\") || adult || finding("b")',
    "an escape": r'finding("\u0061")',
    "a backslash": '"\\" == "a"',
    "a text over two lines": 'finding("a\nb")',
    "a text without an end": 'finding("chok',
    "a quote that looks like one": "finding(“choking”)",
    "letters that look like others": "аdult",
    "digits that look like others": "latest(eat10) > ３",
    "nothing to be seen": "adult\u200b",
    "from right to left": "adult\u202e && jdm",
    "the end of a text": "adult\x00 && [1].all(x, true)",
    "a comment": "adult // && jdm",
    "a line of its own": "adult\n[1].all(x, true)",
    "two expressions": "adult; jdm",
    "an assignment": "adult = jdm",
    "a whole number of the engine": "latest(eat10) > 3u",
    "a number in other digits": "latest(eat10) > 0xFF",
    "a number with an exponent": "latest(eat10) > 1e308",
    "a number that is too large": "latest(eat10) > 1000000000",
    "a number of 1,900 digits": f"latest(eat10) > {'9' * 1900}",
    "a fraction of 1,900 digits": f"latest(eat10) > 0.{'1' * 1900}",
    "more than all numbers": "latest(eat10) < inf",
    "no number": "latest(eat10) != nan",
    "a million parentheses": "(" * 10**6,
    "a million parentheses, closed": "(" * 10**6 + ")" * 10**6,
    "a thousand parentheses": "(" * 995 + "adult" + ")" * 995,
    "a thousand negations": "!" * 1000 + "adult",
    "a million dots": "." * 10**6,
    "a million quotes": '"' * 10**6,
    "a million spaces": " " * 10**6,
    "dots all along": "p" + ".p" * 900,
    "signs all along": "adult" + " &&" * 600,
    "minuses all along": "-" * 1900 + "1 > 1",
    "quotes all along": '"' * (LONGEST - 1),
    "two_of within two_of": nested("two_of(@, jdm, adult)", 2),
    "two_of within two_of, twenty deep": nested("two_of(@, jdm, adult)", 20),
    "two_of within two_of, between parentheses": nested("two_of(adult, !(jdm || @), adult)", 12),
    "nested too deep": nested("(@ || jdm)", DEEPEST),
    "a way out": '__import__("os")',
    "an attribute": "adult.__class__",
    "a function of the engine": "cel.bind(x, 1, x > 0)",
    "the engine's own way to a word": "latest.call(eat10)",
    "the inside of a parameter": "spans.days == p.days",
    "the inside of a key": 'key == "methotrexate"',
    "a template": "{{ adult }}",
    "SQL": "adult'; DROP TABLE escalation_criterion; --",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_refused_at_once_and_nothing_of_it_runs(text: str) -> None:
    begin = process_time()
    for read in (language.check, language.program):
        with pytest.raises(BadExpression) as caught:
            read(text)
        assert len(str(caught.value)) < len(COMPREHENSION) // 4, "what was written is not said back whole"
    with pytest.raises(BadExpression):
        language.check(text, parameters=PARAMETERS, key="medicine")
    assert process_time() - begin < SOON


@pytest.mark.parametrize(
    "inner", ["1 + 1", "[1].all(x, true)", "tis(", "latest(eat10) >= 3", 'tis("steroid")}{', "9" * 400]
)
def test_the_braces_of_a_reason_are_no_way_in(inner: str) -> None:
    with pytest.raises(BadExpression):
        language.check_reason(f"It is {{{inner}}}.")


#: The largest that the language takes.
LARGE: dict[str, str] = {
    "as deep as it goes": nested("(adult && (jdm || @))", DEEPEST // 2 - 1),
    "negated as deep as it goes": nested("!(@ || jdm)", DEEPEST - 1),
    "as many conditions as fit": " && ".join(["adult"] * ((LONGEST + 4) // 9)),
    "as many comparisons as fit": " || ".join(['latest(eat10, "9d") < 1'] * 70),
    "two_of all along": " && ".join(["two_of(jdm, adult, adult)"] * 69),
    "two_of of as much as fits": f"two_of({', '.join([' || '.join(['jdm'] * 94)] * 3)})",
    "negations all along": " && ".join(["!" * DEEPEST + "adult"] * 40),
}  # fmt: skip


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE.keys())
def test_the_largest_that_is_taken_is_read_and_run_at_once(text: str) -> None:
    assert len(text) <= LONGEST
    answers: dict[str, Any] = {"adult": lambda: True, "jdm": lambda: False, "latest": lambda *_: 3.0}
    engine, begin = Engine(answers), process_time()
    language.check(text)
    assert engine.holds(language.program(text)) in {True, False}
    assert process_time() - begin < SOON


PIECES = [
    "adult", "jdm", "latest", "eat10", "p", "key", "two_of", "finding", "(", ")", ",", ".", "&&", "||", "!", "==", "<", ">=",
    '"28d"', '"', "3", "-3", "0.5", "[", "]", "{", "}", "?", ":", "\\", "\n", "é", "𝟛", "\x00", "in", "true", "null",
]  # fmt: skip


def refused(text: str) -> BadExpression | None:
    """The refusal; None when it is taken."""
    try:
        language.check(text, parameters=PARAMETERS, key="medicine")
    except BadExpression as refusal:
        return refusal
    return None


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60))
def test_whatever_is_written_is_read_or_refused_in_its_own_text(text: str) -> None:
    refusal = refused(text)
    if refusal is None:
        assert language.atoms(text)
    else:
        assert str(refusal)
        assert refusal.position is None or 0 <= refusal.position <= len(text)
