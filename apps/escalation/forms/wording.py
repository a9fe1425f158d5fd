"""The page on which a wording is written, as one form: a head, its numbers, its variants.

What holds of a wording is said in one place (`wording.hold`); here a form only understands what was typed and shows each
refusal beside what it is about.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.common.refusals import Refused
from apps.escalation.models import Criterion, CriterionVersion
from apps.knowledge.models import Mark
from apps.nudges.models import Severity

EMPTY, MORE, MOST = 1, 3, 60
PARAMETERS, VARIANTS = "parameters", "variants"
NOTHING = ("", "—")
MARKS = [NOTHING, *((code, f"{code}: {words}") for code, words in Mark.choices)]
MONOSPACE = "font-family: ui-monospace, monospace"
SPAN_HELP = "Such as “30 min”, “4 h”, “1 wd” (a working day), “14 d” or “same day”."
ASKS_HELP = (
    "Disciplines, in the order in which they are asked, with commas between; “:on-call” behind one asks whoever is on call"
    " first."
)


def _line(limit: int, label: str, *, required: bool = True, help_text: str = "", **attrs: str) -> forms.CharField:
    return forms.CharField(
        max_length=limit, label=label, required=required, help_text=help_text, widget=UnfoldAdminTextInputWidget(attrs)
    )


class Lines(forms.CharField):
    """A text for which there is room; ends of lines are as everywhere else."""

    def __init__(self, *, rows: int, check: str = "", **options: Any) -> None:
        attrs = {"rows": rows, **({"data-check": check, "style": MONOSPACE, "spellcheck": "false"} if check else {})}
        super().__init__(widget=UnfoldAdminTextareaWidget(attrs=attrs), **options)

    def to_python(self, value: Any) -> str:
        """With plain ends of lines."""
        return str(super().to_python(value)).replace("\r\n", "\n")


class Sentence(Lines):
    """Words that are one line, wherever they were broken."""

    def to_python(self, value: Any) -> str:
        """On one line."""
        return " ".join(super().to_python(value).split())


class Codes(forms.CharField):
    """Codes with commas between."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=1000, widget=UnfoldAdminTextInputWidget(), **options)

    def prepare_value(self, value: Any) -> Any:
        """As it is typed."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """As a list."""
        return [one for one in re.split(r"[,\s]+", str(super().to_python(value))) if one]


class HeadForm(forms.Form):
    """What a wording says beside its numbers and variants."""

    criterion = _line(10, "Code", help_text="Two letters and two digits, such as SW-01.")
    group = forms.ChoiceField(choices=Criterion.Group.choices, widget=UnfoldAdminSelectWidget)
    name = _line(150, "Name")
    population = forms.ChoiceField(
        choices=CriterionVersion.Population.choices, label="For whom", widget=UnfoldAdminSelectWidget
    )
    key = forms.ChoiceField(
        choices=CriterionVersion.Key.choices, label="One escalation for", required=False, widget=UnfoldAdminSelectWidget
    )
    when = Lines(rows=4, check="when", label="It fires when")
    clears = Lines(
        rows=2, check="clears", label="It ends when", help_text="Or “by_person”, when only a person ends it."
    )
    severity = forms.ChoiceField(choices=Severity.choices, widget=UnfoldAdminSelectWidget)
    asks = Codes(label="Asks", help_text=ASKS_HELP)
    informs = Codes(label="Also tells", required=False)
    acknowledge_within = _line(20, "To acknowledge within", help_text=SPAN_HELP)
    act_within = _line(20, "To act within", help_text=SPAN_HELP)
    advice = Sentence(rows=3, label="Advice", max_length=500)
    excludes = Codes(
        label="Gives way to",
        required=False,
        help_text="Codes of sharper criteria: it is not opened while one of them fires.",
    )
    citations = Codes(label="Where it comes from", help_text="Codes of sources and statements; LP is local policy.")
    origin = forms.ChoiceField(choices=CriterionVersion.Origin.choices, widget=UnfoldAdminSelectWidget)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not new:
            del self.fields["criterion"], self.fields["group"]


class ParameterForm(forms.Form):
    """A number of the criterion. A row without a name is none."""

    name = _line(40, "Name", required=False, **{"data-parameter": "name"})
    value = _line(20, "Number", required=False, inputmode="decimal", **{"data-parameter": "value"})
    unit = _line(20, "Unit", required=False, **{"data-parameter": "unit"})
    citation = _line(60, "From", required=False)
    mark = forms.ChoiceField(choices=MARKS, label="Verified", required=False, widget=UnfoldAdminSelectWidget)
    uncertain = forms.BooleanField(required=False, label="Uncertain", widget=UnfoldBooleanWidget)

    @property
    def used(self) -> bool:
        """Whether it says something."""
        return any(getattr(self, "cleaned_data", {}).values())

    def values(self) -> dict[str, Any]:
        """The number without its name."""
        found = {name: self.cleaned_data[name] for name in ("value", "unit", "citation", "mark")}
        return {**found, **({"uncertain": True} if self.cleaned_data["uncertain"] else {})}


class VariantForm(forms.Form):
    """What is otherwise when a sharper condition holds. A row without a condition is none."""

    when = Lines(rows=3, check="variant", label="When", required=False)
    severity = forms.ChoiceField(choices=[NOTHING, *Severity.choices], required=False, widget=UnfoldAdminSelectWidget)
    reason = Sentence(
        rows=2, check="reason", label="Why it presses", required=False, max_length=300,
        help_text="Values can stand in braces: {latest(eat10)}.",
    )  # fmt: skip
    asks = Codes(label="Asks", required=False, help_text="Empty: as above.")
    informs = Codes(label="Also tells", required=False, help_text="Empty: as above.")
    acknowledge_within = _line(20, "To acknowledge within", required=False, help_text="Empty: as above.")
    act_within = _line(20, "To act within", required=False, help_text="Empty: as above.")

    @property
    def used(self) -> bool:
        """Whether it says something."""
        return any(getattr(self, "cleaned_data", {}).values())

    def values(self) -> dict[str, Any]:
        """What is otherwise; what was left empty is as in the wording."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return {"when": self.cleaned_data["when"], "severity": self.cleaned_data["severity"], **given}


