"""`manage.py replay`: the timeline, the difference and the exit."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEvent
from apps.escalation.models import CriterionVersion, Escalation
from tests.escalation.house import shipped, write
from tests.journeys.house import text_of, written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("criteria")]
GOES = text_of("2026-05-04 10:00 | observation: eat10, value: 8 | opened: [SW-01]")
FAILS = text_of("2026-05-04 10:00 | observation: eat10, value: 8").replace("id: T", "id: U")


def replay(*files: Path, **options: object) -> tuple[str, str]:
    """What the command prints, and with what it fails; an empty text when it does not."""
    out = StringIO()
    try:
        call_command("replay", *files, stdout=out, no_color=True, **options)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_what_goes_as_expected_is_printed_and_exits_with_nothing(tmp_path: Path) -> None:
    printed, error = replay(written(tmp_path, GOES))
    assert error == ""
    assert "2026-05-04 Mon 10:00  eat10 8\n" + " " * 22 + "→ SW-01 opened, urgent, slt is asked\n" in printed
    assert "T: as expected\n" in printed
    assert printed.endswith("1 journey, all as expected.\n")


def test_what_does_not_is_printed_with_the_difference_and_fails(tmp_path: Path) -> None:
    good, bad = written(tmp_path, GOES), written(tmp_path, FAILS, "bad.yaml")
    printed, error = replay(good, bad)
    assert error == "2 journeys, 1 not as expected: U"
    assert "T: as expected" in printed
    assert (
        f"U: NOT as expected\nstep 1, 2026-05-04 Mon 10:00 ({bad}, line 7):\n  not expected: SW-01 opened (urgent)"
        in printed
    )


def test_a_failure_exits_with_one() -> None:
    # Django's own rule for a CommandError.
    assert CommandError("").returncode == 1


def test_in_brief_only_what_differs_is_told(tmp_path: Path) -> None:
    printed, _ = replay(written(tmp_path, GOES), written(tmp_path, FAILS, "bad.yaml"), brief=True)
    assert printed.count("eat10 8") == 1
    assert printed.startswith("T: as expected\n")


def test_a_file_that_cannot_be_read_fails_before_anything_is_played(tmp_path: Path) -> None:
    bad = written(tmp_path, FAILS.replace("eat10", "eat_10"), "bad.yaml")
    printed, error = replay(written(tmp_path, GOES), bad)
    assert (printed, error) == ("", f"{bad}, line 9: unknown: the instrument “eat_10”. Do you mean “eat10”?")
    printed, error = replay(written(tmp_path, GOES.replace("steps:", "stpes:")))
    assert printed == ""
    assert "line 6: unknown: the key of a journey “stpes”. Do you mean “steps”?" in error


def test_one_id_in_two_files_is_refused(tmp_path: Path) -> None:
    _, error = replay(written(tmp_path, GOES), written(tmp_path, GOES, "twin.yaml"))
    assert error.startswith(f"{tmp_path}/twin.yaml, line 1: the id “T” is taken: {tmp_path}/own.yaml, line 1")


def test_drafts_are_tried_in_place_of_what_is_there(tmp_path: Path) -> None:
    row = shipped("SW-01")
    row["parameters"]["positive"]["value"] = "9"
    drafts = write(tmp_path, row, name="drafts.yaml") / "drafts.yaml"
    assert replay(written(tmp_path, GOES))[1] == ""
    printed, error = replay(written(tmp_path, GOES), criteria=drafts)
    assert error == "1 journey, 1 not as expected: T"
    assert "SW-01 version 2 (draft)" in printed
    assert "it did not: its condition does not hold" in printed


def test_a_draft_of_a_new_criterion_can_be_tried(tmp_path: Path) -> None:
    row = {**shipped("SW-01"), "code": "SW-77"}
    drafts = write(tmp_path, row, name="drafts.yaml") / "drafts.yaml"
    _, error = replay(written(tmp_path, GOES.replace("SW-01", "SW-77")), criteria=drafts)
    assert error == ""
    assert not CriterionVersion.objects.filter(criterion__code="SW-77").exists()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("latest(eat10)", "latest(eat_10)", "line 1: SW-01: when: "),
        ("severity: urgent", "severity: grave", "line 1: SW-01: severity: "),
        ("acknowledge_within: 1 wd", "acknowledge_within: soon", "line 1: SW-01: acknowledge_within: "),
        ("code: SW-01", "code: swallow", "line 1: swallow: "),
        ("origin: mixed", "origin: mixed\n  colour: red", "line 1: SW-01: colour: There is no such field."),
    ],
)  # fmt: skip
def test_a_draft_that_is_wrong_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, rule: str) -> None:
    path = write(tmp_path, shipped("SW-01"), name="drafts.yaml") / "drafts.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    printed, error = replay(written(tmp_path, GOES), criteria=path)
    assert printed == ""
    assert error.startswith(f"{path}, {rule}"), error


def test_a_file_of_drafts_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    _, error = replay(written(tmp_path, GOES), criteria=tmp_path / "gone.yaml")
    assert error.startswith(f"{tmp_path}/gone.yaml: cannot be read")


def test_nothing_stays_of_what_was_replayed(tmp_path: Path) -> None:
    drafts = write(tmp_path, shipped("SW-01"), name="drafts.yaml") / "drafts.yaml"
    before = (CriterionVersion.objects.count(), AuditEvent.objects.count())
    replay(written(tmp_path, GOES), written(tmp_path, FAILS, "bad.yaml"), criteria=drafts)
    assert (CriterionVersion.objects.count(), AuditEvent.objects.count()) == before
    assert not Escalation.objects.exists()
