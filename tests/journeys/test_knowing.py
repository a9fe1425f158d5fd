"""Codes that are not known here are refused with file and line, before anything is played."""

from pathlib import Path

import pytest

from apps.audit.models import AuditEvent
from apps.escalation.journeys import BadJourney, check, play
from apps.escalation.models import Criterion
from tests.journeys.house import CHILD, journey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("criteria")]
STEP = "2026-05-04 10:00"
#: The record item, and a part of what is told.
BAD = {
    "observation: eat_10, value: 3": "the instrument “eat_10”. Do you mean “eat10”?",
    "observation: tis, value: 20": "tis is computed",
    "observation: eat10, value: pass": "eat10 is a number",
    "observation: wst3oz, value: failed": "the value of wst3oz “failed”. Do you mean “fail”?",
    "observation: ck, value: 300": "ck needs “limit”",
    "finding: dry_cough": "the finding “dry_cough”. Do you mean “new_dry_cough”?",
    "finding: dysphagia": "dysphagia is a complication",
    "complication: choking": "choking is a finding",
    "resolve: hiccups": "the finding or complication “hiccups”",
    "antibody: mda6, result: positive": "the antibody “mda6”. Do you mean “mda5”?",
    "assessment: slt": "the kind of assessment “slt”",
    "document: pjp": "the document “pjp”",
    "medication: methotrexat, dose: 15, frequency: weekly, state: active": "Do you mean “methotrexate”?",
    "intervention: yoga, state: active": "the intervention “yoga”",
    "attendance: dermatology, outcome: attended": "the discipline with sessions “dermatology”",
    "referral: speech, state: sent": "the discipline “speech”",
    "referral: pathology, state: sent": "nobody is referred to pathology",
    "referral: slt, state: sent, reason: swallow": "Do you mean “slt_swallow”?",
    "acknowledge: LU-01": "the criterion of this journey “LU-01”",
    "close: LU-01, reason: over": "the criterion of this journey “LU-01”",
    "finding: choking, by: speech": "the discipline “speech”",
}


@pytest.mark.parametrize("item", BAD)
def test_an_unknown_code_is_told_with_its_line(tmp_path: Path, item: str) -> None:
    found = journey(tmp_path, f"{STEP} | {item}")
    with pytest.raises(BadJourney) as caught:
        check(found)
    assert "own.yaml, line 9: " in str(caught.value)
    assert BAD[item] in str(caught.value)


def test_an_unknown_criterion_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadJourney, match="line 5: unknown: the criterion “SW-99”"):
        check(journey(tmp_path, STEP, criteria="[SW-01, SW-99]"))


def test_a_criterion_without_a_version_is_unknown(tmp_path: Path) -> None:
    Criterion.objects.create(code="SW-98", group="swallowing")
    with pytest.raises(BadJourney, match="unknown: the criterion “SW-98”"):
        check(journey(tmp_path, STEP, criteria="[SW-98]"))


def test_an_unknown_parameter_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadJourney, match="line 6: unknown: the parameter of SW-01 “positiv”"):
        check(journey(tmp_path, STEP, more="parameters: {SW-01: {positiv: 4}}\n"))


def test_a_child_is_scored_by_childrens_measures(tmp_path: Path) -> None:
    check(journey(tmp_path, f"{STEP} | core_set: [6, 6, 30, 1.75, 900, 4]", patient=CHILD))


def test_nothing_is_played_of_a_journey_with_an_unknown_code(tmp_path: Path) -> None:
    before = AuditEvent.objects.count()
    outcome = play(
        journey(tmp_path, f"{STEP} | observation: eat10, value: 8 || opened: [SW-01]", "2026-05-05 | finding: cough")
    )
    assert not outcome.passed
    assert "line 12: unknown: the finding “cough”" in outcome.difference
    assert "eat10 8" not in outcome.timeline
    assert AuditEvent.objects.count() == before
