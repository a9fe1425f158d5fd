"""The admin page of trials: tests and backtests with what came of them."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.escalation.admin import showing
from apps.escalation.disclosing import disclosed
from apps.escalation.models import Trial
from apps.escalation.views import GOVERNED
from apps.knowledge.admin.base import display
from apps.knowledge.admin.tables import Table, lines
from apps.knowledge.models import Discipline
from apps.patients.models import Patient
from apps.rest.admin import HouseAdmin, actor_of

Result = Mapping[str, Any]


@admin.register(Trial)
class TrialAdmin(HouseAdmin):
    """Trials, to read."""

    policy = GOVERNED
    subject = "trial"
    change_form_after_template = "knowledge/tables.html"
    list_display = ("of", "kind", "standing", "asked_by", "asked_at", "done_at", "outcome")
    list_filter = ("kind", "state", "criterion_version__criterion")
    list_select_related = ("criterion_version__criterion", "asked_by")
    ordering = ("-asked_at", "-id")
    fields = ("of", "kind", "since", "standing", "asked_by", "asked_at", "done_at", "outcome")
    readonly_fields = ("of", "standing", "outcome")

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Trials with their wording."""
        rows = Trial.objects.visible_to(actor).select_related("criterion_version__criterion", "asked_by")
        return cast("QuerySet[Any]", rows)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page, with what came of it. That patients were named to somebody is recorded."""
        row = self.get_object(request, object_id) if object_id is not None else None
        found = _tables(row, actor_of(request)) if row is not None else []
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "tables": found})

    @display(description="Version", ordering="criterion_version__criterion__code")
    def of(self, row: Trial) -> SafeString:
        """The wording, with the way to its page."""
        return showing.link(showing.address(row.criterion_version), row.criterion_version)

    @display(description="State", ordering="state")
    def standing(self, row: Trial) -> SafeString:
        """In a word."""
        return showing.label(row.state, row.get_state_display())

    @display(description="What came of it")
    def outcome(self, row: Trial) -> str:
        """In a few words."""
        return showing.outcome(row)


def _tables(row: Trial, actor: Actor) -> list[Table]:
    if row.state != Trial.State.DONE:
        return []
    if row.kind == Trial.Kind.TEST:
        return [showing.of_results(list(row.results.all()))]
    result, patients = disclosed(row.result, actor)
    if patients:
        audit.record_read(
            by=actor, at=cast("Any", actor.at), verb="escalation.read", subject_type=Trial._meta.label_lower, ids=patients,
            patient_id=patients[0] if len(patients) == 1 else None,
        )  # fmt: skip
    return of_backtest(result, patients)


def of_backtest(result: Result, patients: list[UUID]) -> list[Table]:
    """What a backtest found, in tables: how often, who is asked how much, week by week, for whom."""
    sides = [("This version", result["draft"])]
    if result.get("active"):
        sides.append((f"On now ({result['active']['version']})", result["active"]))
    return [
        _how_often(result, sides),
        _asked(sides),
        _weekly(result, sides),
        *_lacking(sides),
        *_whom(result, patients),
    ]


def _how_often(result: Result, sides: list[tuple[str, Result]]) -> Table:
    rows = [
        [
            name, side["opened"], side["patients"], lines(*(f"{code}: {count}" for code, count in side["severity"].items())),
            side["raised"], side["held_back"], side["not_assessable"]["patients"],
        ]
        for name, side in sides
    ]  # fmt: skip
    heads = [
        "",
        "Opened",
        "Patients",
        "How much it presses",
        "Raised later",
        "Held back by a mute",
        "Patients not assessable",
    ]
    title = f"From {result['since'][:10]} to {result['until'][:10]}, over {result['patients']} patients"
    if (difference := result.get("difference")) is not None:
        only, other = difference["only_draft"], difference["only_active"]
        title += f". Only this version: {only['episodes']} times; only the one that is on: {other['episodes']} times"
    return Table(title, heads, rows)


def _asked(sides: list[tuple[str, Result]]) -> Table:
    names = dict(cast("QuerySet[Any]", Discipline.objects).values_list("code", "name"))
    rows = [
        [showing.disciplines([code], names), name, how, one["total"], one["a_week"], one["most"]]
        for name, side in sides
        for how in ("asked", "told")
        for code, one in side[how].items()
    ]
    heads = ["Discipline", "Version", "How", "In all", "A week, on average", "In the fullest week"]
    # Sorting keeps this version before the one that is on.
    return Table("Nudges for each discipline", heads, sorted(rows, key=lambda row: (row[0], row[2])))


def _weekly(result: Result, sides: list[tuple[str, Result]]) -> Table:
    counted = [(day, [side["weekly"][index] for _, side in sides]) for index, day in enumerate(result["weeks"])]
    rows = [[day, *counts] for day, counts in counted if any(counts)]
    return Table("Opened, by the week that begins on", ["Monday", *(name for name, _ in sides)], rows)


def _lacking(sides: list[tuple[str, Result]]) -> list[Table]:
    rows = [[name, what, count] for name, side in sides for what, count in side["not_assessable"]["missing"]]
    faults = [[name, f"a fault: {what}", count] for name, side in sides for what, count in side["faults"]]
    return [Table("Not assessable", ["", "What is missing", "Patients"], [*rows, *faults])] if rows or faults else []


def _whom(result: Result, patients: list[UUID]) -> list[Table]:
    """Those whom the reader may see, each with which version would have fired."""
    sides = {"this version": set(result["draft"]["who"])}
    if result.get("active"):
        sides["the one that is on"] = set(result["active"]["who"])
    rows = [
        [showing.link(showing.address(row), row), lines(*(name for name, who in sides.items() if str(row.pk) in who))]
        for row in Patient.objects.filter(pk__in=patients).select_related("site")
    ]
    return [Table("For whom, of the patients that you see", ["Patient", "By"], rows)] if rows else []
