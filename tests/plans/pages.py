"""What the tests of this room's admin pages share: a coordinator's browser, and the page on which a version is written."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from apps.plans.models import PlanVersion, TreatmentPlan
from tests.cast import Cast

LOGIN = "apps.accounts.authentication.PeopleBackend"
KINDS = ("medications", "interventions", "goals")


def browser(cast: Cast, name: str = "coordinator") -> Client:
    """Somebody of the cast in the admin."""
    client = Client()
    client.force_login(cast.personas[name].who, backend=LOGIN)
    return client


def page(client: Client, address: str) -> str:
    """A page that opens."""
    answer = client.get(address)
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    return answer.content.decode()


def at(row: Any) -> str:
    """The address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def text(answer: Any) -> str:
    """The words of an answer without its tags and runs of blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def filled(client: Client, address: str, *, more: bool = False) -> dict[str, str]:
    """The page on which a version is written, as a browser would send it back untouched; `more` asks for more rows first."""
    found = _sent(client.get(address))
    return _sent(client.post(address, {**found, "do": "more:medications"})) if more else found


def _sent(answer: Any) -> dict[str, str]:
    form = answer.context["page"].form
    rows = [form.head, *(row for formset in form.sets for row in formset)]
    values = {field.html_name: _value(field) for part in rows for field in part}
    counts = {field.html_name: str(field.value()) for formset in form.sets for field in formset.management_form}
    return counts | {name: str(value) for name, value in values.items() if value not in (None, "", False)}


def _value(field: Any) -> Any:
    """What a browser sends of a field: of a choice in which nothing was chosen the first one."""
    first = next((value for value, _ in getattr(field.field, "choices", ())), None)
    return first if field.value() is None and first is not None else field.value()


def typed(kind: str, index: int, **values: Any) -> dict[str, str]:
    """What is typed into a row."""
    return {f"{kind}-{index}-{name}": str(value) for name, value in values.items()}


def medicine(index: int, code: str, dose: Any, period_unit: str = "d", **more: Any) -> dict[str, str]:
    """A medicine that is typed in, in milligrams once in each period."""
    values = {
        "medicine": code,
        "dose": dose,
        "unit": "mg",
        "frequency": 1,
        "period": 1,
        "period_unit": period_unit,
        **more,
    }
    return typed("medications", index, **values)


def opening(cast: Cast) -> str:
    """The page on which the patient's plan is opened."""
    return reverse("admin:plans_treatmentplan_open", args=[cast.patient.pk])


def proposing(plan: TreatmentPlan) -> str:
    """The page on which the next version is written."""
    return reverse("admin:plans_treatmentplan_propose", args=[plan.pk])


def verb(row: Any, name: str) -> str:
    """The page of something that can be done to a row."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])


def version(number: int = 1) -> PlanVersion:
    """A version of the only plan."""
    return PlanVersion.objects.get(number=number)


def done(answer: Any) -> None:
    """The form was taken; otherwise say what stood on the page."""
    assert answer.status_code == 302, text(answer)[-3000:]
