"""Doing something by a form of its own: what it is called, what it means, and every refusal beside the field that it names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms

from apps.common.refusals import Refused


@dataclass(frozen=True)
class Deed:
    """Something that can be done: its title, what it means, its button, and the form that it asks to be filled in."""

    title: str
    meaning: str
    button: str
    form: type[forms.Form]


class Yes(forms.Form):
    """Only a yes: nothing has to be filled in."""


def attempt(form: forms.Form, do: Callable[[dict[str, Any]], Any]) -> int:
    """Do what a filled-in form asks for; returns 0 when it was done, else the status to answer with.

    What was refused stands in the form then, beside the field that the refusal names, or above all of them.
    """
    if not form.is_valid():
        return 400
    try:
        do(form.cleaned_data)
    except Refused as refusal:
        named = {name: rule for name, rule in refusal.errors.items() if name in form.fields}
        for name, rule in named.items():
            form.add_error(name, rule)
        if not named:
            form.add_error(None, refusal.detail)
        return refusal.status
    return 0
