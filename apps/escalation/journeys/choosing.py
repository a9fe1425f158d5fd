"""With which versions a journey is played, and switching exactly those on, in the transaction that is rolled back."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from apps.common.refusals import Refused
from apps.escalation.journeys.model import Journey, Override
from apps.escalation.journeys.scene import REASON
from apps.escalation.journeys.staging import FOUNDED, Stage
from apps.escalation.models import CriterionVersion
from apps.escalation.operations.criteria import activate, sign
from apps.escalation.operations.site_values import propose_site_value, sign_site_value

State = CriterionVersion.State


def choose(journey: Journey, given: Sequence[CriterionVersion]) -> list[CriterionVersion]:
    """Of each criterion that the journey names the version given; else the active one; else the newest that is not retired."""
    found = {version.criterion.code: version for version in given}
    codes = [code for code in journey.criteria if code not in found]
    rows = CriterionVersion.objects.filter(criterion__code__in=codes).exclude(state=State.RETIRED)
    for row in sorted(rows.select_related("criterion"), key=lambda row: (row.state != State.ACTIVE, -row.number)):
        found.setdefault(row.criterion.code, row)
    return [found[code] for code in journey.criteria if code in found]


def switch_on(journey: Journey, versions: Sequence[CriterionVersion], stage: Stage) -> list[CriterionVersion]:
    """Sign and switch on what is not yet, and set the journey's own values of parameters at its own site.

    Raises BadJourney for a value that does not fit.
    """
    at = min(FOUNDED, journey.steps[0].at)
    _lock(versions)
    rows = [_on(version, journey, stage, at) for version in versions]
    for one in sorted(journey.parameters, key=lambda one: one.code):
        version = next(row for row in rows if row.criterion.code == one.code)
        _set(one, version, stage, at)
    return rows


def _lock(versions: Sequence[CriterionVersion]) -> None:
    """What is to be switched on, and what is on in its place, in one order whatever the file's: two journeys that are played
    side by side wait for each other, and never each for the other.
    """
    changing = [version.criterion_id for version in versions if version.state != State.ACTIVE]
    rows = CriterionVersion.objects.filter(criterion__in=changing).exclude(state=State.RETIRED)
    list(rows.select_for_update(of=("self",), no_key=True).order_by("criterion__code", "-number").values_list("pk"))


def _on(version: CriterionVersion, journey: Journey, stage: Stage, at: datetime) -> CriterionVersion:
    """Only what is switched on fires. The other patients of the installation are not looked at for it."""
    by = stage.governance(stage.governor, at)
    try:
        if version.is_draft:
            version = sign(criterion_version=version, by=by, at=at, waiver=REASON)
        if version.state != State.ACTIVE:
            version = activate(criterion_version=version, by=by, at=at, at_once=False)
    except Refused as error:
        raise journey.criteria[version.criterion.code].bad(f"{version} cannot be switched on: {error.detail}") from None
    return version


def _set(one: Override, version: CriterionVersion, stage: Stage, at: datetime) -> None:
    """As a value of the site, proposed by one and signed by another."""
    author, governor = (stage.governance(user, at) for user in (stage.author, stage.governor))
    try:
        proposed = propose_site_value(
            by=author,
            at=at,
            criterion=version.criterion,
            site=stage.site,
            name=one.name,
            value=_written(one.value),
            reason=REASON,
        )
        sign_site_value(site_value=proposed, by=governor, at=at)
    except Refused as error:
        raise one.where.bad(f"parameter {one.name} of {one.code}: {error.detail}") from None


def _written(value: Decimal | bool) -> str:
    """A value as parameters hold it; true is 1."""
    return str(int(value)) if isinstance(value, bool) else str(value)
