"""How a referral is shown to a coordinator: in labels, sentences and tables."""

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.administration.admin import shown_at
from apps.knowledge.admin.tables import Table, lines
from apps.referrals.models import Attachment, Referral, Transition, Visit
from apps.referrals.moves import ENDS, MOVES, NAMES, TURNS, Party, State
from apps.referrals.reading import Place

#: The colours of the states; what has ended without an answer is grey.
KINDS = {
    State.SENT: "warning", State.RECEIVED: "info", State.NEEDS_INFORMATION: "warning", State.ACCEPTED: "info",
    State.DECLINED: "danger", State.SCHEDULED: "info", State.SEEN: "info", State.REPORTED: "warning",
    State.CANCELLATION_REQUESTED: "warning", State.CLOSED: "success",
}  # fmt: skip


def label(text: str, kind: str = "") -> SafeString:
    """A coloured word."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": kind})


def state(row: Referral) -> SafeString:
    """Where it is, as a coloured word."""
    return label(NAMES[State(row.state)], KINDS.get(State(row.state), ""))


def whither(row: Referral) -> SafeString:
    """From whom to whom: names where somebody is meant by name, and what is outside as such."""
    to = row.to_member.user.name if row.to_member is not None else ""
    elsewhere = f"at {row.to_site}" if row.to_site_id != row.patient.site_id and not row.outside else ""
    return lines(f"{row.sender.name} ({row.sender_discipline})", f"→ {row.to}", row.outside, to, elsewhere)


def where(row: Referral, found: Place) -> SafeString:
    """Where it is, whose turn it is and since when, and what happens if nobody moves."""
    since = shown_at(found.since, row.patient.site)
    turn = f"It is {found.waits_for}'s turn, since {since}." if found.turn else f"Since {since}."
    late = label("overdue", "danger") if found.overdue else ""
    return lines(format_html("{} {}", state(row), late), turn, found.otherwise)


def about(row: Referral, now: Place) -> dict[str, object]:
    """What stands above the form of a move: where it is, what is asked, what was sent along, and the report."""
    facts = of_facts(row)
    return {"where": where(row, now), "referral": row, "tables": [facts] if facts.rows else []}


def of_page(row: Referral) -> list[Table]:
    """The tables of a referral's page; one without a row is left out."""
    found = [of_facts(row), of_visits(row), of_moves(row)]
    return [table for table in found if table.rows]


def of_facts(row: Referral) -> Table:
    """What was sent along, as it was; whether it still stands."""
    rows = row.attachments.select_related("observation", "condition", "assessment")
    return Table("Sent along, as it was then", ["What", "Of", "Today"], [_fact(row, one) for one in rows])


def _fact(row: Referral, one: Attachment) -> list[object]:
    stands = label("stands", "success") if one.stands else label(one.fact.get_status_display(), "danger")
    return [one.words, shown_at(one.effective_at, row.patient.site), stands]


def of_visits(row: Referral) -> Table:
    """When the patient is to be seen, was, or was not."""
    rows = row.visits.select_related("booked_by")
    return Table("Visits", ["When", "Where", "State", "Why", "Booked by"], [_visit(row, one) for one in rows])


def _visit(row: Referral, one: Visit) -> list[object]:
    kinds = {Visit.Status.BOOKED: "info", Visit.Status.FULFILLED: "success", Visit.Status.NOSHOW: "danger"}
    shown = label(one.get_status_display(), kinds.get(Visit.Status(one.status), ""))
    return [shown_at(one.starts_at, row.patient.site), one.place, shown, one.words, one.booked_by.name]


def of_moves(row: Referral) -> Table:
    """Every move, in order."""
    rows = row.transitions.select_related("by", "owner", "sender")
    return Table(
        "What happened",
        ["When", "Who", "What", "Then it was", "Said", "Then with"],
        [_move(row, one) for one in rows],
    )


def _move(row: Referral, one: Transition) -> list[object]:
    target = State(one.target)
    return [
        shown_at(one.at, row.patient.site), one.by.name if one.by is not None else "careteam", MOVES[one.move].done,
        label(NAMES[target], KINDS.get(target, "")), lines(*one.words.splitlines()), _then_with(one, target),
    ]  # fmt: skip


def _then_with(one: Transition, target: State) -> str:
    """Who answered for the side whose turn it was from then on; nobody where it ended."""
    if target in ENDS:
        return ""
    return one.sender.name if TURNS[target] == Party.SENDER else one.owner.name
