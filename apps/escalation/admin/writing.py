"""The page on which a wording is written: a new criterion, another wording of one, or one's own draft."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from apps.common.refusals import Refused
from apps.escalation import operations, wording
from apps.escalation.forms import WordingForm
from apps.escalation.models import CriterionVersion
from apps.nudges.models import Severity
from apps.rest.admin import actor_of

#: Fields that take the whole breadth of the page.
WIDE = ("name", "when", "clears", "advice", "asks", "informs", "citations")


@dataclass
class Start:
    """What a page begins with. `draft` is written on; a new wording is based on `base`; with neither it is a new criterion."""

    draft: CriterionVersion | None = None
    base: CriterionVersion | None = None

    @property
    def row(self) -> CriterionVersion | None:
        """The wording that the form shows at first."""
        return self.draft or self.base

    @property
    def content(self) -> dict[str, Any]:
        """What the form shows at first."""
        if self.row is None:
            empty = {name: make() for name, make in wording.DEFAULTS.items()}
            return {**empty, "severity": Severity.ROUTINE.value, "origin": CriterionVersion.Origin.POLICY.value}
        return {**self.row.content, "version": self.row.version}

    @property
    def explain(self) -> str:
        """What the page is for."""
        if self.draft is not None:
            return (
                "This is your draft. A change makes an earlier test void. Nothing fires by it before somebody else has signed it"
                " and it is switched on."
            )
        if self.base is not None:
            return (
                f"This begins from {self.base}, which stays as it is. Save makes a new draft, and you are its author: somebody"
                " else has to sign it."
            )
        return "Save makes a draft of a new criterion, and you are its author: somebody else has to sign it."


@dataclass
class Page:
    """The form as it stands, and the wording that came of it."""

    start: Start
    form: WordingForm
    made: CriterionVersion | None = None
    context: dict[str, Any] = field(default_factory=dict)


def page_of(request: HttpRequest, start: Start) -> Page:
    """Read what was sent, and do what its button says: more rows, or save."""
    sent = request.POST if request.method == "POST" else None
    doing = request.POST.get("do", "") if sent is not None else ""
    more = doing.removeprefix("more:") if doing.startswith("more:") else ""
    form = WordingForm(start.content, new=start.row is None, data=sent, more=more)
    page = Page(start, form)
    if sent is None or more or not form.is_valid():
        return page
    try:
        page.made = _save(request, start, form.values())
    except Refused as refusal:
        form.show(refusal)
    return page


def _save(request: HttpRequest, start: Start, values: dict[str, Any]) -> CriterionVersion:
    actor = actor_of(request)
    who: dict[str, Any] = {"by": actor, "at": actor.at}
    version = values.pop("version")
    if start.draft is not None:
        return operations.edit(criterion_version=start.draft, version=version, **who, **values)
    return operations.draft(based_on=start.base, **who, **values)
