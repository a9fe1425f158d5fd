"""What every shipped criterion says beside its conditions, written down from the clinical sheet: how much it presses, whom it
asks and informs, in what time, what ends it, where it comes from, and which of its numbers are uncertain.
"""

from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from apps.escalation import wording
from apps.escalation.language import program
from apps.knowledge.models import Source, Statement
from apps.nudges.ladder import ON_CALL_FIRST
from tests.escalation.house import SHIPPED, shipped

PERSON, SPEECH = "by_person", 'resolved("dysphagia", "slt")'
RH, DE, NE, PU, PT = "rheumatology", "dermatology", "neurology", "pulmonology", "physiotherapy"
SLT, CO, PH, DI, GP = "slt", "coordination", "pharmacy", "dietetics", "general-practice"
DUTY = f"{RH}{ON_CALL_FIRST}"
NOW, SOON, DAYS_5, CALM = ("30 min", "same day"), ("1 wd", "2 wd"), ("1 wd", "5 wd"), ("3 wd", "14 d")
TODAY = ("4 h", "same day")


@dataclass(frozen=True)
class Said:
    """A line of the sheet. `cites` are sources that it must name, `unsure` the numbers that are marked there, or have none."""

    group: str
    severity: str
    asks: list[str]
    informs: list[str]
    within: tuple[str, str]
    cites: set[str]
    unsure: set[str]
    clears: str = PERSON


LINES = {
    "SW-00": Said("swallowing", "urgent", [SLT], [RH, CO], SOON, {"S0-12", "S2-05"}, set(), SPEECH),
    "SW-01": Said("swallowing", "urgent", [SLT], [RH, CO], SOON, {"S0-12", "P-EAT", "P-SLT2D"}, {"assessed"}, SPEECH),
    "SW-02": Said(
        "swallowing", "urgent", [SLT, RH], [PU, DI, CO], TODAY, {"P-3OZ", "P-FOIS"},
        {"test_window", "intake_window", "intake_drop"}, SPEECH,
    ),
    "SW-03": Said(
        "swallowing", "emergency", [DUTY, PU], [SLT, CO], NOW, {"S0-12", "S2-05", "P-DYSPH"}, {"lately", "fever", "oxygen"},
        SPEECH,
    ),
    "SW-04": Said(
        "swallowing", "urgent", [SLT, DI], [RH, CO], DAYS_5, {"S0-12"},
        {"short", "short_loss", "long", "long_loss", "bmi"}, SPEECH,
    ),
    "LU-00": Said("lung", "urgent", [PU], [RH, CO], SOON, {"S0-34", "S2-05", "S2-27"}, set()),
    "LU-01": Said("lung", "emergency", [PU, DUTY], [CO], NOW, {"LP"}, {"lately", "oxygen"}),
    "LU-02": Said("lung", "urgent", [PU], [RH, PT], DAYS_5, {"P-STS", "P-ACRILD"}, {"lately", "low", "borderline"}),
    "LU-03": Said("lung", "routine", [PU], [RH], CALM, {"P-PPF", "S0-34"}, set()),
    "LU-04": Said("lung", "urgent", [PU, RH], [CO], ("1 wd", "10 wd"), {"P-PPF"}, {"breathless"}),
    "LU-05": Said(
        "lung", "emergency", [PU, DUTY], [DE, CO], NOW, {"P-MDA5", "P-MEDRA5"},
        {"lately", "breathless", "oxygen", "function", "fvc"},
    ),
    "LU-06": Said(
        "lung", "urgent", [PU, NE], [RH, SLT], SOON, {"S2-05"}, {"mip", "supine", "fvc", "fev1_fvc", "mip_low", "volume"}
    ),
    "LU-07": Said("lung", "urgent", [RH], [PU, PH], SOON, {"S2-27"}, {"lately", "breathless"}),
    "IN-01": Said("other", "urgent", [RH], [GP, CO], TODAY, {"S2-22", "S2-25", "S2-40", "P-BSR25"}, {"lately", "fever"}),
    "SK-05": Said("skin", "urgent", [DE, RH], [PU, CO], SOON, {"P-ACRILD", "P-CARISK", "P-SHARE"}, set()),
    "MO-02": Said(
        "monitoring", "routine", [PU], [RH, CO], ("3 wd", "28 d"), {"S0-34", "P-FATHI", "P-ACRILD"}, set(), '!overdue("pft")'
    ),
    "MU-01": Said("muscle", "routine", [RH], [NE, PT, CO], CALM, {"S0-07", "S2-18", "P-TIS"}, {"strength", "dose"}, ""),
}  # fmt: skip
#: Emergencies among variants: whom they ask and inform, where that is somebody else.
EMERGENCIES: dict[str, tuple[list[str], list[str]]] = {
    "SW-00": ([DUTY, PU], [SLT, CO]), "LU-00": ([PU], [RH, CO]), "LU-06": ([PU, NE], [RH, SLT]),
}  # fmt: skip
#: The numbers of the sheet, by criterion and parameter.
NUMBERS = {
    "SW-01": {"positive": "3 {score}", "assessed": "28 d"},
    "SW-02": {"test_window": "7 d", "tube": "3 {score}", "intake_window": "56 d", "intake_drop": "2 {score}"},
    "SW-03": {"lately": "72 h", "fever": "38.0 Cel", "oxygen": "94 %"},
    "SW-04": {"short": "90 d", "short_loss": "5 %", "long": "180 d", "long_loss": "10 %", "bmi": "18.5 kg/m2"},
    "LU-01": {"lately": "24 h", "oxygen": "92 %"},
    "LU-02": {"lately": "7 d", "low": "92 %", "borderline": "94 %", "fall": "4 %", "nadir": "88 %"},
    "LU-03": {"year": "365 d", "fvc": "5 %", "dlco": "10 %"},
    "LU-04": {"year": "365 d", "breathless": "1 {score}", "fvc": "5 %", "dlco": "10 %"},
    "LU-05": {"lately": "28 d", "breathless": "1 {score}", "oxygen": "3 %", "function": "90 d", "fvc": "10 %"},
    "LU-06": {
        "mip": "60 cm[H2O]", "supine": "25 %", "fvc": "50 %", "fev1_fvc": "0.70 1", "mip_low": "30 cm[H2O]", "volume": "20 mL/kg",
    },
    "LU-07": {"lately": "14 d", "breathless": "1 {score}"},
    "IN-01": {"lately": "72 h", "fever": "38.0 Cel"},
    "MU-01": {
        "strength": "150 {score}", "dose": "0.5 mg/kg/d", "days": "42 d", "scored_from": "28 d", "tis_adult": "20 {score}",
        "tis_juvenile": "30 {score}",
    },
}  # fmt: skip
every = pytest.mark.parametrize("code", LINES)


