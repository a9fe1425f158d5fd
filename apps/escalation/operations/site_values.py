"""A site's own numbers in place of those of a criterion: proposed by one clinician, signed by another, ended."""

from datetime import datetime

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.escalation import language, wording
from apps.escalation.models import Criterion, CriterionVersion, SiteValue
from apps.escalation.operations.holding import look_at_everybody

State = SiteValue.State


@transaction.atomic
def propose_site_value(
    *, by: Actor, at: datetime, criterion: Criterion, site: Site, name: str, value: str, reason: str, citation: str = ""
) -> SiteValue:
    """Propose a site's own number for a parameter of a criterion. It counts once somebody else has signed it.

    Raises Forbidden, Conflict while another one is proposed, or Invalid when there is no such parameter or the number does
    not fit.
    """
    by.require(Permission.CRITERIA_WRITE, site.pk)
    author = by.user_id_known
    _lock(criterion)
    hold_value(criterion, name, value)
    there = SiteValue.objects.filter(criterion=criterion, site=site, name=name, state=State.PROPOSED)
    if there.exists():
        raise Conflict("Another number is proposed already: end that one first.")
    row = SiteValue(
        criterion=criterion, site=site, name=name, value=value, reason=reason, citation=citation, proposed_by_id=author,
        proposed_at=at,
    )  # fmt: skip
    row.hold_to_rules()
    row.save(force_insert=True)
    changes = audit.created(row, "criterion", "site", "name", "value", "state")
    audit.record(by=by, at=at, verb="escalation.propose_site_value", subject=row, site_id=site.pk, changes=changes)
    return row


@transaction.atomic
def sign_site_value(*, site_value: SiteValue, by: Actor, at: datetime, version: int | None = None) -> SiteValue:
    """Sign a number that somebody else proposed; the one that was in force ends. The site's patients are looked at by it now.

    Raises Forbidden, Stale, Conflict, or Invalid when it does not fit what the criterion says by now.
    """
    row = _held(site_value, by, version)
    if row.state != State.PROPOSED:
        raise Conflict(f"This number is {row.get_state_display().lower()} already.")
    if row.proposed_by_id == by.user_id_known:
        raise Forbidden("Nobody signs what they proposed themselves.")
    hold_value(row.criterion, row.name, row.value)
    for former in SiteValue.objects.filter(criterion=row.criterion, site=row.site, name=row.name, state=State.SIGNED):
        _end(former, by, at)
    changes = row.change(state=State.SIGNED, signed_by_id=by.user_id, signed_at=at)
    audit.record(by=by, at=at, verb="escalation.sign_site_value", subject=row, site_id=row.site_id, changes=changes)
    look_at_everybody(at=at, site=row.site)
    return row


@transaction.atomic
def end_site_value(*, site_value: SiteValue, by: Actor, at: datetime, version: int | None = None) -> SiteValue:
    """End a site's own number: what the criterion says counts again. One that is only proposed is dropped.

    Raises Forbidden, Stale or Conflict.
    """
    row = _held(site_value, by, version)
    if row.state == State.ENDED:
        raise Conflict("This number has ended already.")
    was_in_force = row.state == State.SIGNED
    _end(row, by, at)
    if was_in_force:
        look_at_everybody(at=at, site=row.site)
    return row


def hold_value(criterion: Criterion, name: str, value: str) -> None:
    """Hold a number to what the criterion says, in the wording that is on and in the newest one.

    Raises Invalid when neither has the parameter, or when the number does not fit one that has it.
    """
    rows = [row for row in _wordings(criterion) if name in row.parameters]
    if not rows:
        raise Invalid.field("name", f"{criterion.code} has no parameter “{name}”.")
    if not language.is_number(value):
        raise Invalid.field("value", f"“{value}” is no number: write such as 92 or 2.5.")
    there = wording.known()
    for row in rows:
        parameters = {**row.parameters, name: {**row.parameters[name], "value": value}}
        try:
            wording.hold(wording.complete({**row.content, "parameters": parameters}), there, code=criterion.code)
        except Invalid as refusal:
            raise Invalid.field("value", f"In {row}: {refusal.detail}") from None


def _wordings(criterion: Criterion) -> list[CriterionVersion]:
    """The one that is on, and the newest that is not retired."""
    rows = list(
        CriterionVersion.objects.select_related("criterion")
        .filter(criterion=criterion)
        .exclude(state=CriterionVersion.State.RETIRED)
        .order_by("-number")
    )
    active = [row for row in rows if row.state == CriterionVersion.State.ACTIVE]
    return [*active, *[row for row in rows[:1] if row not in active]]


def _held(site_value: SiteValue, by: Actor, version: int | None) -> SiteValue:
    by.require(Permission.CRITERIA_SIGN, site_value.site_id)
    _lock(site_value.criterion)
    return SiteValue.locked(site_value, version)


def _lock(criterion: Criterion) -> None:
    """One at a time for a criterion, so that two proposals or signatures cannot pass each other."""
    Criterion.objects.select_for_update(no_key=True).get(pk=criterion.pk)


def _end(row: SiteValue, by: Actor, at: datetime) -> None:
    changes = row.change(state=State.ENDED, ended_at=at, ended_by_id=by.user_id)
    audit.record(by=by, at=at, verb="escalation.end_site_value", subject=row, site_id=row.site_id, changes=changes)
