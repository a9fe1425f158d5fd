"""What a mail says. Never who the patient is: the page behind the link shows that, to whoever may see it."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from apps.nudges.channels import Message
from apps.nudges.links import link_of
from apps.nudges.models import Delivery, Nudge, Severity

Kind = Delivery.Kind
PRESSES = {
    Severity.EMERGENCY.value: "Emergency",
    Severity.URGENT.value: "Urgent",
    Severity.ROUTINE.value: "Please look",
    Severity.INFO.value: "For information",
}
HEADINGS = {
    Kind.ASK.value: "You are asked to look at this",
    Kind.REMINDER.value: "You have not answered yet",
    Kind.OFFER.value: "A colleague asks you to take this over",
    Kind.INFORM.value: "For your information: you need not do anything",
    Kind.TOLD.value: "News of something you were told about",
}
#: What can be answered by the link in the mail.
ANSWERABLE = {Kind.ASK.value, Kind.REMINDER.value, Kind.OFFER.value}


def compose(delivery: Delivery) -> Message:
    """The message of a delivery, in the recipient's time zone."""
    nudge, user = delivery.nudge, delivery.recipient
    context = {
        "delivery": delivery,
        "nudge": nudge,
        "name": user.name,
        "heading": HEADINGS[delivery.kind],
        "presses": PRESSES[delivery.severity],
        "asks": delivery.kind in ANSWERABLE,
        "addressed": user.pk in nudge.addressees,
        "site": nudge.patient.site,
        "acknowledge_by": _when(nudge, nudge.acknowledge_by),
        "act_by": _when(nudge, nudge.act_by),
        "link": link_of(delivery) if delivery.kind in ANSWERABLE else _page(nudge),
        "matter": _page(nudge),
        "reference": reference(nudge),
    }
    return Message(
        key=delivery.send_key,
        thread=f"{nudge.pk}",
        name=user.name,
        address=user.email,
        subject=_subject(delivery),
        text=render_to_string("nudges/mail/message.txt", context),
        html=render_to_string("nudges/mail/message.html", context),
        urgent=delivery.severity in {Severity.EMERGENCY, Severity.URGENT} and delivery.kind in ANSWERABLE,
    )


def reference(nudge: Nudge) -> str:
    """A few characters by which people can talk about a nudge on the telephone; they say nothing about the patient."""
    return nudge.pk.hex[-6:].upper()


def _subject(delivery: Delivery) -> str:
    nudge = delivery.nudge
    ref = f"[{reference(nudge)}]"
    return {
        Kind.ASK.value: f"{PRESSES[delivery.severity]}: {nudge.title} {ref}",
        Kind.REMINDER.value: f"Reminder: {nudge.title} {ref}",
        Kind.OFFER.value: f"Can you take this over? {nudge.title} {ref}",
        Kind.INFORM.value: f"For information: {nudge.title} {ref}",
        Kind.TOLD.value: f"News: {nudge.title} {ref}",
    }[delivery.kind]


def _when(nudge: Nudge, moment: Any) -> str:
    zone = nudge.patient.site.zone
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({nudge.patient.site.name})"


def _page(nudge: Nudge) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{nudge.link}"
