"""The page on which a version is written: a plan's first one, or the next one from what there is."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.models import User
from apps.common.refusals import Refused
from apps.knowledge.models import Intervention, Medicine, PathwayStep
from apps.knowledge.shelf import shelf, trimmed
from apps.patients.models import Patient
from apps.plans import operations
from apps.plans.admin import tables
from apps.plans.forms import ContentForm, step_name
from apps.plans.models import Item, PlanVersion, TreatmentPlan
from apps.plans.operations.content import Content, content_of
from apps.plans.operations.deciding import approvers_of
from apps.plans.reading import Findings, try_out
from apps.rest.admin import actor_of

Rows = dict[str, list[dict[str, Any]]]
#: What a person fills in, of the fields of an item; the rest of it follows.
NOT_TYPED = frozenset({"id", "version", "position", "start_value"})
BY_CODE = frozenset({"medicine", "intervention", "discipline", "goal", "instrument"})


@dataclass
class Start:
    """What a page begins with: about whom, the plan and the version that it goes on from, and the rows filled in."""

    patient: Patient
    plan: TreatmentPlan | None = None
    base: PlanVersion | None = None
    pending: PlanVersion | None = None
    step: PathwayStep | None = None
    rows: Rows = field(default_factory=dict)

    def head(self) -> dict[str, Any]:
        """The first values of the head."""
        step = self.step or (self.base.step if self.base is not None else None)
        version = self.plan.version if self.plan is not None else None
        return {"step": step.code if step is not None else None, "version": version}


def start_of(patient: Patient, plan: TreatmentPlan | None, take: str) -> Start:
    """What a page begins with: the pending version, else the one that is followed; `take` adds an option of a step to it."""
    start = Start(patient, plan)
    if plan is not None:
        versions = {row.state: row for row in plan.versions.select_related("step")}
        start.pending = next((row for row in versions.values() if row.pending), None)
        start.base = start.pending or versions.get(PlanVersion.State.ACTIVE)
    content = content_of(start.base) if start.base is not None else Content()
    start.rows = {
        "medications": [typed(row) for row in content.medications],
        "interventions": [typed(row) for row in content.interventions],
        "goals": [typed(row) for row in content.goals],
    }
    _take(start, take)
    return start


def typed(row: Item) -> dict[str, Any]:
    """An item as its form shows it: rows of knowledge by their codes, numbers without the zeros of their columns."""
    found: dict[str, Any] = {}
    for column in row._meta.concrete_fields:
        if column.name in NOT_TYPED:
            continue
        value = getattr(row, column.attname)
        if column.name in BY_CODE:
            target = getattr(row, column.name)
            value = target.code if target is not None else None
        found[column.name] = trimmed(value) if isinstance(value, Decimal) else value
    return found


def _take(start: Start, take: str) -> None:
    """Add what an option of a step combines, of what is not there yet; doses are for whoever prescribes."""
    code, _, option = take.partition(":")
    known = shelf()
    step = next((one for one in known.offered(PathwayStep) if one.code == code), None)
    chosen = next((one for one in step.options if one["code"] == option), None) if step is not None else None
    if step is None or chosen is None:
        return
    start.step = step
    there = {row["medicine"] for row in start.rows["medications"]}
    for medicine in _named(known.offered(Medicine), chosen.get("medicines", [])):
        if medicine.code not in there:
            route = medicine.routes[0] if medicine.routes else "oral"
            start.rows["medications"].append({"medicine": medicine.code, "route": route, "indication": step.name})
    there = {row["intervention"] for row in start.rows["interventions"]}
    for thing in _named(known.offered(Intervention), chosen.get("interventions", [])):
        if thing.code not in there:
            start.rows["interventions"].append({"intervention": thing.code})


def _named(offered: list[Any], codes: Collection[str]) -> list[Any]:
    """What an option names, of what is offered here, in the order of the names."""
    return sorted((row for row in offered if row.code in codes), key=lambda row: row.name)


def options(patient: Patient) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every option of every step offered here, by pathway and step: first the pathways that are meant for this patient."""
    steps = shelf().offered(PathwayStep)
    meant = {"any", patient.onset, patient.phenotype}
    ordered = sorted(steps, key=lambda one: (one.pathway.population not in meant, one.pathway.name, one.ordinal))
    return [
        (step_name(step), [(f"{step.code}:{one['code']}", one["name"]) for one in step.options]) for step in ordered
    ]


