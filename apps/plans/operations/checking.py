"""What is checked about a proposal, and how it is written down: doses against every source, prerequisites against the facts."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.common.refusals import Invalid
from apps.knowledge import values
from apps.knowledge.in_force import everything
from apps.knowledge.models import Medicine, Prerequisite
from apps.plans import dosing, prerequisites
from apps.plans.models import (
    MedicationItem,
    PlanPolicy,
    PlanVersion,
    PlanWarning,
    PrerequisiteCheck,
    TreatmentPlan,
)
from apps.plans.operations.content import Content, dosages
from apps.plans.operations.taking import begun, going
from apps.plans.picture import Picture
from apps.plans.prerequisites import Standing


class UnsafeOrder(Invalid):
    """An order that has killed people elsewhere, such as methotrexate every day; it is refused, whatever the reason."""

    type = "unsafe-order"
    title = "Unsafe order"


@dataclass
class Found:
    """What the checks found: warnings, prerequisites, and every dose against every source as plain values."""

    warnings: list[PlanWarning] = field(default_factory=list)
    prerequisites: list[PrerequisiteCheck] = field(default_factory=list)
    lines: dict[str, Any] = field(default_factory=dict)

    def save(
        self, version: PlanVersion, reasons: dict[str, dict[str, str]], *, by_id: UUID | None, at: datetime
    ) -> None:
        """Write them down under a version, with the reasons that came along."""
        for name, rows in (("dose_reason", self.warnings), ("prerequisite_reason", self.prerequisites)):
            for row in rows:
                row.version = version
                words = reasons.get(row.medicine.code, {}).get(name, "")
                if words and _wants_reason(row):
                    row.reason, row.reason_by_id, row.reason_at = words, by_id, at
                row.hold_to_rules()
        PlanWarning.objects.bulk_create(self.warnings)
        PrerequisiteCheck.objects.bulk_create(self.prerequisites)


def _wants_reason(row: Any) -> bool:
    if isinstance(row, PlanWarning):
        # Words that were written before the warning was seen do not answer an urgent one.
        return row.needs_reason and row.severity != PlanWarning.Severity.URGENT
    return row.state in {PrerequisiteCheck.State.MISSING, PrerequisiteCheck.State.TOO_OLD}


Starts = dict[str, date]


def since_when(plan: TreatmentPlan | None, taken: Sequence[MedicationItem], today: date) -> Starts:
    """Since when each of these medicines is taken, by code; one that begins, or begins again after a gap, is not among them."""
    if plan is None:
        return {}
    begins: Starts = {}
    for row in taken:
        begins[row.medicine.code] = min(row.starts_on, begins.get(row.medicine.code, row.starts_on))
    runs = {code: run for code, run in begun(plan, on=today).items() if code in begins}
    return {
        code: run.first for code, run in runs.items()
        if run.first <= today and begins[code] <= (run.last or today) + timedelta(days=1)
    }  # fmt: skip


def check(
    content: Content, seen: Picture, policy: PlanPolicy, plan: TreatmentPlan | None, *, anew: Collection[str] = ()
) -> Found:
    """Check every medicine of a version of the plan that goes on or begins. The medicines `anew`, by code, are judged as ones
    that begin, whatever is taken. Raises UnsafeOrder, or Invalid for a dose that cannot be meant.
    """
    _hold_all(content)
    known, found, taken = everything(), Found(), going(content.medications, seen.today)
    running = {code: day for code, day in since_when(plan, taken, seen.today).items() if code not in anew}
    for code, rows in dosages(taken).items():
        if code in known.medicines:
            _dose(found, rows, [row for row in taken if row.medicine.code == code], taken, seen, known, running)
    for row in taken:
        if row.dose is None:
            found.warnings.append(_undosed(row))
    found.warnings += [_not_in_use(row) for row in _one_each(taken) if _not_known(row, known)]
    _prerequisites(found, taken, seen, policy, known, running)
    return found


def _hold_all(content: Content) -> None:
    """Refuse a dosage that cannot be meant, also of what has stopped already: it is shown and counted like any other."""
    for row in content.medications:
        for one in dosages([row]).get(row.medicine.code, []):
            try:
                dosing.hold(one)
            except dosing.Impossible as error:
                raise Invalid.field(f"medications.{row.position}.{error.field}", error.rule) from None


def _one_each(taken: Sequence[MedicationItem]) -> list[MedicationItem]:
    return list({row.medicine.code: row for row in reversed(taken)}.values())


def _not_known(row: MedicationItem, known: values.Catalogue) -> bool:
    return row.medicine.code not in known.medicines or row.medicine.code in known.out_of_use


def _dose(
    found: Found,
    rows: Sequence[dosing.Dosage],
    items: Sequence[MedicationItem],
    taken: Sequence[MedicationItem],
    seen: Picture,
    known: values.Catalogue,
    running: Starts,
) -> None:
    medicine = known.medicines[items[0].medicine.code]
    beside = [known.medicines[row.medicine.code] for row in taken if row.medicine.code in known.medicines]
    start = min([running.get(medicine.code, rows[0].starts_on), *[row.starts_on for row in rows]])
    try:
        result = dosing.check(
            rows, seen.body, known.guidance_of(medicine.code), populations=seen.populations, medicine=medicine,
            beside=[one for one in beside if one.code != medicine.code], weeks_since_start=max(0, (seen.today - start).days // 7),
            today=seen.today,
        )  # fmt: skip
    except dosing.UnsafeOrder as error:
        raise UnsafeOrder(str(error), errors={f"medications.{items[0].position}.frequency": str(error)}) from None
    except dosing.Impossible as error:
        raise Invalid.field(f"medications.{items[0].position}.{error.field}", error.rule) from None
    found.lines[medicine.code] = _plain(asdict(result))
    for warning in result.warnings:
        found.warnings.append(
            PlanWarning(
                medicine=items[0].medicine, code=warning.code, severity=warning.severity, words=warning.words,
                arithmetic=warning.arithmetic, citations=list(warning.citations),
                needs_reason=warning.severity != PlanWarning.Severity.INFO,
            )
        )  # fmt: skip


def _undosed(row: MedicationItem) -> PlanWarning:
    words = f"{row.medicine.name} has no dose yet: whoever prescribes it proposes one."
    return PlanWarning(
        medicine=row.medicine, code="no_dose", severity=PlanWarning.Severity.WARNING, words=words, needs_reason=False
    )


def _not_in_use(row: MedicationItem) -> PlanWarning:
    why = "it is not in use here any more, and what is known about it may be old."
    words = f"{row.medicine.name} cannot be checked as usual: {why}"
    return PlanWarning(
        medicine=row.medicine, code="not_checked", severity=PlanWarning.Severity.URGENT, words=words, needs_reason=True
    )


def standings(
    medicines: Sequence[str], beside: Sequence[str], seen: Picture, policy: PlanPolicy, known: values.Catalogue
) -> list[Standing]:
    """How the prerequisites of these medicines stand now."""
    wanted = [requirement for code in medicines for requirement in known.requirements_of(code)]
    return prerequisites.judge(
        wanted, seen.done, on=seen.today, options=frozenset(policy.options), populations=seen.populations,
        beside=frozenset(beside),
    )  # fmt: skip


def _prerequisites(
    found: Found,
    taken: Sequence[MedicationItem],
    seen: Picture,
    policy: PlanPolicy,
    known: values.Catalogue,
    running: Starts,
) -> None:
    """Of medicines that are new; what is taken already had its prerequisites when it was begun."""
    fresh = {row.medicine.code: row.medicine for row in taken if row.medicine.code not in running}
    stands = standings(list(fresh), [row.medicine.code for row in taken], seen, policy, known)
    rows = {row.code: row for row in Prerequisite.objects.filter(medicine__in=fresh.values())} if stands else {}
    for one in stands:
        row = rows.get(one.requirement.citation.code)
        if row is None:
            continue
        found.prerequisites.append(
            PrerequisiteCheck(
                prerequisite=row, medicine=fresh[one.requirement.medicine], panel_id=row.panel_id, state=one.state,
                done_on=one.on, words=one.words, citation=one.requirement.citation.words,
                holds_first_dose=one.requirement.holds_first_dose,
            )
        )  # fmt: skip
        if one.alert:
            found.warnings.append(_alert(fresh[one.requirement.medicine], one))


def _alert(medicine: Medicine, one: Standing) -> PlanWarning:
    """A result that speaks against the medicine wants a reason; that a lower dose is enough is for information."""
    severity = PlanWarning.Severity
    grave = severity.URGENT if "avoid" in one.alert else severity.WARNING
    found = severity.INFO if "a lower dose" in one.alert else grave
    return PlanWarning(
        medicine=medicine, code="look_at_result", severity=found, words=one.alert, citations=[one.requirement.citation.words],
        needs_reason=found != severity.INFO,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """As JSON holds it: numbers exactly, as text."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
