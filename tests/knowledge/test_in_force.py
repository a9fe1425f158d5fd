"""The catalogue: shipped rows, a hospital's own values in their place and its own rows, kept until somebody changes something."""

import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.actors import Actor, Careteam
from apps.common.clock import app_now
from apps.knowledge import operations, values
from apps.knowledge.in_force import catalogue
from apps.knowledge.models import Medicine, Override, Stamp
from apps.knowledge.shelf import shelf
from tests.knowledge.house import empty, load_from, small, with_


@pytest.fixture
def by(db: None, tmp_path: Path) -> Actor:
    """careteam itself, where nothing but the small edition is loaded."""
    empty()
    load_from(small(tmp_path / "e"))
    return Careteam()


def say(by: Actor, kind: str, code: str, **given: Any) -> Override:
    return operations.override(by=by, at=app_now(), kind=kind, code=code, **{"reason": "ours", **given})


def add(by: Actor, kind: str, code: str, **values_: Any) -> Any:
    return operations.add_local(by=by, at=app_now(), kind=kind, code=code, values=values_)


def asked(function: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        function()
    return len(queries)


# What is in it


def test_shipped_rows_are_in_it_with_their_citations_and_exact_numbers(by: Actor) -> None:
    known = catalogue()
    assert known.edition == "2030-01"
    alpha = known.medicines["alpha"]
    assert (alpha.klass, alpha.immunosuppressant, alpha.citation.statements) == ("csdmard", True, ("S9-01",))
    dose = known.guidance_of("alpha")[0]
    assert (dose.low, str(dose.low), dose.high, str(dose.cap_high)) == (Decimal("0.75"), "0.75", Decimal(1), "80")
    cited = values.Citation("alpha_s9", ("S9-01",), ("S9", "P-NINE"), "S")
    assert dose.citation == cited
    assert dose.citation.words == "S9-01, P-NINE [S]"
    bloods = values.Panel("bloods", "Bloods", ("ck", "alt"), citation=values.Citation("bloods"))
    assert known.panels == {"bloods": bloods}
    panel, beside = known.requirements_of("alpha")
    assert (panel.panel, panel.max_age_days, panel.beside) == (bloods, 28, None)
    assert (beside.panel, beside.beside) == (None, known.medicines["beta"])
    (schedule,) = known.schedules
    assert (schedule.medicine, schedule.panel) == ("alpha", bloods)
    assert schedule.phases == (values.Phase(0, 14), values.Phase(42, 30))
    (window,) = known.windows
    assert (window.medicine, window.review_after_weeks, window.score) == ("alpha", 6, "tis")
    assert [(step.pathway, step.ordinal, step.name) for step in known.steps] == [
        ("ladder", 1, "First"),
        ("ladder", 2, "Second"),
    ]
    assert known.steps[1].options[0]["medicines"] == ["beta"]


def test_own_values_are_in_their_place_in_the_type_of_their_field_and_say_what_was_shipped(by: Actor) -> None:
    before = catalogue().guidance[0]
    say(by, "doseguidance", "alpha_s9", values={"low": "0.50", "cap_high": None, "cap_unit": "", "line": [1, 2]})
    dose = catalogue().guidance[0]
    assert (dose.low, type(dose.low), dose.cap_high, dose.cap_unit, dose.line) == (
        Decimal("0.5"),
        Decimal,
        None,
        "",
        (1, 2),
    )
    shipped = {"low": Decimal("0.75"), "cap_high": 80, "cap_unit": "mg", "line": []}
    assert dose.citation == replace(before.citation, local=True, shipped=shipped)
    assert dose.citation.words.endswith("set here")


def test_a_panel_that_differs_differs_wherever_it_is_asked_for(by: Actor) -> None:
    say(by, "panel", "bloods", values={"measures": ["ck"]})
    known = catalogue()
    assert known.panels["bloods"].measures == ("ck",)
    assert known.requirements_of("alpha")[0].panel == known.panels["bloods"]
    assert known.schedules[0].panel == known.panels["bloods"]


def test_own_rows_are_in_it_until_they_are_retired(by: Actor) -> None:
    add(by, "medicine", "own", name="Own", klass="csdmard", immunosuppressant=True)
    add(by, "doseguidance", "own_dose", medicine="own", basis="week", low=10, unit="mg")
    known = catalogue()
    assert known.medicines["own"].citation == values.Citation("own", (), ("LP",), "LP", local=True)
    assert [dose.low for dose in known.guidance_of("own")] == [10]
    operations.retire_local(by=by, at=app_now(), kind="medicine", code="own")
    assert "own" not in catalogue().medicines
    assert catalogue().guidance_of("own") == ()


@pytest.mark.parametrize(
    ("kind", "code", "left"),
    [
        ("medicine", "alpha", {"medicines": ["beta"], "guidance": 0, "requirements": 0, "schedules": 0, "windows": 0}),
        ("medicine", "beta", {"medicines": ["alpha"], "guidance": 1, "requirements": 1, "schedules": 1, "windows": 1}),
        ("panel", "bloods", {"panels": [], "guidance": 1, "requirements": 1, "schedules": 0}),
        ("doseguidance", "alpha_s9", {"guidance": 0, "medicines": ["alpha", "beta"]}),
        ("pathwaystep", "ladder_one", {"steps": 1}),
    ],
)
def test_what_is_not_used_here_is_left_out_with_all_that_is_about_it(
    by: Actor, kind: str, code: str, left: dict[str, Any]
) -> None:
    say(by, kind, code, hidden=True)
    known = catalogue()
    for name, expected in left.items():
        found = getattr(known, name)
        assert (sorted(found) if isinstance(found, dict) else len(found)) == expected


def test_what_an_edition_retired_is_left_out(by: Actor, tmp_path: Path) -> None:
    assert catalogue().windows != ()
    load_from(small(tmp_path / "f", windows="[]\n", edition='edition: "2031-01"\n'))
    assert catalogue().windows == ()
    assert catalogue().edition == "2031-01"


def test_own_values_hold_when_an_edition_changes_the_row_under_them(by: Actor, tmp_path: Path) -> None:
    say(by, "doseguidance", "alpha_s9", values={"low": "0.5"})
    load_from(small(tmp_path / "f", **with_("dose_guidance", 'low: "0.75"', 'low: "0.8"')))
    dose = catalogue().guidance[0]
    assert (dose.low, dose.high, dose.citation.shipped) == (Decimal("0.5"), Decimal(1), {"low": Decimal("0.8")})


def test_rows_of_a_class_and_of_all_immunosuppressants_stand_under_each_medicine_of_it(by: Actor) -> None:
    phases = [{"from_day": 0, "every_days": 90}]
    add(by, "monitoringschedule", "of_class", reason="klass", klass="csdmard", panel="bloods", phases=phases)
    add(by, "monitoringschedule", "of_all", reason="immunosuppressed", panel="bloods", phases=phases)
    add(by, "monitoringschedule", "of_everybody", reason="everybody", panel="bloods", phases=phases)
    codes = {row.code: {each.code for each in row.about["schedules"]} for row in shelf().all(Medicine)}
    assert codes == {"alpha": {"alpha_monthly", "of_class", "of_all"}, "beta": set()}


# How it is kept


def test_it_is_read_once_and_then_costs_one_query(by: Actor) -> None:
    first = catalogue()
    assert asked(catalogue) == 1
    assert catalogue() is first


@pytest.mark.parametrize(
    "change",
    [
        lambda by: say(by, "doseguidance", "alpha_s9", values={"low": "0.5"}),
        lambda by: add(by, "medicine", "own", name="Own", klass="other"),
        lambda _by: Medicine(code="past_the_operations", name="X", klass="other", origin="local").save(),
    ],
)
def test_every_change_is_seen_at_once_and_gone_again_when_it_is_rolled_back(
    by: Actor, change: Callable[[Actor], Any]
) -> None:
    before = catalogue()
    with transaction.atomic():
        change(by)
        assert catalogue() != before
        assert asked(catalogue) == 1
        transaction.set_rollback(True)
    assert catalogue() == before


def test_a_change_that_was_rolled_back_is_not_taken_for_the_next_one(by: Actor) -> None:
    for low in ("0.1", "0.2"):
        with transaction.atomic():
            say(by, "doseguidance", "alpha_s9", values={"low": low})
            assert catalogue().guidance[0].low == Decimal(low)
            transaction.set_rollback(True)


def test_dropping_own_values_and_changing_and_retiring_own_rows_is_seen(by: Actor) -> None:
    own = say(by, "doseguidance", "alpha_s9", values={"low": "0.5"})
    add(by, "medicine", "own", name="Own", klass="other")
    assert (catalogue().guidance[0].low, catalogue().medicines["own"].name) == (Decimal("0.5"), "Own")
    operations.drop_override_of(override=own, by=by, at=app_now())
    operations.change_local(by=by, at=app_now(), kind="medicine", code="own", values={"name": "Ours"})
    assert (catalogue().guidance[0].low, catalogue().medicines["own"].name) == (Decimal("0.75"), "Ours")


def test_without_any_knowledge_it_is_empty_and_never_kept(by: Actor) -> None:
    empty()
    Stamp.objects.all().delete()
    assert catalogue().medicines == {}
    Medicine(code="own", name="Own", klass="other", origin="local").save()
    Stamp.objects.all().delete()
    assert set(catalogue().medicines) == {"own"}


def test_another_connection_sees_a_change_when_it_is_committed_and_not_before(
    transactional_db: None, knowledge: None
) -> None:
    seen: dict[str, bool] = {}

    def look(when: str) -> None:
        def run() -> None:
            seen[when] = "own" in catalogue().medicines
            connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(30)

    with transaction.atomic():
        add(Careteam(), "medicine", "own", name="Own", klass="other")
        assert "own" in catalogue().medicines
        look("before")
        assert "own" in catalogue().medicines
    look("after")
    assert seen == {"before": False, "after": True}


def test_many_threads_at_once_all_get_the_whole_of_it(transactional_db: None, knowledge: None) -> None:
    add(Careteam(), "medicine", "own", name="Own", klass="other")
    found: list[values.Catalogue] = []

    def run() -> None:
        found.append(catalogue())
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert all(each == found[0] for each in found)
    assert "own" in found[0].medicines
