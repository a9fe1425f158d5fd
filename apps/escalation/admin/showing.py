"""A wording as a clinician reads it: conditions as written and in words, every number with where it comes from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.escalation import comparing, outlining
from apps.escalation.language import BY_PERSON, BadExpression
from apps.escalation.models import CriterionVersion, SiteValue, TestResult, Trial
from apps.knowledge.admin.tables import Table, lines
from apps.nudges.ladder import ON_CALL_FIRST

COLOURS = {
    "draft": "warning", "tested": "info", "signed": "info", "active": "success", "retired": "danger",
    "waiting": "info", "done": "success", "failed": "danger", "proposed": "warning", "ended": "danger",
    "emergency": "danger", "urgent": "warning", "routine": "info",
}  # fmt: skip
#: Fields in words that a person reads; one that is not here is shown by its own name.
FIELDS = {
    "when": "fires when", "clears": "ends when", "asks": "asks", "informs": "also tells", "excludes": "gives way to",
    "acknowledge_within": "to acknowledge within", "act_within": "to act within", "citations": "where it comes from",
    "population": "for whom", "key": "one escalation for", "citation": "from", "mark": "verified",
}  # fmt: skip
MONO = "bg-base-50 border border-base-200 font-mono max-w-4xl p-3 rounded-default text-sm dark:bg-base-800 dark:border-base-700"
#: Long lines are broken, and what is in them stays as it is written.
WRAP = "white-space: pre-wrap; overflow-wrap: anywhere"
PIECES = {
    comparing.SAME: "{}",
    comparing.ADDED: '<ins style="background: rgba(34, 160, 80, .25)">{}</ins>',
    comparing.REMOVED: '<del style="background: rgba(220, 60, 60, .22)">{}</del>',
}


def label(code: str, text: str) -> SafeString:
    """A coloured word."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": COLOURS.get(code, "")})


