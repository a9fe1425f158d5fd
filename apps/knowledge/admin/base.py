"""What the admin pages of knowledge have in common: to read, with where every row comes from and what is set here."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import display as unfold_display

from apps.accounts.actors import Actor
from apps.knowledge import in_force
from apps.knowledge.admin.tables import Table
from apps.knowledge.models import OVERRIDABLE, Origin, Override
from apps.knowledge.shelf import shelf
from apps.knowledge.views import POLICY
from apps.rest.admin import HouseAdmin, actor_of

F = TypeVar("F", bound=Callable[..., Any])


def display(**options: Any) -> Callable[[F], F]:
    """A column or a field that is computed; as unfold's, which has no types."""
    return cast("Callable[[F], F]", unfold_display(**options))


class ReadOnlyAdmin(HouseAdmin):
    """Shipped rows, to read."""

    policy = POLICY
    subject = "row"


class KnownAdmin(ReadOnlyAdmin):
    """Rows that cite. A row's page shows it as it holds here, what was shipped beside it, and `tables` of what belongs to it."""

    list_filter: Any = ("mark", "origin", "retired")
    search_fields: Any = ("code", "name")
    shown: ClassVar[tuple[str, ...]] = ()
    change_form_after_template = "knowledge/tables.html"

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """All, each with whether this hospital says something else about it."""
        own = Override.objects.filter(kind=self.model._meta.model_name, code=OuterRef("code"))
        rows: QuerySet[Any] = super().visible(actor)
        found: QuerySet[Any] = rows.annotate(set_here=Exists(own), not_used_here=Exists(own.filter(hidden=True)))
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row as it holds here."""
        row = super().get_object(request, object_id, from_field)
        return row if row is None else shelf().here(row)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What the row says, then where it comes from."""
        return [*self.shown, "note", "cited", "verified", "here", "shipped_beside"]

    readonly_fields: Any = ("cited", "verified", "here", "shipped_beside")

    def tables(self, row: Any, *, may_write: bool) -> list[Table]:
        """What belongs to the row, as tables under its fields."""
        return []

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page, with its tables."""
        row = self.get_object(request, object_id) if object_id is not None else None
        may_write = self.policy.allows(actor_of(request), reading=False)
        tables = self.tables(row, may_write=may_write) if row is not None else []
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})

    @display(description="Sources")
    def cited(self, row: Any) -> str:
        """Statements and sources by their codes."""
        return in_force.citation(row).words if hasattr(row, "local") else ", ".join([*row.statements, *row.sources])

    @display(description="Verified", ordering="mark")
    def verified(self, row: Any) -> str:
        """The mark with its meaning."""
        return f"{row.mark}: {row.get_mark_display()}" if row.mark else "not said"

    @display(
        description="Here",
        label={
            "shipped": "info",
            "set here": "warning",
            "our own": "warning",
            "not used here": "danger",
            "retired": "danger",
        },
    )
    def here(self, row: Any) -> str:
        """Whether it holds as it was shipped."""
        return standing(row)

    @display(description="As shipped")
    def shipped_beside(self, row: Any) -> str:
        """What the edition says where this hospital differs."""
        return "; ".join(f"{name}: {value}" for name, value in row.shipped_values.items()) or "the same"


def standing(row: Any) -> str:
    """Whether a row of a list or of the shelf holds as it was shipped, in a word or three."""
    if row.retired:
        return "retired"
    if row.origin == Origin.LOCAL:
        return "our own"
    if getattr(row, "hidden_here", False) or getattr(row, "not_used_here", False):
        return "not used here"
    return "set here" if getattr(row, "local", False) or getattr(row, "set_here", False) else "shipped"


def own_values(row: Any) -> tuple[str, str] | None:
    """The label and the address of the form for this hospital's own values of a row; nothing where there can be none."""
    kind = str(row._meta.model_name)
    if kind not in OVERRIDABLE or row.retired or row.origin == Origin.LOCAL:
        return None
    there = shelf().overrides.get((kind, row.code))
    if there is not None:
        return "Our own values", reverse("admin:knowledge_override_change", args=[there.pk])
    return (
        "Set our own values",
        f"{reverse('admin:knowledge_override_add')}?{urlencode({'kind': kind, 'code': row.code})}",
    )
