"""What a journey's file may say, and how it is told where it goes wrong. Nothing here has a database."""

import ast
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from apps.escalation.journeys import BadJourney, read
from apps.escalation.journeys.timing import Timing, timing
from tests.journeys.house import ADULT, journey, text_of, written

#: The example of the design, whole.
EXAMPLE = """\
id: J04
title: Swallowing gets unsafe, then aspiration
timezone: Europe/Berlin
patient: {sex: female, birth_date: 1959-07-01, onset: adult, phenotype: classic, diagnosed: 2025-03-10}
criteria: [SW-01, SW-02, SW-03, SW-04, PR-01]     # only these are switched on
parameters: {PR-01: {eye_baseline: true}}
steps:
  - at: 2026-04-13 09:00
    record:
      - {observation: eat10, value: 8}
      - {observation: weight, value: 65.0, unit: kg}
    expect: {opened: [SW-01]}
  - at: 2026-04-14 09:00
    record:
      - {referral: slt, state: sent, target: 2026-04-15}
  - at: 2026-06-10 10:00
    record:
      - {resolve: dysphagia, by: slt}
    expect: {cleared: [SW-01, SW-02, SW-03, SW-04]}
  - at: 2026-06-11 06:00
    expect: {}
"""


def test_the_example_of_the_design_is_read(tmp_path: Path) -> None:
    (found,) = read(written(tmp_path, EXAMPLE))
    assert (found.id, found.kind, found.zone.key) == ("J04", "journey", "Europe/Berlin")
    assert found.patient.diagnosed == date(2025, 3, 10)
    assert list(found.criteria) == ["SW-01", "SW-02", "SW-03", "SW-04", "PR-01"]
    assert [(one.code, one.name, one.value) for one in found.parameters] == [("PR-01", "eye_baseline", True)]
    # April in Berlin is two hours ahead of UTC.
    assert found.steps[0].at == datetime(2026, 4, 13, 7, tzinfo=UTC)
    assert found.steps[0].record[1].values["value"] == Decimal("65.0")
    assert found.steps[1].record[0].values["target"] == date(2026, 4, 15)
    assert found.steps[2].record[0].by == "slt"
    assert [one.code for one in found.steps[2].expect["cleared"]] == ["SW-01", "SW-02", "SW-03", "SW-04"]
    assert found.steps[3].expect == {}


def test_everything_knows_its_line(tmp_path: Path) -> None:
    (found,) = read(written(tmp_path, EXAMPLE))
    assert [step.where.line for step in found.steps] == [8, 13, 16, 20]
    assert found.steps[0].record[1].where.line == 11
    assert str(found.steps[0].expect["opened"][0].where).endswith("own.yaml, line 12")


def test_a_file_may_hold_several(tmp_path: Path) -> None:
    text = "- " + text_of("2026-05-04 10:00").replace("\n", "\n  ").rstrip()
    found = read(written(tmp_path, f"{text}\n{text.replace('id: T', 'id: U')}\n"))
    assert [one.id for one in found] == ["T", "U"]


@pytest.mark.parametrize(
    ("written_as", "meant"),
    [
        ("2026-05-04 10:00", datetime(2026, 5, 4, 8, tzinfo=UTC)),
        ("2026-01-04 10:00", datetime(2026, 1, 4, 9, tzinfo=UTC)),
        ("2026-05-04", datetime(2026, 5, 4, 10, tzinfo=UTC)),  # a day alone means noon
        ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice that night: the first
    ],
)
def test_times_are_those_of_the_journeys_zone(tmp_path: Path, written_as: str, meant: datetime) -> None:
    assert journey(tmp_path, written_as).steps[0].at == meant


def test_numbers_stay_exact(tmp_path: Path) -> None:
    found = journey(tmp_path, "2026-05-04 | observation: temp, value: 38.10, unit: Cel")
    assert str(found.steps[0].record[0].values["value"]) == "38.10"