def address(row: Any) -> str:
    """The address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link(href: str, text: Any) -> SafeString:
    """The way to somewhere."""
    return format_html('<a class="text-primary-600 underline" href="{}">{}</a>', href, text)


def expression(text: str, parameters: Mapping[str, Any]) -> SafeString:
    """An expression as it is written, and under it what must hold together, with the numbers put in."""
    if text == BY_PERSON:
        return format_html("<p>{}</p>", "Only a person ends it.")
    written = format_html('<pre class="{}" style="{}">{}</pre>', MONO, WRAP, text)
    try:
        outlined = outlining.lines(outlining.outline(text, parameters))
        words = outlining.meanings(text)
    except BadExpression as error:
        return format_html('{}<p class="text-red-600">{}</p>', written, error)
    return format_html("{}{}{}", written, _outline(outlined), _words(words))


def _outline(outlined: Sequence[tuple[int, str]]) -> SafeString:
    if len(outlined) == 1:
        return SafeString("")
    rows = ((f"{depth * 1.5}rem", words) for depth, words in outlined)
    inner = format_html_join("", '<li style="margin-left: {}">{}</li>', rows)
    return format_html('<ul class="mt-2 max-w-4xl">{}</ul>', inner)


def _words(words: Mapping[str, str]) -> SafeString:
    rows = format_html_join("", "<dt><code>{}</code></dt><dd style='margin-left: 1.5rem'>{}</dd>", words.items())
    inner = format_html('<dl class="mt-1 text-sm">{}</dl>', rows)
    return format_html('<details class="mt-2 max-w-4xl"><summary>What these words mean</summary>{}</details>', inner)


def disciplines(codes: Iterable[str], names: Mapping[str, str]) -> str:
    """Disciplines by their names, in their order."""
    found = []
    for code in codes:
        bare = code.removesuffix(ON_CALL_FIRST)
        found.append(names.get(bare, bare) + (" (on call first)" if bare != code else ""))
    return ", then ".join(found)


def of_parameters(row: CriterionVersion, own: Iterable[SiteValue], *, offer: str = "") -> Table:
    """Every number, with where it comes from and where a site has its own; `offer` is where one is proposed."""
    values: dict[str, list[SafeString]] = {}
    for one in own:
        values.setdefault(one.name, []).append(_own(one))
    cells = []
    for name, one in sorted(row.parameters.items()):
        propose = link(f"{offer}?criterion={row.criterion_id}&name={name}", "Propose our own") if offer else ""
        number = format_html("<strong>{}</strong> {}", one["value"], one["unit"])
        uncertain = label("proposed", "uncertain") if one.get("uncertain") else ""
        cells.append(
            [f"p.{name}", number, one["citation"], one["mark"], uncertain, lines(*values.get(name, []), propose)]
        )
    return Table("Numbers", ["Name", "Number", "From", "Verified", "", "At sites"], cells)


def _own(one: SiteValue) -> SafeString:
    standing = "" if one.state == SiteValue.State.SIGNED else " (proposed)"
    return format_html("{}{}", link(address(one), f"{one.site}: {one.value}"), standing)


def of_variants(row: CriterionVersion, names: Mapping[str, str]) -> Table:
    """What is otherwise when a sharper condition holds."""
    cells = [
        [
            format_html('<code style="{}">{}</code>', WRAP, outlining.filled(one["when"], row.parameters)),
            label(one["severity"], one["severity"].capitalize()),
            lines(
                one.get("reason", ""),
                f"asks {disciplines(one['asks'], names)}" if one.get("asks") else "",
                f"also tells {disciplines(one['informs'], names)}" if one.get("informs") else "",
                f"to acknowledge within {one['acknowledge_within']}" if one.get("acknowledge_within") else "",
                f"to act within {one['act_within']}" if one.get("act_within") else "",
            ),
        ]
        for one in row.variants
    ]
    return Table("Variants: the first that holds, too, is taken", ["When", "Severity", "What is otherwise"], cells)


def of_results(results: Sequence[TestResult]) -> Table:
    """How each journey and vector went, those that differ first."""
    cells = [
        [
            one.journey,
            one.title,
            label("done", "as expected") if one.passed else label("failed", "differs"),
            format_html('<pre class="text-xs" style="{}">{}</pre>', WRAP, one.difference) if one.difference else "",
        ]
        for one in sorted(results, key=lambda one: (one.passed, one.journey))
    ]
    failed = sum(not one.passed for one in results)
    heading = f"Tests of this text: {len(results) - failed} as expected, {failed} not"
    return Table(heading, ["Journey or vector", "What it tells", "Result", "What differs"], cells)


def outcome(trial: Trial) -> str:
    """What came of a trial, in a few words."""
    if trial.state == Trial.State.WAITING:
        return f"tried again: {trial.error}" if trial.error else "a worker is at it, or will be soon"
    if trial.state == Trial.State.FAILED:
        return trial.error
    if trial.kind == Trial.Kind.TEST:
        return tested(trial.result)
    draft = trial.result.get("draft", {})
    return f"{draft.get('opened', 0)} times, for {draft.get('patients', 0)} patients"


def tested(result: Mapping[str, int] | None) -> str:
    """How a test went: so many as expected, so many not."""
    if result is None:
        return "not tested"
    return f"{result['passed']} as expected, {result['failed']} not"


def of_trials(rows: Iterable[Trial]) -> Table:
    """What was tried out with a wording, the newest first."""
    cells = [
        [
            link(address(one), one.get_kind_display()),
            label(one.state, one.get_state_display()),
            _asked(one),
            outcome(one),
        ]
        for one in rows
    ]
    return Table("Tried out", ["What", "State", "Asked", "What came of it"], cells)


def _asked(one: Trial) -> str:
    who = one.asked_by.name if one.asked_by is not None else "careteam"
    return f"{one.asked_at:%Y-%m-%d %H:%M} UTC by {who}"


def of_versions(row: CriterionVersion, rows: Iterable[CriterionVersion]) -> Table:
    """Every wording of the criterion, each with what this one changes of it."""
    cells = [
        [
            link(address(one), f"Version {one.number}"),
            one.name,
            label(one.state, one.get_state_display()),
            "this page"
            if one.pk == row.pk
            else link(f"{_compare(row)}?with={one.pk}", "What this version changes of it"),
        ]
        for one in rows
    ]
    return Table("Versions", ["Version", "Name", "State", ""], cells)


def _compare(row: CriterionVersion) -> str:
    return reverse("admin:escalation_criterionversion_compare", args=[row.pk])


def of_changes(before: CriterionVersion, after: CriterionVersion) -> Table:
    """What one wording changes of another."""
    found = comparing.compare(before.content, after.content)
    cells = [[field_words(one.field), one.kind, one.before or "", one.after or "", pieces(one.pieces)] for one in found]
    heads = ["What", "How", f"Version {before.number}", f"Version {after.number}", "Word by word"]
    return Table(f"{len(found)} differences" if found else "Both say the same", heads, cells)


def field_words(field: str) -> str:
    """A field in words: “number positive: value”, “variant 1: severity”."""
    kind, _, rest = field.partition(".")
    if kind not in {"parameters", "variants"} or not rest:
        return FIELDS.get(field, field.replace("_", " "))
    which, _, part = rest.partition(".")
    called = "number" if kind == "parameters" else "variant"
    return f"{called} {which}" + (f": {FIELDS.get(part, part.replace('_', ' '))}" if part else "")


def pieces(found: Iterable[comparing.Piece]) -> SafeString:
    """Both texts in one, what was added and what was removed marked; nothing where they have no word in common."""
    parts = list(found)
    if all(one.kind != comparing.SAME for one in parts):
        return SafeString("")
    each = [format_html(PIECES[one.kind], one.text) for one in parts]
    # Each of them is safe by now, and so are all of them together.
    return format_html('<span style="{}">{}</span>', WRAP, SafeString("".join(each)))
