"""`manage.py backtest`."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.cast import Cast
from tests.escalation.histories import Told, active, draft, limit, wording


def printed(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command("backtest", *arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_the_command_prints_what_would_have_been(cast: Cast, tmp_path: Path) -> None:
    told = Told.register(cast)
    told.value("2026-03-02 09:00", "spo2_rest_ra", 91)
    active(cast, tmp_path, wording())
    draft(tmp_path, wording(parameters=limit("90")))
    text = printed("LU-90", "--since", "2026-01-01", "--until", "2026-06-30", "--who")
    rows = {line[:40].strip(): line[40:].split() for line in text.splitlines()}
    assert rows["would have been opened"] == ["0", "1"]
    assert "LU-90 version 2 over 1 patients, 2026-01-01 to 2026-07-01" in text
    assert "only by LU-90 version 1: 1 for 1 patients" in text
    assert str(told.patient.pk) in text
    alone = printed("LU-90", "--version", "1", "--since", "2026-01-01", "--until", "2026-06-30", "--site", "harbour")
    assert "LU-90 version 1 over 0 patients" in alone


@pytest.mark.parametrize(
    "arguments",
    [("LU-99",), ("LU-90", "--version", "7"), ("LU-90", "--site", "nowhere"), ("LU-90", "--since", "2999-01-01")],
)
def test_the_command_refuses_what_is_not_there(cast: Cast, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    draft(tmp_path, wording())
    with pytest.raises(CommandError):
        printed(*arguments)