def prescribers(start: Start, request: HttpRequest) -> list[tuple[str, str]]:
    """Who may be named as the prescriber: who may approve here, and who stands there already."""
    at = actor_of(request).at
    there = [row["prescriber"] for row in start.rows["medications"] if row.get("prescriber")]
    ids = [*approvers_of(start.patient, at), *there]  # type: ignore[arg-type]
    users: QuerySet[User] = User.objects.filter(pk__in=ids).order_by("name")
    return [(str(user.pk), user.name) for user in users]


#: What a row of each kind is called.
CALLED = {"medications": "Medicine", "interventions": "Beside medicines", "goals": "Goal"}


@dataclass(frozen=True)
class Wrong:
    """Something that cannot be meant, in words, and the id of where it stands on the page."""

    anchor: str
    words: str


@dataclass
class Page:
    """The form as it stands, and what came of sending it."""

    start: Start
    form: ContentForm
    findings: Findings | None = None
    made: PlanVersion | None = None

    @property
    def wrong(self) -> list[Wrong]:
        """Everything in the rows that was refused, in their order."""
        if not self.form.head.is_bound:
            return []
        rows = [(CALLED[row.kind], number, row) for part in self.form.sets for number, row in enumerate(part, start=1)]
        return [one for called, number, row in rows for one in _wrong(row, f"{called} {number}")]

    @property
    def tables(self) -> list[Any]:
        """What the checks found, when they were asked."""
        return tables.of_findings(self.findings) if self.findings is not None else []


def _wrong(row: Any, called: str) -> list[Wrong]:
    """What was refused of a row; of the row as a whole leads to the row."""
    where = {name: (row[name].id_for_label, f", {row[name].label}") for name in row.errors if name in row.fields}
    return [
        Wrong(anchor, f"{called}{label}: {words}")
        for name, found in row.errors.items()
        for anchor, label in [where.get(name, (row.prefix, ""))]
        for words in found
    ]


def _name_rows(form: ContentForm) -> None:
    """Let every row know what it is called: the medicine or whatever else was chosen in it, as it is called here."""
    known = shelf()
    names = {row.code: row.name for model in (Medicine, Intervention) for row in known.all(model)}
    for part in form.sets:
        for row in part:
            said = str(row[row.thing].value() or "")
            row.called = names.get(said, said)


def page_of(request: HttpRequest, start: Start) -> Page:
    """Read what was sent, and do what its button says: more rows, check, or propose."""
    sent = request.POST if request.method == "POST" else None
    doing = request.POST.get("do", "") if sent is not None else ""
    more = doing.removeprefix("more:") if doing.startswith("more:") else ""
    form = ContentForm(
        head=start.head(), rows=start.rows, prescribers=prescribers(start, request), data=sent, more=more
    )
    _name_rows(form)
    page = Page(start, form)
    if sent is None or more or not form.is_valid():
        return page
    values = form.values()
    try:
        if doing == "check":
            actor = actor_of(request)
            page.findings = try_out(start.patient, values["medications"], actor.at)  # type: ignore[arg-type]
        else:
            page.made = _propose(request, start, form, values)
    except Refused as refusal:
        form.show(refusal)
    return page


def _propose(request: HttpRequest, start: Start, form: ContentForm, values: dict[str, Any]) -> PlanVersion:
    """The version, of a new plan or of the one that is there; a pending one that the page began from is replaced."""
    actor = actor_of(request)
    who: dict[str, Any] = {"by": actor, "at": actor.at}
    if start.plan is None:
        step = values["step"]
        with transaction.atomic():
            plan = operations.open_plan(
                patient=start.patient, pathway=step.pathway if step is not None else None, **who, **values
            )
            return plan.versions.get()
    version = form.head.cleaned_data["version"]
    return operations.propose(plan=start.plan, version=version, replaces=start.pending, **who, **values)