def test_an_expectation_can_say_more_than_a_code(tmp_path: Path) -> None:
    step = "2026-05-04 10:00 || opened: [{code: SW-01, key: fbc, severity: urgent, reason: positive}]"
    (expected,) = journey(tmp_path, step).steps[0].expect["opened"]
    assert (expected.code, expected.key, expected.severity, expected.reason) == ("SW-01", "fbc", "urgent", "positive")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("daily", Timing(1, 1, "d")),
        ("twice daily", Timing(2, 1, "d")),
        ("3 daily", Timing(3, 1, "d")),
        ("weekly", Timing(1, 1, "wk")),
        ("5 times a week", Timing(5, 1, "wk")),
        ("once a month", Timing(1, 1, "mo")),
        ("every 4 weeks", Timing(1, 4, "wk")),
        ("every day", Timing(1, 1, "d")),
        ("every 6 months", Timing(1, 6, "mo")),
        ("week", None),
        ("now and then", None),
        ("every 0 days", None),
        ("0 times a day", None),
    ],
)
def test_how_often_is_said_in_words(text: str, meant: Timing | None) -> None:
    assert timing(text) == meant


#: What is plain Python and YAML.
PURE = ["nodes", "model", "shapes", "timing", "reading", "events", "comparing", "telling"]
STEP = "2026-05-04 10:00"
#: A journey as one of a list.
LISTED = "- " + text_of(STEP).replace("\n", "\n  ").rstrip() + "\n"
#: What is wrong, on which line of the file, and a part of the rule that is told.
BAD = {
    "unknown key of a journey": (text_of(STEP).replace("title:", "titel:"), 2, "Do you mean “title”?"),
    "a missing key": (text_of(STEP).replace("title: A test\n", ""), 1, "a journey needs “title”"),
    "a key given twice": (text_of(STEP).replace("title:", "id: U\ntitle:"), 2, "the key “id” is given twice"),
    "an unknown time zone": (text_of(STEP, zone="Europe/Bonn"), 3, "not a time zone"),
    "an unknown key of the patient": (text_of(STEP, patient=ADULT.replace("sex", "gender")), 4, "“gender”"),
    "a patient born after the first step": (text_of(STEP, patient=ADULT.replace("1966", "2027")), 4, "born after"),
    "a diagnosis after the first step": (
        text_of(STEP, patient=ADULT.replace("2025-01-15", "2026-05-05")), 4, "record item “diagnosis”"
    ),
    "no day at all": (text_of(STEP, patient=ADULT.replace("1966-03-15", "1966-02-30")), 4, "birth_date is a day"),
    "an unknown onset": (text_of(STEP, patient=ADULT.replace("onset: adult", "onset: late")), 4, "“late”"),
    "a criterion named twice": (text_of(STEP, criteria="[SW-01, SW-01]"), 5, "named twice"),
    "criteria that are no list": (text_of(STEP, criteria="SW-01"), 5, "criteria is a list"),
    "parameters of another criterion": (
        text_of(STEP, more="parameters: {LU-01: {oxygen: 90}}\n"), 6, "LU-01 is not among this journey's criteria"
    ),
    "a parameter that is a word": (text_of(STEP, more="parameters: {SW-01: {positive: three}}\n"), 6, "is a number"),
    "no steps": (text_of() + "  []\n", 7, "at least one step"),
    "a step without a time": (text_of(STEP).replace("at:", "when:"), 7, "“when”"),
    "a time that is none": (text_of("2026-05-04T10:00"), 7, "at is a time"),
    "a time that the clock skips": (text_of("2026-03-29 02:30"), 7, "does not exist in Europe/Berlin"),
    "steps in the wrong order": (text_of(STEP, "2026-05-04 09:59"), 8, "after the one before it"),
    "steps at one time": (text_of(STEP, STEP), 8, "after the one before it"),
    "an unknown item": (text_of(f"{STEP} | obsrvation: eat10, value: 3"), 9, "Do you mean “observation”?"),
    "two things in one item": (text_of(f"{STEP} | finding: choking, resolve: dysphagia"), 9, "finding and resolve"),
    "an unknown key of an item": (text_of(f"{STEP} | observation: eat10, vlaue: 3"), 9, "Do you mean “value”?"),
    "an item without what it needs": (text_of(f"{STEP} | observation: eat10"), 9, "needs “value” or “error”"),
    "an attendance without its outcome": (text_of(f"{STEP} | attendance: slt"), 9, "needs “outcome”"),
    "a limit that is a word": (text_of(f"{STEP} | observation: ck, value: 3, limit: low"), 9, "limit is a number"),
    "a word where true or false is meant": (
        text_of(f"{STEP} | observation: ck, value: 3, baseline: maybe"), 9, "baseline is true or false"
    ),
    "a truth where a word is meant": (text_of(f"{STEP} | finding: true"), 9, "in quotes"),
    "a core set of five": (text_of(f"{STEP} | core_set: [1, 2, 3, 4, 5]"), 9, "six numbers"),
    "a dose without how often": (text_of(f"{STEP} | medication: prednisone, dose: 5, state: active"), 9, "“frequency”"),
    "a frequency that is none": (
        text_of(f"{STEP} | medication: prednisone, dose: 5, frequency: often, state: active"), 9, "write daily, weekly"
    ),
    "a dose of what is stopped": (
        text_of(f"{STEP} | medication: prednisone, dose: 5, frequency: daily, state: stopped"), 9, "has no dose"
    ),
    "half of a plan proposed": (
        text_of(
            f"{STEP} | medication: prednisone, dose: 5, frequency: daily, state: active;"
            " medication: folic_acid, dose: 5, frequency: weekly, state: proposed"
        ), 10, "all of it is proposed, or none of it",
    ),
    "an id taken twice": (
        text_of(f"{STEP} | finding: choking, id: a; finding: wet_voice, id: a"), 10, "the id “a” is taken"
    ),
    "an error of what is not there": (text_of(f"{STEP} | finding: choking, error: a"), 9, "has the id “a”"),
    "an error of another kind": (
        text_of(f"{STEP} | finding: choking, id: a; observation: eat10, error: a"), 10, "of the kind “observation”"
    ),
    "an unknown expectation": (text_of(f"{STEP} || opend: [SW-01]"), 8, "Do you mean “opened”?"),
    "an expectation of another criterion": (text_of(f"{STEP} || opened: [LU-01]"), 8, "LU-01 is not among"),
    "a stuck referral that opens": (text_of(f"{STEP} || opened: [SYS-02]"), 8, "SYS-02 is not among"),
    "an unknown severity": (text_of(f"{STEP} || opened: [{{code: SW-01, severity: grave}}]"), 8, "“grave”"),
    "an empty file": ("", 1, "the file is empty"),
    "no YAML": ("id: [T\n", 2, "not valid YAML"),
    "an empty list": ("[]\n", 1, "no journey in it"),
    "two of one id": (LISTED + LISTED, 8, "the id “T” is taken"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_told_with_file_line_and_rule(tmp_path: Path, case: str) -> None:
    text, line, rule = BAD[case]
    path = written(tmp_path, text)
    with pytest.raises(BadJourney) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}, line {line}: "), caught.value
    assert rule in str(caught.value)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BadJourney, match=r"gone\.yaml: it cannot be read"):
        read(tmp_path / "gone.yaml")


def test_a_file_may_not_bite_its_own_tail(tmp_path: Path) -> None:
    with pytest.raises(BadJourney, match="line 1: a journey"):
        read(written(tmp_path, "&all [*all]\n"))


@pytest.mark.parametrize("name", PURE)
def test_reading_comparing_and_telling_know_nothing_of_the_database(name: str) -> None:
    tree = ast.parse(Path(sys.modules[f"apps.escalation.journeys.{name}"].__file__ or "").read_text(encoding="utf-8"))
    named = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    named += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    ours = {f"apps.escalation.journeys.{one}" for one in PURE}
    assert [
        one
        for one in named
        if one.split(".")[0] not in {*sys.stdlib_module_names, "yaml"}
        and one not in ours
        and one != "apps.escalation.language"  # knows no database either
    ] == []
