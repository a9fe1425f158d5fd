"""The admin page of what this hospital says differently."""

from decimal import Decimal
from typing import Any

import yaml
from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from apps.knowledge import operations
from apps.knowledge.admin.base import display
from apps.knowledge.loading.files import BadFixture, values_in
from apps.knowledge.models import OVERRIDABLE, Override
from apps.knowledge.rules import overridable
from apps.knowledge.shelf import shelf, trimmed
from apps.knowledge.views import POLICY
from apps.rest.admin import HouseAdmin, HouseForm, Verb

CHOICES = sorted((kind, str(model._meta.verbose_name).capitalize()) for kind, model in OVERRIDABLE.items())


class OwnValuesForm(HouseForm):
    """Own values as lines that a person can read: `low: 0.5`."""

    kind = forms.ChoiceField(choices=CHOICES, widget=UnfoldAdminSelectWidget)
    values = forms.CharField(
        required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 14}),
        help_text="One value a line, such as “low: 0.5”. Lines that say what was shipped change nothing.",
    )  # fmt: skip

    class Meta:
        model = Override
        fields = ("kind", "code", "values", "hidden", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.initial["values"] = _as_it_holds(self.initial.get("kind", ""), self.initial.get("code", ""))
        else:
            # Which row it is about is asked once; declared fields stay in a form whatever its page leaves out.
            self.fields.pop("kind", None)
            self.initial["values"] = _lines(_typed(self.instance))

    def clean_values(self) -> dict[str, Any]:
        """The values by field."""
        try:
            return values_in(self.cleaned_data["values"])
        except BadFixture as error:
            raise forms.ValidationError(str(error)) from None


class _Plain(yaml.SafeDumper):
    """Writes numbers without quotes, with every digit they have."""


def _digits(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    kind = "int" if value == value.to_integral_value() else "float"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", f"{trimmed(value):f}")


_Plain.add_representer(Decimal, _digits)


def _as_it_holds(kind: str, code: str) -> str:
    """What a row says now, as lines to change; nothing for a row that is not there."""
    rows = shelf().all(OVERRIDABLE[kind]) if kind in OVERRIDABLE else []
    row = next((each for each in rows if each.code == code), None)
    if row is None:
        return ""
    given = {name: getattr(row, name) for name in overridable(type(row))}
    return _lines({name: value for name, value in given.items() if value not in (None, "", [])})


def _typed(own: Override) -> dict[str, Any]:
    """Own values in the types of their fields."""
    fields = overridable(OVERRIDABLE[own.kind])
    return {name: fields[name].to_python(value) for name, value in own.values.items() if name in fields}


def _lines(values: dict[str, Any]) -> str:
    if not values:
        return ""
    return yaml.dump(values, Dumper=_Plain, default_flow_style=None, sort_keys=False, allow_unicode=True, width=1000)


def _drop(*, override: Override, **given: Any) -> HttpResponse:
    """Drop them and go back to the list: the row's page is gone with them."""
    operations.drop_override_of(override=override, **given)
    return HttpResponseRedirect(reverse("admin:knowledge_override_changelist"))


@admin.register(Override)
class OverrideAdmin(HouseAdmin):
    """This hospital's own values."""

    policy = POLICY
    subject = "override"
    add_by = staticmethod(operations.override)
    change_by = staticmethod(operations.change_override)
    form = OwnValuesForm
    list_display = ("row", "what", "reason", "set_at", "set_by")
    list_filter = ("kind", "hidden")
    list_select_related = ("set_by",)
    search_fields = ("code", "reason")
    ordering = ("kind", "code")
    verbs = (
        Verb("drop", "Go back to what was shipped", _drop, explain="What the edition says holds again."),
    )  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of which row is asked once."""
        asked = ["values", "hidden", "reason"]
        return ["kind", "code", *asked] if obj is None else ["row", "shipped", *asked, "set_at", "set_by"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Which row, and when and by whom, is shown."""
        return () if obj is None else ("row", "shipped", "set_at", "set_by")

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        """The row that the address names."""
        return {name: request.GET.get(name, "") for name in ("kind", "code")}

    @display(description="Row")
    def row(self, own: Override) -> str:
        """Which row it is about."""
        return f"{OVERRIDABLE[own.kind]._meta.verbose_name} {own.code}"

    @display(description="Set here")
    def what(self, own: Override) -> str:
        """The values in a line."""
        said = "; ".join(f"{name}: {value}" for name, value in own.values.items())
        return "; ".join(part for part in ("not used here" if own.hidden else "", said) if part)

    @display(description="As shipped")
    def shipped(self, own: Override) -> str:
        """What the edition says in the same fields."""
        rows = shelf().all(OVERRIDABLE[own.kind])
        row = next((each for each in rows if each.code == own.code), None)
        if row is None or row.retired:
            return "the edition no longer has this row"
        return "; ".join(f"{name}: {value}" for name, value in row.shipped_values.items()) or "the same"
