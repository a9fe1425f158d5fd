"""The words that shipped rows use are known to the rooms that act on them, and to UCUM."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.knowledge import words
from apps.knowledge.loading.kinds import KINDS, STEPS
from apps.knowledge.models import (
    LOCAL_KINDS,
    Discipline,
    DoseGuidance,
    Figure,
    Medicine,
    MedicineClass,
    MonitoringSchedule,
    Panel,
    Shipped,
)
from apps.observations.models import Assessment

AMOUNTS = {"mg", "g", "mg/kg", "g/kg", "mg/m2", "%"}
PERIODS = {"d", "wk", "mo"}
ROUTES = {"oral", "iv", "sc", "im", "topical"}
#: What a figure is counted in; UCUM writes what is no unit in curly braces.
FIGURES = {"%", "1", "/a", "wk", "mo", "a"}

TABLES = [model._meta.db_table for model in [*(kind.model for kind in KINDS), STEPS.model]]


def test_every_kind_of_assessment_that_a_panel_names_can_be_recorded(knowledge: None) -> None:
    named = {kind for panel in Panel.objects.all() for kind in panel.assessments}
    assert named
    assert named <= set(Assessment.Kind.values)


def unknown(used: Iterable[str], known: set[str]) -> set[str]:
    return {unit for unit in used if unit and unit not in known}


def test_units_of_doses_are_ucum(knowledge: None) -> None:
    rows = DoseGuidance.objects.all()
    assert rows.count() > 20
    assert unknown((row.unit for row in rows), AMOUNTS) == set()
    assert unknown((row.cap_unit for row in rows), {"mg", "g"}) == set()
    assert unknown((row.interval_unit for row in rows), PERIODS) == set()
    assert unknown((row.route for row in rows), ROUTES) == set()
    assert unknown((route for row in Medicine.objects.all() for route in row.routes), ROUTES) == set()


def test_units_of_figures_are_ucum(knowledge: None) -> None:
    units = {row.unit for row in Figure.objects.all()}
    braced = {unit for unit in units if "{" in unit and unit.count("{") == unit.count("}")}
    assert unknown(units - braced, FIGURES) == set()


def test_routes_of_doses_are_routes_of_their_medicine(knowledge: None) -> None:
    for row in DoseGuidance.objects.exclude(route="").select_related("medicine"):
        assert row.route in row.medicine.routes, row.code


def test_every_dose_can_be_said_in_words(knowledge: None) -> None:
    for row in DoseGuidance.objects.all():
        said = words.dose(row)
        assert said
        assert "None" not in said
    for schedule in MonitoringSchedule.objects.select_related("panel"):
        assert schedule.panel.name in words.schedule(schedule)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("methotrexate_limit_adult", "not above 25 mg a week"),
        ("methotrexate_limit_juvenile", "not above 20 mg/m² a week, at most 40 mg"),
        ("hydroxychloroquine_limit", "not above 5 mg/kg a day"),
        ("methotrexate_s2", "10–25 mg a week, at most 20–25 mg"),
        ("methotrexate_s3", "15–20 mg/m² a week"),
        ("hydroxychloroquine_s3_stated", "up to 5 mg/kg a day"),
    ],
)
def test_a_dose_reads_as_people_write_it(knowledge: None, code: str, said: str) -> None:
    assert words.dose(DoseGuidance.objects.get(code=code)) == said


def test_a_cap_with_an_upper_end_only_is_said_once() -> None:
    row = DoseGuidance(kind="range", basis="day", low=1, high=2, unit="mg/kg", cap_high=60, cap_unit="mg")
    assert words.dose(row) == "1–2 mg/kg a day, at most 60 mg"


# The database holds what is shipped


@pytest.mark.parametrize("table", TABLES)
def test_no_shipped_row_is_changed_deleted_or_added_past_the_loader(knowledge: None, table: str) -> None:
    for statement in (
        f"UPDATE {table} SET retired = true",  # noqa: S608 - our own names
        f"DELETE FROM {table}",  # noqa: S608 - our own names
        f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1",  # noqa: S608 - our own names
        f"TRUNCATE {table} CASCADE",
    ):
        with (
            pytest.raises(DatabaseError, match="by loading an edition only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def run(statement: str, loading: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('careteam.loading', %s, true)", [loading])
        cursor.execute(statement)


def own(model: type[Shipped]) -> Any:
    prednisone, panel = Medicine.objects.get(code="prednisone"), Panel.objects.get(code="fbc")
    given: dict[str, dict[str, Any]] = {
        "medicine": {"name": "Own", "klass": MedicineClass.OTHER},
        "doseguidance": {"medicine": prednisone, "basis": "day", "low": 1, "unit": "mg"},
        "prerequisite": {"medicine": prednisone, "panel": panel},
        "referralreason": {
            "name": "Own", "to": Discipline.objects.get(code="slt"), "urgency": "routine", "target_means": "Seen.",
            "question": "What?",
        },
        "monitoringschedule": {"reason": "everybody", "panel": panel, "phases": []},
    }  # fmt: skip
    values = given.get(str(model._meta.model_name), {"name": "Own"})
    return model(code="own", origin="local", **values)


@pytest.mark.parametrize("model", LOCAL_KINDS.values(), ids=LOCAL_KINDS)
def test_a_row_of_a_hospitals_own_is_written_and_never_becomes_a_shipped_one(
    knowledge: None, model: type[Shipped]
) -> None:
    row = own(model)
    row.save()
    row.note = "changed"
    row.save()
    edition = Medicine.objects.get(code="prednisone").edition_id
    table = model._meta.db_table
    for loading in ("off", "on"):
        for statement in (
            f"UPDATE {table} SET origin = 'shipped', edition_id = '{edition}' WHERE code = 'own'",  # noqa: S608 - our own names
            f"UPDATE {table} SET origin = 'local', edition_id = NULL WHERE origin = 'shipped'",  # noqa: S608 - our own names
        ):
            with pytest.raises(DatabaseError):
                run(statement, loading)
    assert model._default_manager.get(code="own").origin == "local"


def test_two_steps_never_stand_on_one_rung(knowledge: None) -> None:
    with pytest.raises(DatabaseError, match="one_step_a_rung"):
        run("UPDATE knowledge_pathwaystep SET ordinal = 1", "on")
