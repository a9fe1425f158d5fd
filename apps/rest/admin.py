"""The admin base: what a page shows follows the policy, and its forms call operations; nothing is saved behind their back."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.admin import ModelAdmin

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.common.models import Versioned
from apps.common.refusals import Refused
from apps.rest.policy import Needs
from apps.rest.widgets import VisibleId

Operation = Callable[..., Any]
#: Digits of the largest version that a column holds.
LONGEST = 10


def actor_of(request: HttpRequest) -> Actor:
    """Who asks for this page."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


#: Doings that higher rooms offer on a page of a lower one: for a row, a label and an address, or nothing.
Link = Callable[[Any], tuple[str, str] | None]
_links: dict[type[models.Model], list[Link]] = {}


def offer_link(model: type[models.Model], link: Link) -> None:
    """Offer something on every page of this model's rows; a higher room cannot be named by the page itself."""
    _links.setdefault(model, []).append(link)


#: What higher rooms tell on a page of a lower one: for a row, safe HTML, or nothing.
Block = Callable[[Any], str]
_blocks: dict[type[models.Model], list[Block]] = {}


def offer_block(model: type[models.Model], block: Block) -> None:
    """Tell something above the form of every row of this model, to everybody who may read it."""
    _blocks.setdefault(model, []).append(block)


class HouseForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that carries the row's version, and shows a refusal of its operation beside the field it names."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    refusal: ClassVar[Refused | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.instance, Versioned) and not self.instance._state.adding:
            self.initial["version"] = self.instance.version

    def clean(self) -> dict[str, Any] | None:
        """Add what the operation refused, when this is the second pass after a refusal."""
        cleaned = super().clean()
        if self.refusal is not None:
            show_refusal(self, self.refusal)
        return cleaned


def show_refusal(form: forms.BaseForm, refusal: Refused) -> None:
    """Put a refusal beside the fields it names, or above the form."""
    named = {name: rule for name, rule in refusal.errors.items() if name in form.fields}
    for name, rule in named.items():
        form.add_error(name, rule)
    if not named:
        form.add_error(None, refusal.detail)


@dataclass(frozen=True)
class Verb:
    """Something that can be done to a row beside editing it: a page that asks what is needed and calls one operation.

    `template` is shown between the explanation and the form, with what `context` says about the row.
    """

    name: str
    label: str
    operation: Operation
    form: type[forms.Form] = forms.Form
    explain: str = ""
    offered: Callable[[Any], bool] = field(default=lambda _row: True)
    initial: Callable[[Any], dict[str, Any]] = field(default=lambda _row: {})
    template: str = ""
    context: Callable[[Any], dict[str, Any]] = field(default=lambda _row: {})

    @property
    def takes_version(self) -> bool:
        """Whether the operation holds the row to the version that was read."""
        return "version" in inspect.signature(self.operation).parameters


