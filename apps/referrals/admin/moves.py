"""The doings on a referral's page: one for each move of the table, offered exactly when the table lets this person make it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms

from apps.accounts.actors import Actor
from apps.referrals import operations
from apps.referrals.admin import tables
from apps.referrals.facts import newest
from apps.referrals.forms import FORMS, FactsForm
from apps.referrals.models import Referral
from apps.referrals.moves import MOVES
from apps.referrals.parties import who_can_have
from apps.referrals.reading import place
from apps.rest.admin import Verb


def offers_of(row: Referral) -> list[str]:
    """The moves that whoever opened the page can make; the page has written them down on the row."""
    found: list[str] = row.__dict__["offers"]
    return found


def asked_at(row: Referral) -> datetime:
    """When the page was asked for."""
    found: datetime = row.__dict__["asked_at"]
    return found


def about(row: Referral) -> dict[str, Any]:
    """What stands above a move's form."""
    return tables.about(row, place(row, asked_at(row)))


def _offered(name: str) -> Callable[[Referral], bool]:
    return lambda row: name in offers_of(row)


def _elsewhere(row: Referral) -> dict[str, Any]:
    return {"to": row.to_id, "to_site": row.to_site_id, "outside": row.outside}


def _colleagues(row: Referral) -> dict[str, Any]:
    return {"candidates": who_can_have(row, asked_at(row)).values("pk")}


INITIAL: dict[str, Callable[[Referral], dict[str, Any]]] = {"reroute": _elsewhere, "assign": _colleagues}


def _verb(name: str) -> Verb:
    move = MOVES[name]
    return Verb(
        name.replace("_", "-"), move.label, operations.OPERATIONS[name], FORMS.get(name, forms.Form), move.meaning,
        _offered(name), INITIAL.get(name, lambda _row: {}), "referrals/about.html", about,
    )  # fmt: skip


def _attach(*, referral: Referral, by: Actor, at: datetime, version: int | None = None, **values: Any) -> Referral:
    return operations.change(referral=referral, by=by, at=at, version=version, **values)


def _attachable(row: Referral) -> dict[str, Any]:
    """The newest facts of the patient, those that are attached ticked."""
    there = [one.fact.pk for one in row.attachments.select_related("observation", "condition", "assessment")]
    return {"known": newest(row.patient, there), "facts": [str(pk) for pk in there]}


#: Facts are chosen for what can still be sent; the rest follows the table.
VERBS = (
    Verb("facts", "Attach facts", _attach, FactsForm, "What whoever receives it should know.", _offered("send"), _attachable),
    *(_verb(name) for name in MOVES if name in operations.OPERATIONS),
)  # fmt: skip