class WordingForm:
    """Head, numbers and variants together, beginning with a content; `data` is what was sent, `more` asks for empty rows."""

    def __init__(self, content: Mapping[str, Any], *, new: bool, data: Any = None, more: str = "") -> None:
        sent = _with_more(data, more) if data is not None else None
        self.head = HeadForm(sent, initial=dict(content), new=new)
        self.parameters = _rows(ParameterForm, PARAMETERS, parameter_rows(content), sent)
        self.variants = _rows(VariantForm, VARIANTS, content.get(VARIANTS, []), sent)

    def is_valid(self) -> bool:
        """Whether everything can be understood."""
        fine = all([self.head.is_valid(), self.parameters.is_valid(), self.variants.is_valid()])
        return fine and self._named_once()

    def _named_once(self) -> bool:
        seen: set[str] = set()
        for form in self._used(self.parameters):
            name = form.cleaned_data["name"]
            if name in seen:
                form.add_error("name", "This name stands there twice.")
            seen.add(name)
        return not any(form.errors for form in self._used(self.parameters))

    def values(self) -> dict[str, Any]:
        """What `draft` and `edit` take, the version that was read among it."""
        numbers = {form.cleaned_data["name"]: form.values() for form in self._used(self.parameters)}
        others = [form.values() for form in self._used(self.variants)]
        return {**self.head.cleaned_data, PARAMETERS: numbers, VARIANTS: others}

    def show(self, refusal: Refused) -> None:
        """Put a refusal beside what it is about, or above the page."""
        placed = [self._place(where, rule) for where, rule in refusal.errors.items()]
        if not placed or not all(placed):
            self.head.add_error(None, refusal.detail)
        else:
            self.head.add_error(None, "Something below cannot be meant.")

    def _place(self, where: str, rule: str) -> bool:
        kind, _, rest = where.partition(".")
        form: Any = None
        if kind == PARAMETERS and rest:
            form = next((one for one in self._used(self.parameters) if one.cleaned_data["name"] == rest), None)
            rest = ""
        elif kind == VARIANTS and rest:
            index, _, rest = rest.partition(".")
            form = self._used(self.variants)[int(index)]
        elif where in self.head.fields:
            form, rest = self.head, where
        if form is not None:
            form.add_error(rest if rest in form.fields else None, rule)
        return form is not None

    @staticmethod
    def _used(rows: Any) -> list[Any]:
        return [form for form in rows if form.used]


def parameter_rows(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The numbers of a content as rows, in the order of their names."""
    return [{"name": name, **one} for name, one in sorted(content.get(PARAMETERS, {}).items())]


def _rows(form: type[forms.Form], prefix: str, rows: Sequence[Mapping[str, Any]], data: Any) -> Any:
    made: Any = forms.formset_factory(form, extra=EMPTY, max_num=MOST, absolute_max=MOST)
    # A row that was left as it was is not an empty one, whatever the browser says of how many there were.
    options = {"empty_permitted": False}
    return made(data, initial=[dict(row) for row in rows], prefix=prefix, form_kwargs=options)


def _with_more(data: Any, kind: str) -> Any:
    """What was sent, with more empty rows of a kind."""
    if kind not in {PARAMETERS, VARIANTS}:
        return data
    changed = data.copy()
    total = str(changed.get(f"{kind}-TOTAL_FORMS", "0"))
    if total.isdecimal() and len(total) < len(str(MOST)) + 1:
        changed[f"{kind}-TOTAL_FORMS"] = str(min(int(total) + MORE, MOST))
    return changed
