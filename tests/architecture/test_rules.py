"""The rules hold, and each is shown to catch a planted violation."""

import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from celery import current_app, shared_task
from django.apps import apps
from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views import View

from apps.common.models import Row
from apps.common.refusals import Refused
from apps.patients import merging
from apps.patients.models import Patient
from apps.rest import checks
from apps.rest.policy import Public
from apps.rest.routes import every_route
from tests.architecture import rules

OURS = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("apps.")]
LEDGER = Path(__file__).parent.parent / "access" / "ledger.json"


def operations() -> list[ModuleType]:
    found = []
    for room in pkgutil.iter_modules([str(Path(settings.BASE_DIR) / "apps")]):
        try:
            module = importlib.import_module(f"apps.{room.name}.operations")
        except ModuleNotFoundError:
            continue
        found.append(module)
    return found


def test_no_foreign_key_points_upwards() -> None:
    assert rules.upward_keys(OURS) == []


def test_a_planted_upward_key_is_caught() -> None:
    class Planted(models.Model):
        team = models.ForeignKey("teams.CareTeam", models.PROTECT, related_name="+")

        class Meta:
            app_label = "patients"

    apps.all_models["patients"].pop("planted")
    assert rules.upward_keys([Planted]) == ["patients.Planted.team → teams.CareTeam"]


def test_every_operation_is_keyword_only_takes_actor_and_time_and_says_what_it_does() -> None:
    assert len(operations()) > 7
    assert rules.rough_operations(operations()) == []


def test_a_planted_rough_operation_is_caught() -> None:
    planted = ModuleType("planted")

    def rough(patient: Patient, at: datetime) -> None:
        del patient, at

    rough.__module__ = "planted"
    planted.rough = rough  # type: ignore[attr-defined]
    assert rules.rough_operations([planted]) == [
        "planted.rough: has no docstring",
        "planted.rough: takes positional arguments",
        "planted.rough: does not take `by`",
    ]


def test_every_route_has_a_policy() -> None:
    assert len(list(every_route())) > 60
    assert checks.every_route_has_a_policy() == []


class Unguarded(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class Open(Unguarded):
    policy = Public("for this test")


@pytest.mark.parametrize(("view", "guarded"), [(Unguarded, False), (Open, True)])
def test_a_planted_route_without_a_policy_is_caught(view: type[View], guarded: bool) -> None:
    route = next(every_route([path("planted/", view.as_view())]))
    assert checks.has_policy(route) is guarded


def test_a_route_without_a_policy_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "planted_urls.py").write_text(
        "from django.urls import path\nfrom django.http import HttpResponse\n"
        "def planted(request):\n    return HttpResponse()\n"
        "urlpatterns = [path('planted/', planted)]\n"
    )
    (tmp_path / "planted_settings.py").write_text("from careteam.settings import *\nROOT_URLCONF = 'planted_urls'\n")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path}:{settings.BASE_DIR}",
        "DJANGO_SETTINGS_MODULE": "planted_settings",
    }
    started = subprocess.run(
        [sys.executable, "-c", "import careteam.wsgi"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 1
    assert "The view at “planted/” has no policy." in started.stderr
    assert "Traceback" not in started.stderr


def test_every_list_is_in_the_query_ledger() -> None:
    assert rules.lists_of(every_route()) <= set(json.loads(LEDGER.read_text()))


def test_a_list_that_is_not_in_the_ledger_is_caught() -> None:
    entries = set(json.loads(LEDGER.read_text())) - {"api/v1/patients/"}
    assert not rules.lists_of(every_route()) <= entries


def test_every_task_names_a_queue_that_a_worker_listens_to() -> None:
    current_app.loader.import_default_modules()
    assert any(name.startswith("apps.") for name in current_app.tasks)
    assert rules.queueless_tasks(dict(current_app.tasks), settings.CELERY_TASK_QUEUES) == []
    listened = (Path(settings.BASE_DIR) / "Procfile").read_text()
    assert all(queue in listened for queue in settings.CELERY_TASK_QUEUES)


def test_a_planted_task_without_a_queue_is_caught() -> None:
    @shared_task(name="apps.planted")
    def planted() -> None:
        return None

    try:
        assert rules.queueless_tasks({"apps.planted": planted}, settings.CELERY_TASK_QUEUES) == ["apps.planted"]
    finally:
        current_app.tasks.pop("apps.planted", None)


def test_every_row_says_what_may_stand_in_the_audit_record_and_no_person_does() -> None:
    assert rules.unlisted_privacy(OURS) == []
    assert rules.personal_in_audit(OURS) == []


def test_planted_rows_without_a_privacy_list_or_with_a_name_in_it_are_caught() -> None:
    class Planted(Row):
        class Meta:
            app_label = "common"

    apps.all_models["common"].pop("planted")
    assert rules.unlisted_privacy([Planted]) == ["common.Planted"]

    class Leaky:
        _meta: Any = Patient._meta
        audited_fields = frozenset({"family_name", "status"})

    leaky = type(
        "Leaky",
        (Row,),
        {"__module__": "planted", "audited_fields": Leaky.audited_fields, "Meta": type("Meta", (), {"abstract": True})},
    )
    leaky._meta = Patient._meta  # type: ignore[attr-defined]
    assert rules.personal_in_audit([leaky]) == ["patients.Patient.family_name"]


def test_every_row_about_a_patient_says_how_it_follows_a_merge() -> None:
    about = {
        model._meta.label
        for model in OURS
        if not model._meta.proxy
        and any(
            getattr(field, "related_model", None) is Patient and field.concrete for field in model._meta.get_fields()
        )
    }
    assert about == set(merging.declared())


def test_imports_keep_to_the_layers_and_a_planted_import_is_caught(tmp_path: Path) -> None:
    for name in ("apps", "careteam"):
        shutil.copytree(Path(settings.BASE_DIR) / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(settings.BASE_DIR) / "pyproject.toml", tmp_path)
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    kept = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert kept.returncode == 0, kept.stdout
    (tmp_path / "apps" / "patients" / "planted.py").write_text(
        '"""Planted."""\n\nfrom apps.teams import models  # noqa: F401\n'
    )
    broken = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert broken.returncode == 1
    assert "apps.patients is not allowed to import apps.teams" in broken.stdout


def test_refusals_have_types_of_their_own() -> None:
    def kinds(kind: type[Refused]) -> list[type[Refused]]:
        return [kind, *[inner for sub in kind.__subclasses__() for inner in kinds(sub)]]

    found = [kind.type for kind in kinds(Refused)]
    assert len(found) == len(set(found))
