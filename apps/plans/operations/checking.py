"""What is checked about a proposal, and how it is written down: doses against every source, prerequisites against the facts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.common.refusals import Invalid
from apps.knowledge import values
from apps.knowledge.in_force import catalogue
from apps.knowledge.models import Prerequisite
from apps.plans import dosing, prerequisites
from apps.plans.models import MedicationItem, PlanPolicy, PlanVersion, PlanWarning, PrerequisiteCheck
from apps.plans.operations.content import Content, dosages
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
        return row.needs_reason
    return row.state in {PrerequisiteCheck.State.MISSING, PrerequisiteCheck.State.TOO_OLD}


Starts = dict[str, date]


def since_when(active: PlanVersion | None) -> Starts:
    """Since when each medicine of the version that is followed is taken, by code."""
    if active is None:
        return {}
    rows = MedicationItem.objects.filter(version=active).values_list("medicine__code", "starts_on")
    found: Starts = {}
    for code, start in rows:
        found[code] = min(start, found.get(code, start))
    return found


def check(content: Content, seen: Picture, policy: PlanPolicy, running: Starts) -> Found:
    """Check every medicine of a version. Raises UnsafeOrder, or Invalid for a dose that cannot be meant."""
    known = catalogue()
    found = Found()
    going = [row for row in content.medications if row.stops_on is None or row.stops_on >= seen.today]
    for code, rows in dosages(going).items():
        medicine = known.medicines.get(code)
        if medicine is not None:
            _dose(found, rows, medicine, content, seen, known, running)
    for row in going:
        if row.dose is None:
            found.warnings.append(_undosed(row))
    _prerequisites(found, going, seen, policy, known, running)
    return found


def _dose(
    found: Found,
    rows: Sequence[dosing.Dosage],
    medicine: values.Medicine,
    content: Content,
    seen: Picture,
    known: values.Catalogue,
    running: Starts,
) -> None:
    items = [row for row in content.medications if row.medicine.code == medicine.code]
    beside = [known.medicines[r.medicine.code] for r in content.medications if r.medicine.code in known.medicines]
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
    going: Sequence[MedicationItem],
    seen: Picture,
    policy: PlanPolicy,
    known: values.Catalogue,
    running: Starts,
) -> None:
    """Of medicines that are new; what is taken already had its prerequisites when it was begun."""
    fresh = {row.medicine.code: row.medicine for row in going if row.medicine.code not in running}
    stands = standings(list(fresh), [row.medicine.code for row in going], seen, policy, known)
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
