"""Every shipped criterion once through the doors: what is recorded over REST opens it, and asks whom the sheet says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from apps.common.clock import app_now
from apps.escalation.models import Escalation
from tests.cast import Cast
from tests.escalation.criteria.test_wording import LINES
from tests.escalation.doors import antibody, change, core_set, finding, treat, value
from tests.escalation.house import assess, codes, complication, nudge_of, opened, owner_of, screen, told
from tests.escalation.worlds import undone
from tests.thread.conftest import work

SLT, RH, PU = "covering", "rheumatologist", "on_call_pulmonologist"


def walked(cast: Cast) -> None:
    session = str(uuid4())
    value(cast, "spo2_rest_ra", 98, hours=1, session=session)
    value(cast, "spo2_exert_nadir", 94, hours=1, session=session)


def fibrosing(cast: Cast) -> None:
    finding(cast, "fibrosis_on_hrct", days=300)
    finding(cast, "hrct_progression")
    value(cast, "fvc_pp", 82, days=300)
    value(cast, "fvc_pp", 77)


def short_of_breath(cast: Cast) -> None:
    antibody(cast)
    value(cast, "mmrc", 0, days=60)
    value(cast, "mmrc", 1)


def weak(cast: Cast) -> None:
    value(cast, "weight", 70)
    value(cast, "fvc", 1.393)


def losing(cast: Cast) -> None:
    assess(cast)
    screen(cast, 3)
    value(cast, "weight", 60, days=80)
    value(cast, "weight", 57)


def coughing(cast: Cast) -> None:
    treat(cast.patient, cast, ("methotrexate", 15, "wk"), days=90)
    finding(cast, "new_dry_cough")


def feverish(cast: Cast) -> None:
    treat(cast.patient, cast, ("azathioprine", 50, "d"), days=90)
    value(cast, "temp", 38.0)


def unresponsive(cast: Cast) -> None:
    treat(cast.patient, cast, ("prednisone", 60, "d"), days=42)
    value(cast, "weight", 70)
    core_set(cast, 6, 6, 112, 1.75, 3200, 3, days=42)
    core_set(cast, 6, 6, 112, 1.75, 2800, 3, days=1)


#: What is recorded, how much it presses, who is asked, and what else it opens.
DOORS: dict[str, tuple[Callable[[Cast], Any], str, str, set[str]]] = {
    "SW-00": (lambda cast: complication(cast, "dysphagia"), "urgent", SLT, set()),
    "SW-01": (lambda cast: screen(cast, 3), "urgent", SLT, set()),
    "SW-02": (lambda cast: value(cast, "wst3oz", "fail"), "urgent", SLT, set()),
    "SW-03": (lambda cast: finding(cast, "cannot_manage_secretions"), "emergency", RH, set()),
    "SW-04": (losing, "urgent", SLT, set()),
    "LU-00": (lambda cast: complication(cast, "pneumonitis", severity="severe"), "emergency", PU, set()),
    "LU-01": (lambda cast: value(cast, "spo2_rest_ra", 92), "emergency", PU, set()),
    "LU-02": (walked, "urgent", PU, set()),
    "LU-03": (lambda cast: [value(cast, "dlco_pp", 70, days=90), value(cast, "dlco_pp", 60)], "routine", PU, set()),
    "LU-04": (fibrosing, "urgent", PU, {"LU-03"}),
    "LU-05": (short_of_breath, "emergency", PU, set()),
    "LU-06": (weak, "emergency", PU, set()),
    "LU-07": (coughing, "urgent", RH, set()),
    "IN-01": (feverish, "urgent", RH, set()),
    "SK-05": (lambda cast: finding(cast, "skin_ulcer"), "urgent", RH, set()),  # nobody of dermatology is on the team
    "MO-02": (
        lambda cast: change(cast, diagnosis_date=(app_now() - timedelta(days=31)).date().isoformat()), "routine", PU, set(),
    ),
    "MU-01": (unresponsive, "routine", RH, set()),
}  # fmt: skip


def test_every_criterion_is_opened_by_what_is_recorded_and_asks_whom_it_says(
    house: Cast, subtests: pytest.Subtests
) -> None:
    assert set(DOORS) == set(LINES)
    for code, (recording, severity, owner, beside) in DOORS.items():
        with subtests.test(code), undone():
            recording(house)
            work()
            assert set(codes()) == {code} | beside
            (row,) = opened(code)
            assert (row.severity, row.source, row.criterion_version.state) == (severity, "facts", "active")
            nudge = nudge_of(row)
            assert nudge.asks[0] in LINES[code].asks
            assert (nudge.severity, owner_of(row)) == (severity, house.personas[owner].who.username)
            assert told("ask", row) == {house.personas[owner].who.username}
            assert row.explanation[-1] == "."
            assert row.explanation[0].isupper()
            assert set(row.values_used) == {*row.criterion_version.parameters}
    assert not Escalation.objects.exists()
