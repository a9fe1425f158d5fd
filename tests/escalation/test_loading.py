"""Loading criteria: known wordings change nothing, a changed one is a new draft, and a bad file leaves nothing behind."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.audit.models import AuditEvent
from apps.escalation.loading import BadCriteria
from apps.escalation.models import Criterion, CriterionVersion
from tests.cast import Cast
from tests.escalation.house import SHIPPED, place, shipped, switch_on, write

Row = dict[str, Any]


def everything() -> list[Any]:
    return list(CriterionVersion.objects.order_by("pk").values())


def test_loading_twice_changes_nothing(knowledge: None) -> None:
    first = place(SHIPPED)
    assert len(first.drafted) == CriterionVersion.objects.count() >= 3
    before, events = everything(), AuditEvent.objects.count()
    again = place(SHIPPED)
    assert again.drafted == []
    assert len(again.unchanged) == len(first.drafted)
    assert everything() == before
    assert AuditEvent.objects.count() == events


def test_the_command_loads_what_is_shipped_and_says_what_is_new(knowledge: None, capsys: Any) -> None:
    call_command("load_criteria")
    assert "SW-01 version 1" in capsys.readouterr().out
    assert set(CriterionVersion.objects.values_list("state", flat=True)) == {"draft"}
    call_command("load_criteria")
    assert "0 new" in capsys.readouterr().out


def test_a_changed_wording_arrives_as_a_draft_while_the_old_one_stays_on(house: Cast, tmp_path: Path) -> None:
    before = CriterionVersion.objects.get(criterion__code="SW-01")
    changed = shipped("SW-01")
    changed["parameters"]["positive"]["value"] = "5"
    report = place(write(tmp_path, changed, shipped("SW-00")))
    assert (report.drafted, report.unchanged) == (["SW-01 version 2"], ["SW-00"])
    after = CriterionVersion.objects.get(pk=before.pk)
    assert (after.state, after.content, after.version) == ("active", before.content, before.version)
    new = CriterionVersion.objects.get(criterion__code="SW-01", number=2)
    assert (new.state, new.parameters["positive"]["value"], new.signed_by) == ("draft", "5", None)
    assert Criterion.objects.filter(code="SW-01").count() == 1
    assert place(tmp_path).drafted == []


def test_a_wording_that_comes_back_after_it_was_retired_is_not_doubled(house: Cast, tmp_path: Path) -> None:
    switch_on(house, tmp_path, shipped("SW-01") | {"name": "Another"})
    assert place(SHIPPED).drafted == []
    states = dict(CriterionVersion.objects.filter(criterion__code="SW-01").values_list("number", "state"))
    assert states == {1: "retired", 2: "active"}


def put(path: str, value: Any) -> Callable[[Row], None]:
    """Sets a value in a row, by its path."""

    def change(row: Row) -> None:
        *steps, last = path.split(".")
        where: Any = row
        for step in steps:
            where = where[int(step) if step.isdigit() else step]
        where[last] = value

    return change


def leave_out(path: str) -> Callable[[Row], None]:
    """Takes a key out of a row."""

    def change(row: Row) -> None:
        *steps, last = path.split(".")
        where: Any = row
        for step in steps:
            where = where[int(step) if step.isdigit() else step]
        del where[last]

    return change


BAD: dict[str, Callable[[Row], None]] = {
    "an unknown key": put("colour", "red"),
    "an unknown key in a variant": put("variants.0.colour", "red"),
    "no name": leave_out("name"),
    "no clears": leave_out("clears"),
    "a variant without a condition": leave_out("variants.0.when"),
    "a variant without a severity": leave_out("variants.0.severity"),
    "an unknown discipline to ask": put("asks", ["slt", "astrology"]),
    "an unknown discipline to inform": put("informs", ["astrology"]),
    "an unknown discipline of a variant": put("variants.0.asks", ["astrology:on-call"]),
    "an unknown discipline a variant informs": put("variants.0.informs", ["astrology"]),
    "an unknown severity": put("severity", "dreadful"),
    "an unknown severity of a variant": put("variants.0.severity", "dreadful"),
    "an unknown group": put("group", "magic"),
    "an unknown origin": put("origin", "hearsay"),
    "a code that is none": put("code", "swallow"),
    "a bad span": put("acknowledge_within", "soon"),
    "a bad span to act": put("act_within", "2 days"),
    "a bad span in a variant": put("variants.0.acknowledge_within", "half an hour"),
    "a bad span to act in a variant": put("variants.0.act_within", "0 min"),
    "a number that is none": put("parameters.positive.value", "three"),
    "a number that is not a number": put("parameters.positive.value", "NaN"),
    "a number without end": put("parameters.positive.value", "Infinity"),
    "no number": put("parameters.positive.value", None),
    "a number without a citation": leave_out("parameters.positive.citation"),
    "a bare number": put("parameters.positive", 3),
    "a bad condition": put("when", "latest(eat10) + 1.0 > 3.0"),
    "a condition that is a number": put("when", 3),
    "an unknown measure": put("when", "latest(eat11) >= p.positive"),
    "an unknown concept": put("when", 'complication("dysphagie")'),
    "an unknown parameter": put("when", "latest(eat10) >= p.negative"),
    "a bad condition of a variant": put("variants.0.when", 'finding("chocking")'),
    "a bad condition that clears": put("clears", 'resolved("dysphagia", "astrology")'),
    # These two would never fire, whatever is recorded, and nobody would notice.
    "a finding taken for a complication": put("when", 'complication("choking")'),
    "an assessment taken for a value": put("when", "latest(slt_assessment) >= p.positive"),
    "a value taken for a condition": put("when", "latest(eat10)"),
    "nobody to ask": put("asks", []),
    "a word for a list of variants": put("variants", "none"),
}


def with_everything() -> Row:
    """A good wording that has a parameter and a variant, under a code of its own."""
    row = copy.deepcopy(shipped("SW-01")) | {"code": "SW-90", "variants": copy.deepcopy(shipped("SW-00")["variants"])}
    row["parameters"] = copy.deepcopy(row["parameters"])
    return row


def test_the_wording_that_the_bad_ones_are_made_of_is_good(knowledge: None, tmp_path: Path) -> None:
    assert place(write(tmp_path, with_everything())).drafted == ["SW-90 version 1"]


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_by_name_and_nothing_of_it_is_written(
    knowledge: None, tmp_path: Path, change: Callable[[Row], None]
) -> None:
    row = with_everything()
    change(row)
    write(tmp_path, shipped("SW-00"), name="a-good.yaml")
    write(tmp_path, row, name="b-bad.yaml")
    with pytest.raises(BadCriteria) as caught:
        place(tmp_path)
    assert "b-bad.yaml" in str(caught.value)
    assert str(row["code"]) in str(caught.value)
    assert "a-good.yaml" not in str(caught.value)
    assert not CriterionVersion.objects.exists()
    assert not Criterion.objects.exists()


@pytest.mark.parametrize("text", ["", "{}", "code: SW-90", "[1, 2]", "- [", "- code: {", "\x00", "- 3"])
def test_a_file_that_is_no_list_of_criteria_is_refused_by_name(knowledge: None, tmp_path: Path, text: str) -> None:
    write(tmp_path, shipped("SW-00"), name="a-good.yaml")
    (tmp_path / "b-bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadCriteria, match=r"b-bad\.yaml"):
        place(tmp_path)
    assert not CriterionVersion.objects.exists()


def test_a_file_that_is_no_text_is_refused_by_name(knowledge: None, tmp_path: Path) -> None:
    (tmp_path / "b-bad.yaml").write_bytes(b"- code: \xff\xfe")
    with pytest.raises(BadCriteria, match=r"b-bad\.yaml"):
        place(tmp_path)


def test_a_folder_without_criteria_is_refused(knowledge: None, tmp_path: Path) -> None:
    with pytest.raises(BadCriteria):
        place(tmp_path)


def test_a_bad_file_leaves_what_is_on_alone(house: Cast, tmp_path: Path) -> None:
    before = everything()
    write(tmp_path, shipped("SW-01") | {"name": "Better"}, name="a-good.yaml")
    write(tmp_path, shipped("SW-00") | {"asks": ["astrology"]}, name="b-bad.yaml")
    with pytest.raises(BadCriteria, match="SW-00"):
        place(tmp_path)
    assert everything() == before


@pytest.mark.parametrize("code", ["SW-00", "SW-01", "LU-00"])
def test_every_shipped_wording_cites_where_it_comes_from(code: str) -> None:
    row = shipped(code)
    assert row["citations"]
    assert all(one["citation"] and one["mark"] for one in row.get("parameters", {}).values())