def test_no_criterion_is_shipped_that_is_not_in_this_table() -> None:
    rows = [row for path in SHIPPED.glob("*.yaml") for row in yaml.safe_load(path.read_text(encoding="utf-8"))]
    groups = {"swallowing", "lung"}
    assert {row["code"] for row in rows if row["group"] in groups} == {
        one for one in LINES if LINES[one].group in groups
    }
    assert set(LINES) <= {row["code"] for row in rows}


@every
def test_it_presses_asks_and_informs_in_time_as_the_sheet_says(code: str) -> None:
    row, said = shipped(code), LINES[code]
    assert (row["group"], row["severity"]) == (said.group, said.severity)
    assert (row["asks"], row["informs"]) == (said.asks, said.informs)
    assert (row["acknowledge_within"], row["act_within"]) == said.within
    assert said.clears in {row["clears"], ""}, "MU-01 has both scores of a class in it, tested where it is judged"


@every
def test_only_these_have_an_emergency_beside_their_own_severity(code: str) -> None:
    row = shipped(code)
    found = [one for one in row.get("variants", []) if one["severity"] == "emergency"]
    assert len(found) == (1 if code in EMERGENCIES else 0)
    for one in found:
        assert (one.get("asks", row["asks"]), one.get("informs", row["informs"])) == EMERGENCIES[code]
        assert (one["acknowledge_within"], one["act_within"]) == NOW
        assert one["reason"]


@every
def test_what_it_cites_exists_and_has_what_the_sheet_cites(knowledge: None, code: str) -> None:
    row = shipped(code)
    known = {*Source.objects.values_list("key", flat=True), *Statement.objects.values_list("code", flat=True)}
    cited = {*row["citations"], *[one["citation"] for one in row.get("parameters", {}).values()]}
    assert cited <= known
    assert LINES[code].cites <= cited
    assert {one["citation"] for one in row.get("parameters", {}).values()} <= set(row["citations"]) | {"LP", "GK"}


@every
def test_its_numbers_are_those_of_the_sheet_and_uncertain_ones_are_flagged(code: str) -> None:
    parameters: dict[str, dict[str, Any]] = shipped(code).get("parameters", {})
    assert {name: f"{one['value']} {one['unit']}" for name, one in parameters.items()} == NUMBERS.get(code, {})
    assert {name for name, one in parameters.items() if one.get("uncertain")} == LINES[code].unsure
    unverified = {
        name for name, one in parameters.items() if one["mark"] in {"LP", "GK"} or one["citation"] in {"LP", "GK"}
    }
    assert unverified <= LINES[code].unsure, "nothing that nobody has published is told as certain"


@every
def test_every_number_in_its_conditions_is_a_parameter(code: str) -> None:
    row = shipped(code)
    texts = [
        row["when"],
        *[one["when"] for one in row.get("variants", [])],
        *([] if row["clears"] == PERSON else [row["clears"]]),
    ]
    used = set()
    for text in texts:
        for call in program(text).calls:
            assert not [one for one in call.arguments if one[:1].isdigit()], f"{call.name} has a bare window"
            used |= {one for one in call.arguments if one.startswith("p.")}
        used |= {
            word for word in text.replace("(", " ").replace(")", " ").replace(",", " ").split() if word.startswith("p.")
        }
        assert not [word for word in text.split() if word.replace(".", "").isdigit()]
    assert {name.removeprefix("p.") for name in used} == set(row.get("parameters", {})), "and none is idle"


@every
def test_it_is_held_to_every_rule_of_wordings(knowledge: None, code: str) -> None:
    row = {name: value for name, value in shipped(code).items() if name not in {"code", "group"}}
    wording.hold(wording.complete(row), wording.known(set(LINES)), code=code)
