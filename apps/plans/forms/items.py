"""The rows of the page on which a version is written: a medicine, something beside medicines, or a goal each."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.knowledge.models import Discipline, Instrument, Intervention, Medicine, TherapyGoal
from apps.plans.dosing.words import PERCENT, UNITS
from apps.plans.models import Goal, MedicationItem, Route

Choices = Sequence[tuple[str, str]]
#: The fields that say when, in their order on the page.
WHEN = ("starts_on", "stops_on", "stop_reason", "note")
NOTHING = ("", "—")
MASSES: Choices = [NOTHING, *((code, unit.words) for code, unit in UNITS.items()), (PERCENT, "%")]


class NumberInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A short field for a number."""

    def __init__(self, **attrs: str) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **attrs})


class DayInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A day, as the browser lets it be chosen."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        """As browsers want it, in every language."""
        return value.isoformat() if isinstance(value, date) else str(value) if value else None


def words(limit: int, label: str, *, rows: int = 0, help_text: str = "") -> forms.CharField:
    """Words that may be left out."""
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows}) if rows else UnfoldAdminTextInputWidget()
    return forms.CharField(max_length=limit, required=False, label=label, widget=widget, help_text=help_text)


def count(label: str, help_text: str = "") -> forms.IntegerField:
    """A whole number from 1 that may be left out."""
    return forms.IntegerField(
        min_value=1,
        max_value=32_767,
        required=False,
        label=label,
        widget=NumberInput(inputmode="numeric"),
        help_text=help_text,
    )


def day(label: str, help_text: str = "") -> forms.DateField:
    """A day that may be left out."""
    return forms.DateField(
        required=False, label=label, widget=DayInput, input_formats=["%Y-%m-%d"], help_text=help_text
    )


def number(label: str, digits: int = 12, help_text: str = "", least: Any = None) -> forms.DecimalField:
    """An exact number that may be left out."""
    return forms.DecimalField(
        max_digits=digits,
        decimal_places=4,
        required=False,
        label=label,
        widget=NumberInput,
        min_value=least,
        help_text=help_text,
    )


def choice(choices: Choices, label: str, *, required: bool = True) -> forms.ChoiceField:
    """One of a few, the first unless said: a row in which nothing else was chosen is an empty one."""
    first = choices[0][0]
    return forms.ChoiceField(
        choices=choices, label=label, required=required, initial=first, widget=UnfoldAdminSelectWidget
    )


def row_of(rows: QuerySet[Any], label: str, *, required: bool = True, by: str = "pk") -> "forms.ModelChoiceField[Any]":
    """A row of knowledge."""
    return forms.ModelChoiceField(
        rows, label=label, required=required, widget=UnfoldAdminSelectWidget, to_field_name=by, empty_label="—"
    )


class ItemForm(forms.Form):
    """What all rows have. A row that is left out is not in the new version; one that stops is, with its last day."""

    #: Under this name a refusal names the kind, and the field by which an empty row is known.
    kind: ClassVar[str]
    thing: ClassVar[str]

    item_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    starts_on = day("From", "Empty: today.")
    stops_on = day("Last day")
    stop_reason = words(200, "Why it stops")
    note = words(500, "Note")
    left_out = forms.BooleanField(required=False, label="Leave out", widget=UnfoldBooleanWidget)

    def __init__(self, *args: Any, offered: "QuerySet[Any] | None" = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if offered is not None:
            self.fields[self.thing].queryset = offered  # type: ignore[attr-defined]

    @property
    def used(self) -> bool:
        """Whether the row says something that belongs into the version."""
        cleaned = getattr(self, "cleaned_data", {})
        return bool(cleaned.get(self.thing)) and not cleaned.get("left_out")

    def clean(self) -> dict[str, Any]:
        """An item that is there already needs no field filled in to be left out."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("left_out"):
            self._errors = forms.utils.ErrorDict()
        return cleaned

    def values(self) -> dict[str, Any]:
        """The row as an item of a version; what was left empty is not named."""
        return {
            name: value for name, value in self.cleaned_data.items() if name != "left_out" and value not in (None, "")
        }


class MedicationForm(ItemForm):
    """A medicine in a dosage."""

    field_order = (
        "medicine", "dose", "unit", "route", "frequency", "period", "period_unit", "line", "basis", "course_days", "prescriber",
        "indication", *WHEN, "dose_reason", "prerequisite_reason", "left_out",
    )  # fmt: skip

    kind = "medications"
    thing = "medicine"

    medicine = row_of(Medicine.objects.active().order_by("name"), "Medicine", by="code")
    dose = number("Dose")
    unit = choice(MASSES, "Unit", required=False)
    basis = choice(MedicationItem.Basis.choices, "Is meant", required=False)
    frequency = count("Times")
    period = count("in each")
    period_unit = choice([NOTHING, *MedicationItem.PeriodUnit.choices], "Period", required=False)
    course_days = count("Days of a course")
    route = choice(Route.choices, "Route")
    line = count("Line of therapy")
    prescriber = choice([NOTHING], "Prescriber", required=False)
    indication = words(200, "What for")
    dose_reason = words(300, "Why this dose, where the checks warn", rows=2)
    prerequisite_reason = words(300, "Why it need not wait for what is missing", rows=2)

    #: What every source says about the dose of the medicine, shown beside it.
    guidance: Sequence[str] = ()

    def __init__(self, *args: Any, prescribers: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["prescriber"].choices = [NOTHING, *prescribers]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """With the prescriber by their id."""
        found = super().values()
        prescriber = found.pop("prescriber", None)
        return {**found, "prescriber_id": UUID(prescriber)} if prescriber else found


class InterventionForm(ItemForm):
    """Something beside medicines."""

    field_order = ("intervention", "discipline", "instructions", *WHEN, "left_out")

    kind = "interventions"
    thing = "intervention"

    intervention = row_of(Intervention.objects.active().order_by("name"), "What", by="code")
    discipline = row_of(Discipline.objects.active().order_by("name"), "By", required=False, by="code")
    instructions = words(300, "Instructions")


class GoalForm(ItemForm):
    """What the plan is for."""

    field_order = ("text", "goal", "instrument", "comparison", "target", "due_on", *WHEN, "left_out")

    kind = "goals"
    thing = "text"

    text = forms.CharField(
        max_length=300, label="Goal, in the patient's words or ours", widget=UnfoldAdminTextInputWidget
    )
    goal = row_of(TherapyGoal.objects.active().order_by("name"), "Kind of goal", required=False, by="code")
    instrument = row_of(
        Instrument.objects.filter(retired=False, kind="number").order_by("name"), "Measure", required=False, by="code"
    )
    comparison = choice([NOTHING, *Goal.Comparison.choices], "Should be", required=False)
    target = number("Target", 14)
    due_on = day("Until")


FORMS: tuple[type[ItemForm], ...] = (MedicationForm, InterventionForm, GoalForm)