class HouseAdmin(ModelAdmin):  # type: ignore[misc]
    """The base of every admin page.

    A page names its `policy`, the name `subject` under which operations take the row, and the operations that add and
    change one; without one of them there is no such button. Other doings are `verbs`.
    """

    policy: ClassVar[Needs]
    subject: ClassVar[str]
    add_by: ClassVar[Operation | None] = None
    change_by: ClassVar[Operation | None] = None
    verbs: ClassVar[Sequence[Verb]] = ()
    patient_field: ClassVar[str | None] = None
    #: Search terms are names of patients here: they go by POST and stay in the session, never in an address.
    private_search: ClassVar[Sequence[str]] = ()
    list_before_template = "house/private_search.html"
    form = HouseForm
    list_per_page = 50
    show_full_result_count = False
    actions = None
    change_form_before_template = "house/verbs.html"
    warn_unsaved_form = True

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """The rows that the actor may see."""
        found: QuerySet[Any] = self.model._default_manager.visible_to(actor)
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the actor may see, in the page's order."""
        rows = self.visible(actor_of(request))
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the page stands in the menu."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the policy lets the actor read."""
        return self.policy.allows(actor_of(request), reading=True)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether there is an operation that adds and the policy lets the actor write."""
        return type(self).add_by is not None and self.policy.allows(actor_of(request), reading=False)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether there is an operation that changes and the policy lets the actor write."""
        return type(self).change_by is not None and self.policy.allows(actor_of(request), reading=False)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here."""
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form, knowing of a refusal when it is drawn again after one."""
        named = kwargs["fields"] if "fields" in kwargs else flatten_fieldsets(self.get_fieldsets(request, obj))
        # The version is a field of the form's own: asked of the row it is an error, since nobody may edit it there.
        kwargs["fields"] = None if named is None else [name for name in named if name != "version"]
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"refusal": getattr(request, "refusal", None)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The page's fields, with the version hidden among them."""
        return self.with_version(super().get_fieldsets(request, obj))

    def with_version(self, fieldsets: Any) -> Any:
        """The fieldsets with the hidden version in the last one, where the row has one."""
        named = any("version" in options["fields"] for _, options in fieldsets)
        if named or not issubclass(self.model, Versioned):
            return fieldsets
        *first, (title, options) = fieldsets
        return [*first, (title, {**options, "fields": [*options["fields"], "version"]})]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """The form of a row; a refused operation leaves nothing behind and the form as it was filled in."""
        try:
            return self._form_page(request, object_id, form_url, extra_context)
        except Refused as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return self._form_page(request, object_id, form_url, extra_context)

    def _form_page(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> HttpResponse:
        context = {
            **(extra_context or {}),
            "house_verbs": self._offers(request, object_id),
            "house_blocks": self._told(request, object_id),
            "show_save_and_add_another": False,
        }
        with transaction.atomic():
            return cast("HttpResponse", super().changeform_view(request, object_id, form_url, context))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Call the operation, and let the admin go on with the row that it made."""
        actor = actor_of(request)
        values = {
            name: form.cleaned_data[name]
            for name in (form.changed_data if change else form.cleaned_data)
            if name != "version"
        }
        if change:
            version = {"version": form.cleaned_data["version"]} if isinstance(obj, Versioned) else {}
            made = cast("Operation", type(self).change_by)(
                **{self.subject: self._as_stored(obj)}, by=actor, at=actor.at, **version, **values
            )
        else:
            made = cast("Operation", type(self).add_by)(by=actor, at=actor.at, **values)
        obj.__dict__.update(made.__dict__)

    def _as_stored(self, obj: Any) -> Any:
        """The row as it is stored: the form has already written into the one the admin holds."""
        return self.model._default_manager.get(pk=obj.pk)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is saved beside the operation."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit record is the only log."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit record is the only log."""

    def get_urls(self) -> list[Any]:
        """The page's own addresses and one for each verb."""
        own = [
            path(
                f"<path:object_id>/{verb.name}/",
                self.admin_site.admin_view(self._verb_view(verb)),
                name=self._verb_route(verb),
            )
            for verb in self.verbs
        ]
        return [*own, *super().get_urls()]

    def _verb_route(self, verb: Verb) -> str:
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}_{verb.name}"

    def _told(self, request: HttpRequest, object_id: str | None) -> list[str]:
        blocks = _blocks.get(self.model, [])
        row = self.get_object(request, object_id) if blocks and object_id is not None else None
        return [block(row) for block in blocks] if row is not None else []

    def _offers(self, request: HttpRequest, object_id: str | None) -> list[dict[str, str]]:
        row = self.get_object(request, object_id) if object_id is not None else None
        if row is None or not self.policy.allows(actor_of(request), reading=False):
            return []
        found = [link(row) for link in _links.get(self.model, [])]
        offers = [{"label": pair[0], "url": pair[1]} for pair in found if pair is not None]
        for verb in self.verbs:
            if verb.offered(row):
                offers.append(
                    {"label": verb.label, "url": reverse(f"admin:{self._verb_route(verb)}", args=[object_id])}
                )
        return offers

    def _verb_view(self, verb: Verb) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            row = self.get_object(request, object_id)
            if row is None:
                raise Http404
            if not self.policy.allows(actor_of(request), reading=False):
                raise PermissionDenied
            return self._do(request, row, verb)

        return view

    def _do(self, request: HttpRequest, row: Any, verb: Verb) -> HttpResponse:
        form = (
            verb.form(request.POST, initial=verb.initial(row))
            if request.method == "POST"
            else verb.form(initial=verb.initial(row))
        )
        limit_choices(form, actor_of(request))
        read = _read(request, row)
        if request.method == "POST" and form.is_valid():
            version = {"version": _number(read)} if verb.takes_version and isinstance(row, Versioned) else {}
            try:
                done = verb.operation(
                    **{self.subject: row}, by=actor_of(request), at=actor_of(request).at, **version, **form.cleaned_data
                )
            except Refused as refusal:
                show_refusal(form, refusal)
            else:
                return self._done(request, row, verb, done)
        context = {
            **self.admin_site.each_context(request),
            "title": verb.label, "explain": verb.explain, "form": form, "opts": self.model._meta, "original": row,
            "back": self._address(row), "version": read, "shown": verb.template, **verb.context(row),
        }  # fmt: skip
        return TemplateResponse(request, "house/verb.html", context)

    def _done(self, request: HttpRequest, row: Any, verb: Verb, done: Any) -> HttpResponse:
        if isinstance(done, HttpResponse):
            return done
        messages.success(request, f"{verb.label}: done.")
        return HttpResponseRedirect(self._address(row))

    def _address(self, row: Any) -> str:
        return reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_change", args=[row.pk])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list; who read which rows is recorded before it leaves."""
        if self.private_search and request.method == "POST" and "private_q" in request.POST:
            request.session[self._search_key()] = request.POST["private_q"][:200]
            return HttpResponseRedirect(request.path + ("?q=1" if request.POST["private_q"].strip() else ""))
        context = {
            **(extra_context or {}),
            "private_search": bool(self.private_search),
            "private_q": request.session.get(self._search_key(), ""),
        }
        response = super().changelist_view(request, context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            self._audit_read(request, list(shown["cl"].result_list))
        return cast("HttpResponse", response)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """The rows found; the term of a private search is read from the session."""
        if not self.private_search:
            return super().get_search_results(request, queryset, search_term)
        term = request.session.get(self._search_key(), "").strip() if search_term else ""
        if not term:
            return queryset, False
        found = Q()
        for lookup in self.private_search:
            found |= Q(**{lookup: term.lower() if lookup.startswith("sort_") else term})
        return queryset.filter(found), True

    def _search_key(self) -> str:
        return f"search:{self.model._meta.label_lower}"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row, if the actor may see it; its reading is recorded once a request."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and not getattr(request, "read_recorded", False):
            request.read_recorded = True  # type: ignore[attr-defined]
            self._audit_read(request, [row])
        return row

    def _audit_read(self, request: HttpRequest, rows: list[Any]) -> None:
        if self.patient_field is None or not rows:
            return
        patients = {_follow(row, self.patient_field) for row in rows}
        audit.record_read(
            by=actor_of(request),
            at=cast("Any", actor_of(request).at),
            verb=f"{self.model._meta.app_label}.read",
            subject_type=self.model._meta.label_lower,
            ids=[row.pk for row in rows] if len(patients) == 1 else sorted(patients),
            patient_id=patients.pop() if len(patients) == 1 else None,
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only rows that the actor may see can be chosen, and naming another is the error of one that does not exist."""
        manager = db_field.remote_field.model._default_manager
        if "queryset" not in kwargs and hasattr(manager, "visible_to"):
            kwargs["queryset"] = manager.visible_to(actor_of(request))
        if db_field.name in self.raw_id_fields and "queryset" in kwargs:
            kwargs["widget"] = VisibleId(db_field.remote_field, self.admin_site, rows=kwargs["queryset"])
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def limit_choices(form: forms.BaseForm, actor: Actor) -> None:
    """Let the fields of a verb's form offer only what the actor may see, of what the form itself offers."""
    for found in form.fields.values():
        if isinstance(found, forms.ModelChoiceField):
            manager: Any = cast("type[models.Model]", found.queryset.model)._default_manager  # type: ignore[union-attr]
            if hasattr(manager, "visible_to"):
                found.queryset = found.queryset.filter(pk__in=manager.visible_to(actor).values("pk"))  # type: ignore[union-attr]


def _read(request: HttpRequest, row: Any) -> str:
    """The version of a row that the page showed: what was sent, else the one that is there now; empty where it has none."""
    if not isinstance(row, Versioned):
        return ""
    return request.POST.get("version", "") if request.method == "POST" else str(row.version)


def _number(version: str) -> int | None:
    """A version that was sent; None when none was. What is no number is no version that a row has: it is stale."""
    if not version:
        return None
    return int(version) if version.isascii() and version.isdecimal() and len(version) <= LONGEST else 0


def _follow(row: Any, path_: str) -> Any:
    for part in path_.split("."):
        row = getattr(row, part)
    return row
