"""What the tests of clinical governance share: its two clinicians, wordings to write, and the two doors."""

from typing import Any

from django.test import Client
from django.urls import reverse

from apps.accounts.permissions import Role
from apps.common import due
from apps.escalation.models import CriterionVersion, Trial
from apps.escalation.operations.trying import QUEUE
from tests.cast import Cast
from tests.escalation.house import SHIPPED, place, shipped
from tests.observations.house import get, send

PATH = "criterion-versions/"
TRIALS = "criterion-trials/"
#: A whole wording, as somebody sends it.
WORDING: dict[str, Any] = {
    "name": "Low saturation at rest", "when": "latest(spo2_rest_ra) < p.limit", "clears": "by_person", "severity": "urgent",
    "asks": ["pulmonology"], "informs": ["rheumatology"], "acknowledge_within": "1 wd", "act_within": "2 wd",
    "advice": "Look at the lungs.", "citations": ["LP"], "origin": "policy",
    "parameters": {"limit": {"value": "92", "unit": "%", "citation": "LP", "mark": "LP"}},
}  # fmt: skip


def with_governance(cast: Cast) -> Cast:
    """The cast with the shipped criteria as they arrive, and two clinicians of governance."""
    cast.person("governor", Role.GOVERNANCE)
    cast.person("second_governor", Role.GOVERNANCE)
    place(SHIPPED)
    return cast


def version(code: str, number: int = 1) -> CriterionVersion:
    """A wording, read afresh."""
    row: CriterionVersion = CriterionVersion.objects.select_related("criterion").get(
        criterion__code=code, number=number
    )
    return row


def do(cast: Cast, verb: str, row: CriterionVersion, *, who: str = "governor", **body: Any) -> Any:
    """Do something to a wording by its REST door; the row is read afresh."""
    answer = send(cast, f"{PATH}{row.pk}/{verb}/", body, who=who)
    row.refresh_from_db()
    return answer


def drafted(cast: Cast, *, who: str = "governor", **body: Any) -> CriterionVersion:
    """Write a wording by the REST door."""
    answer = send(cast, PATH, body, who=who)
    assert answer.status_code == 201, answer.content
    row: CriterionVersion = CriterionVersion.objects.select_related("criterion").get(pk=answer.json()["id"])
    return row


def another(cast: Cast, code: str = "SW-01", *, who: str = "governor", **changes: Any) -> CriterionVersion:
    """Write another wording of a shipped criterion, changed in this."""
    return drafted(cast, who=who, based_on=str(version(code).pk), **changes)


def stricter(code: str = "SW-01", name: str = "positive", value: str = "5") -> dict[str, Any]:
    """The numbers of a shipped criterion with one of them changed."""
    parameters = shipped(code)["parameters"]
    return {**parameters, name: {**parameters[name], "value": value}}


def limit(value: str) -> dict[str, Any]:
    return {"limit": {**WORDING["parameters"]["limit"], "value": value}}


def lung(cast: Cast, **changes: Any) -> CriterionVersion:
    """A draft of a criterion that no shipped journey names."""
    return drafted(cast, criterion="LU-90", group="lung", **{**WORDING, **changes})


def tried(row: CriterionVersion) -> Trial:
    """Let a worker do what is due; returns the last trial of the wording."""
    due.drain_all(QUEUE)
    row.refresh_from_db()
    trial: Trial = row.trials.order_by("-asked_at", "-id")[0]
    return trial


def fields(answer: Any) -> list[str]:
    """Which fields a refusal names."""
    return [error["field"] for error in answer.json()["errors"]]


def show(cast: Cast, row: Any, *, who: str = "governor", path: str = PATH) -> Any:
    """A row as its door shows it."""
    answer = get(cast, f"{path}{row.pk}/", who=who)
    assert answer.status_code == 200, answer.content
    return answer.json()


def browser(cast: Cast, name: str = "governor") -> Client:
    """Somebody's browser, signed in to the admin."""
    client = Client()
    client.force_login(cast.personas[name].who)
    return client


def page(client: Client, url: str) -> str:
    """A page that is there."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


def at(name: str, *args: Any) -> str:
    """The address of a page of criteria."""
    return reverse(f"admin:escalation_criterionversion_{name}", args=args)


def form_of(content: dict[str, Any], **more: str) -> dict[str, str]:
    """What a browser sends for a content: fields, numbers and variants as rows."""
    lists = {"asks", "informs", "citations", "excludes"}
    found = {
        name: ", ".join(value) if name in lists else str(value)
        for name, value in content.items()
        if name not in {"parameters", "variants"}
    }
    numbers = [{"name": name, **one} for name, one in content.get("parameters", {}).items()]
    for kind, rows in (("parameters", numbers), ("variants", content.get("variants", []))):
        found[f"{kind}-TOTAL_FORMS"], found[f"{kind}-INITIAL_FORMS"] = str(len(rows)), "0"
        for index, row in enumerate(rows):
            for name, value in row.items():
                typed = ", ".join(value) if isinstance(value, list) else "on" if value is True else str(value)
                found[f"{kind}-{index}-{name}"] = typed
    return {**found, "do": "save", **more}
