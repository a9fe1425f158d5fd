"""The language of criteria as a page that people read. It is drawn from the code that enforces it. Standard library only."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.escalation.language import BY_PERSON, DEEPEST, FLAGS, LONGEST, PLACES, VOCABULARY, Flag, Word
from apps.escalation.language.words import SAME

#: Where the page stands, below the folder of the project.
PLACE = "docs/criteria-language.md"
TITLE = "The language of criteria"
LEAD = (
    "A criterion says in one expression when people are to be asked, and in another when that is over. Expressions are a small "
    "part of CEL (Common Expression Language): conditions about one patient, joined by and, or and not. They read what is known "
    "about that patient and nothing else, and they change nothing."
)
DRAWN = (
    "This page is drawn from the code that reads expressions, by `manage.py draw_criteria_language`. What criteria are for, and "
    "how they come to be switched on, stands in [criteria.md](criteria.md)."
)
GRAMMAR = """\
expression = all { "||" all }
all        = condition { "&&" condition }
condition  = { "!" } ( "(" expression ")" | two_of | operand [ sign operand ] )
two_of     = "two_of(" expression "," expression "," expression ")"
sign       = "==" | "!=" | "<" | "<=" | ">" | ">="
operand    = a number | "a text" | true | false | p.name | a flag | a word(its arguments)"""
OWN = "its own"
SAYS = {
    "number": "a number",
    "text": "a text",
    "boolean": "true or false",
    "value": "as the instrument",
}


@dataclass(frozen=True)
class Line:
    """A word or flag: how it is written, what it says and in which unit, what it means, and an example."""

    call: str
    says: str
    unit: str
    meaning: str
    example: str


@dataclass(frozen=True)
class Rule:
    """Something that is written so, and what that means or why it is refused."""

    code: str
    words: str


OPERATORS = (
    Rule("a && b", "Both hold."),
    Rule("a || b", "At least one of them holds. && binds more closely than ||."),
    Rule("!a", "It does not hold."),
    Rule("(a || b) && c", "Parentheses, as everywhere."),
    Rule("two_of(a, b, c)", "At least two of three conditions hold."),
    Rule("x == y, x != y", "Two numbers, two texts or two answers are the same, or are not."),
    Rule(
        "x < y, x <= y, x > y, x >= y", "Numbers alone. What is in one unit is never compared with what is in another."
    ),
)
OPERANDS = (
    Rule(
        "p.name", "A number of the criterion, with its unit and source. Whatever a hospital may want to change is one."
    ),
    Rule("3, 0.75, -2", f"A number, with at most {PLACES} digits behind the point. Comparisons of numbers are exact."),
    Rule('"fail"', "A text, in double quotes."),
    Rule("true, false", "Answers."),
)
ARGUMENTS = (
    Rule("instrument, measured", "The code of an instrument, without quotes; measured: one whose values are numbers."),
    Rule("measure", "The code of an instrument or the kind of an assessment, without quotes."),
    Rule(
        "assessment, finding, complication, concept", "Its code, in quotes; a concept is a finding or a complication."
    ),
    Rule("discipline, antibody", "Its code, in quotes."),
    Rule(
        "medicine, panel",
        "Its code, or that of a group of medicines, in quotes; or key, without quotes, in a criterion that is judged once for "
        "each medicine or panel.",
    ),
    Rule(
        "window",
        'Such as "28d" or "72h", or p.name of a number in d or h. Days compare dates at the site, both ends included; hours '
        "compare instants.",
    ),
    Rule("tail", "A window in days."),
    Rule("dose", "p.name of a number in mg/kg/d."),
)
BRACKETS = (
    "What stands in brackets may be left out. “as the instrument” is a number, a code or yes and no; “its own” is the unit "
    "of the instrument that is named."
)
ABSENCE = "These may be true because something is not there, or because time has passed"
#: Each is refused when it is saved, with the character at which the mistake stands.
REFUSED = (
    Rule("latest(weight) - 2 < p.low", "There is no arithmetic: words compute, exactly, as CEL's own numbers do not."),
    Rule("[1, 2].exists(x, x > 1)", "There are no macros, lists or maps: nested, they can run for seconds."),
    Rule(
        "latest(eat10) > 3 ? true : false", "There is no choosing: a variant of the criterion says what is otherwise."
    ),
    Rule('latest(wst3oz).matches("f.*")', "There are no patterns and no methods."),
    Rule("latest(eat10)", "A value by itself is no condition: compare it."),
    Rule('latest(eat10) == "high"', "A number is never the same as a text."),
    Rule('onset > "adult"', "Only numbers are more or less than each other."),
    Rule("days_since(eat10) >= p.percent", "What is in days cannot be compared with what is in percent."),
    Rule('onset == "newborn"', "It is never that, so it would never fire."),
    Rule("weight < p.low", "A measure is asked for by a word: latest(weight)."),
    Rule("latest(eat10) >= p.unheard_of", "There is no such number in the criterion."),
    Rule('missing(eat10, "4 weeks")', "That is no window."),
    Rule("latest(eat10) >= 2.99999", f"More than {PLACES} digits behind the point cannot be compared exactly."),
)
#: What the examples of refusals take for the criterion's numbers, so that each is refused for what it shows.
NUMBERS = {
    "low": {"value": "40", "unit": "kg", "citation": "LP", "mark": "LP"},
    "percent": {"value": "5", "unit": "%", "citation": "LP", "mark": "LP"},
}
BOUNDS = (
    f"An expression has at most {LONGEST} characters and is nested at most {DEEPEST} deep. Saving checks every name, unit, "
    "window and code against the instruments and the knowledge in force."
)
UNKNOWN = (
    "What was never recorded, or not within the window, is unknown. Unknown never fires, and never ends anything.",
    "“unknown || true” is true, “unknown && false” is false: what is known decides where it can. “!unknown” is unknown.",
    "So “not this” is silent as soon as a value is missing. To give way to a sharper criterion, name it under “excludes”.",
    "What was corrected or entered in error, and a value of unacceptable quality, counts as never recorded.",
    "What could not be judged is listed on the patient's page as not assessable, with what is missing.",
)
ENDINGS = (
    Rule(BY_PERSON, "In place of the expression that ends an escalation: only a person does."),
    Rule(
        '{tis("systemic_steroid", "28d")}', "In the words of a variant's reason, a value in braces stands in its place."
    ),
)


def words() -> list[Line]:
    """Every word, in the order of the vocabulary."""
    return [_of_word(name, word) for name, word in VOCABULARY.items()]


def flags() -> list[Line]:
    """Every flag."""
    return [_of_flag(name, flag) for name, flag in FLAGS.items()]


def absent() -> list[str]:
    """The names of what may be true because something is not there, or because time has passed."""
    of_words = [name for name, word in VOCABULARY.items() if word.absence]
    return of_words + [name for name, flag in FLAGS.items() if flag.absence]


def _of_word(name: str, word: Word) -> Line:
    needed = len(word.arguments) - word.optional
    first, rest = ", ".join(word.arguments[:needed]), word.arguments[needed:]
    more = "".join(f"[, {kind}]" if first else f"[{kind}]" for kind in rest)
    unit = OWN if word.unit == SAME else word.unit
    return Line(f"{name}({first}{more})", _says(word.says, word.choices), unit, word.meaning, word.example)


def _of_flag(name: str, flag: Flag) -> Line:
    return Line(name, _says(flag.says, flag.choices), flag.unit, flag.meaning, flag.example)


def _says(kind: str, choices: tuple[str, ...]) -> str:
    return f"{SAYS[kind]}: {', '.join(choices)}" if choices else SAYS[kind]


def draw() -> str:
    """The page as Markdown."""
    parts = [
        f"# {TITLE}\n",
        f"{DRAWN}\n", f"{LEAD}\n",
        "## How an expression is written\n", f"```\n{GRAMMAR}\n```\n", rules(OPERATORS), rules(OPERANDS),
        "## What is unknown\n", *[f"- {one}" for one in UNKNOWN], "",
        "## Words\n", table(words()),
        f"{BRACKETS}\n", rules(ARGUMENTS),
        "## Flags\n", "Words without arguments.\n", table(flags()),
        f"{ABSENCE}: {', '.join(f'`{one}`' for one in absent())}.\n",
        "## Beside expressions\n", rules(ENDINGS),
        "## What is refused, and why\n", rules(REFUSED), f"{BOUNDS}\n",
    ]  # fmt: skip
    return "\n".join(parts).rstrip() + "\n"


def table(lines: Iterable[Line]) -> str:
    """Words or flags, a line each."""
    rows = [[_code(one.call), one.says, one.unit, one.meaning, _code(one.example)] for one in lines]
    return _table(["word", "says", "unit", "meaning", "example"], rows)


def rules(found: Iterable[Rule]) -> str:
    """Rules, a line each."""
    return _table(["written", "meaning"], [[_code(one.code), one.words] for one in found])


def _code(text: str) -> str:
    return f"`{text}`"


def _table(headers: list[str], rows: Iterable[list[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *[[cell.replace("|", "\\|") for cell in row] for row in rows]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
