"""The page on which a version is written, as one form: a head, and rows of three kinds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from apps.common.refusals import Refused
from apps.knowledge import words
from apps.knowledge.in_force import citation
from apps.knowledge.models import DoseGuidance, Intervention, Medicine, PathwayStep, Shipped
from apps.knowledge.shelf import shelf
from apps.plans.forms.items import FORMS, Choices, InterventionForm, ItemForm, MedicationForm

#: The kinds whose rows name something of which only what is in use is offered.
OFFERED: dict[type[ItemForm], type[Shipped]] = {MedicationForm: Medicine, InterventionForm: Intervention}
#: Empty rows at the end of each kind, and how many more are added when asked for.
EMPTY, MORE = 1, 3


class HeadForm(forms.Form):
    """What the version is about, and what it begins from."""

    summary = forms.CharField(
        max_length=1000,
        required=False,
        label="What changes, and why",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    step = forms.ModelChoiceField(
        PathwayStep.objects.active().select_related("pathway").order_by("pathway__name", "ordinal"), required=False,
        label="Step of a pathway", to_field_name="code", widget=UnfoldAdminSelectWidget, empty_label="—",
    )  # fmt: skip
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step"].label_from_instance = step_name  # type: ignore[attr-defined]


def step_name(step: PathwayStep) -> str:
    """A step with its pathway."""
    return f"{step.pathway.name}: {step.ordinal}. {step.name}"


class ContentForm:
    """Head and rows together. `rows` begins each kind with what is there; `data` is what was sent."""

    def __init__(
        self,
        *,
        head: Mapping[str, Any],
        rows: Mapping[str, Sequence[Mapping[str, Any]]],
        prescribers: Choices,
        data: Any = None,
        more: str = "",
    ) -> None:
        sent = _with_more(data, more) if data is not None else None
        self.head = HeadForm(sent, initial=dict(head), prefix="head")
        self.sets = [_formset(form, rows.get(form.kind, ()), prescribers, sent) for form in FORMS]
        guidance = guidance_by_medicine()
        for form in self._medications():
            form.guidance = guidance.get(str(form["medicine"].value() or ""), [])
        self.sent: dict[str, list[ItemForm]] = {}

    def _medications(self) -> Iterator[MedicationForm]:
        for formset in self.sets:
            yield from (form for form in formset if isinstance(form, MedicationForm))

    def is_valid(self) -> bool:
        """Whether every field can be understood."""
        return all([self.head.is_valid(), *(formset.is_valid() for formset in self.sets)])

    def values(self) -> dict[str, Any]:
        """What `propose` takes. Which form an item came from is kept, to show a refusal beside it."""
        head = {name: value for name, value in self.head.cleaned_data.items() if name != "version"}
        found: dict[str, Any] = {"summary": head["summary"], "step": head["step"]}
        for form, formset in zip(FORMS, self.sets, strict=True):
            self.sent[form.kind] = [row for row in formset if row.used]
            found[form.kind] = [row.values() for row in self.sent[form.kind]]
        return found

    def show(self, refusal: Refused) -> None:
        """Put a refusal beside the items and fields that it names, or above the page."""
        beside = {where: rule for where, rule in refusal.errors.items() if self._place(where) is not None}
        for where, rule in beside.items():
            place = self._place(where)
            if place is not None:
                form, name = place
                form.add_error(name if name in form.fields else None, rule)
        self.head.add_error(None, refusal.detail if not beside else "Something below cannot be meant.")

    def _place(self, where: str) -> tuple[ItemForm, str] | None:
        kind, _, rest = where.partition(".")
        index, _, name = rest.partition(".")
        forms_ = self.sent.get(kind, [])
        return (forms_[int(index)], name) if index.isdigit() and int(index) < len(forms_) else None


def _with_more(data: Any, kind: str) -> Any:
    """What was sent, with more empty rows of a kind."""
    if not kind:
        return data
    changed = data.copy()
    total = str(changed.get(f"{kind}-TOTAL_FORMS", "0"))
    changed[f"{kind}-TOTAL_FORMS"] = str(int(total) + MORE) if total.isdecimal() and len(total) <= 3 else total  # noqa: PLR2004 - more than a page has
    return changed


def _formset(form: type[ItemForm], rows: Sequence[Mapping[str, Any]], prescribers: Choices, data: Any) -> Any:
    made: Any = forms.formset_factory(form, extra=EMPTY, max_num=60, absolute_max=90)
    options: dict[str, Any] = {"prescribers": prescribers} if form is MedicationForm else {}
    if form in OFFERED:
        options["offered"] = _offered(form, rows)
    return made(data, initial=[dict(row) for row in rows], prefix=form.kind, form_kwargs=options)


def _offered(form: type[ItemForm], rows: Sequence[Mapping[str, Any]]) -> QuerySet[Any]:
    """What is in use here, and what stands in the version that the page goes on from: that may be kept or stopped."""
    model = OFFERED[form]
    codes = {row.code for row in shelf().offered(model)} | {row.get(form.thing) for row in rows}
    found: QuerySet[Any] = model._default_manager.filter(code__in=codes - {None}).order_by("name")
    return found


def guidance_by_medicine() -> dict[str, list[str]]:
    """What every source says about the dose of each medicine, one line each, with where it comes from."""
    found: dict[str, list[str]] = {}
    for row in shelf().offered(DoseGuidance):
        found.setdefault(row.medicine.code, []).append(_said(row))
    return found


def _said(row: DoseGuidance) -> str:
    whom = "" if row.population == "any" else f", {row.get_population_display().lower()}"
    kind = "Limit" if row.kind == DoseGuidance.Kind.LIMIT else str(row.get_kind_display())
    return f"{kind}{whom}: {words.dose(row)} ({citation(row).words})"
