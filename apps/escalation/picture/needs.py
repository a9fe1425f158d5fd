"""Which facts a set of criteria can possibly ask for, so that nothing else is read. Standard library and language only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

from apps.escalation.language import FLAGS, VOCABULARY, Call, asks_about_medicines, program
from apps.escalation.language.words import BARE
from apps.knowledge.values import Catalogue
from apps.plans import reviews

HOURS_A_DAY = 24
ILD = "interstitial_lung_disease"
#: What whoever asks about medicines needs beside them.
BODY = ("weight", "height")
#: What the flags ask about beside measures.
DYSPHAGIA = "dysphagia"


@dataclass(frozen=True)
class Look:
    """How far back one instrument is read: `days` back from now (None: only as far as the rest says; 0 is today), the last `keep`
    values however old, `before` values from before the window, the first and the marked ones (`base`), those of test sessions
    (`sessions`), those since the first treatment that any followed plan names, and somewhat before (`course`), or everything.
    """

    days: int | None = None
    keep: int = 1
    before: int = 0
    base: bool = False
    sessions: bool = False
    course: bool = False
    everything: bool = False

    def __or__(self, other: "Look") -> "Look":
        days = [one for one in (self.days, other.days) if one is not None]
        return Look(
            max(days, default=None), max(self.keep, other.keep), max(self.before, other.before), self.base or other.base,
            self.sessions or other.sessions, self.course or other.course, self.everything or other.everything,
        )  # fmt: skip


@dataclass(frozen=True)
class Needs:
    """What has to be read."""

    looks: Mapping[str, Look] = field(default_factory=dict, hash=False)
    concepts: frozenset[str] = frozenset()
    assessments: frozenset[str] = frozenset()
    antibodies: frozenset[str] = frozenset()
    referrals: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    medicines: bool = False

    @property
    def of_knowledge(self) -> bool:
        """Whether the catalogue of knowledge is needed, too."""
        return self.medicines


class _Collector:
    def __init__(self, knowledge: Catalogue | None) -> None:
        self.knowledge = knowledge
        self.looks: dict[str, Look] = {}
        self.concepts: set[str] = set()
        self.assessments: set[str] = set()
        self.antibodies: set[str] = set()
        self.referrals: set[str] = set()
        self.targets: set[str] = set()
        self.medicines = False

    def look(self, instrument: str, look: Look) -> None:
        self.looks[instrument] = self.looks.get(instrument, Look()) | look

    def take(self, call: Call, spans: Mapping[str, str]) -> None:
        self.medicines |= asks_about_medicines(call)
        if self.medicines:
            for code in BODY:
                self.look(code, Look())
        if call.name in FLAGS:
            self._flag(call.name)
            return
        word = VOCABULARY[call.name]
        window = next((_span(one, spans) for one in reversed(call.arguments) if _is_span(one)), "")
        for kind, text in zip(word.arguments, call.arguments, strict=False):
            self._argument(kind, text, word.reads, window)
        self._particular(call)

    def _flag(self, name: str) -> None:
        for code, reads, window in FLAGS[name].looks_at:
            self.look(code, _look(reads, window))
        if name == "dysphagia_active":
            self.concepts.add(DYSPHAGIA)

    def _argument(self, kind: str, text: str, reads: str, window: str) -> None:
        if kind in BARE:
            self.look(text, _look(reads, window))
        if kind in {"measure", "assessment"}:
            self.assessments.add(text)
        if kind in {"finding", "complication", "concept"}:
            self.concepts.add(text)
        if kind == "antibody":
            self.antibodies.add(text)

    def _particular(self, call: Call) -> None:
        first = call.arguments[0] if call.arguments else ""
        if call.name == "open_referral":
            self.referrals.add(first)
        elif call.name in {"own_target", "target_low"}:
            self.targets.add(first)
        elif call.name in {"tis", "no_tis"}:
            for code in reviews.measures_of(reviews.TIS):
                self.look(code, Look(course=True))
        elif call.name == "base" and len(call.arguments) > 1:
            self.look(first, Look(course=True))
        elif call.name == "overdue":
            self._panels()

    def _panels(self) -> None:
        """What plans work out: any panel, since of one alone it is not known which schedules ask for it."""
        for panel in self.knowledge.panels.values() if self.knowledge is not None else ():
            for code in (*panel.measures, *panel.any_of):
                self.look(code, Look())
            self.assessments.update(panel.assessments)
        self.look("egfr", Look())
        self.concepts.add(ILD)
        self.antibodies.update(("jo1", "other_synthetase", "mda5"))


def needs_of(expressions: Iterable[tuple[str, Mapping[str, str]]], knowledge: Catalogue | None = None) -> Needs:
    """What these expressions can ask for; each comes with its spans of time by name of the parameter."""
    found = _Collector(knowledge)
    for text, spans in expressions:
        for call in program(text).calls:
            found.take(call, spans)
    return Needs(
        found.looks, frozenset(found.concepts), frozenset(found.assessments), frozenset(found.antibodies),
        frozenset(found.referrals), frozenset(found.targets), found.medicines,
    )  # fmt: skip


def _is_span(text: str) -> bool:
    return text.startswith("p.") or (text[:1].isdigit() and text[-1:] in "dh")


def _span(text: str, spans: Mapping[str, str]) -> str:
    return spans.get(text.removeprefix("p."), "") if text.startswith("p.") else text


def _look(reads: str, window: str) -> Look:
    days = _days(window) if window else None
    return {
        "two": Look(days, keep=2),
        "window": Look(days),
        "step": Look(days, before=1),
        "base": Look(days, base=True),
        "session": Look(sessions=True),
        "all": Look(everything=True),
    }.get(reads, Look())


def _days(window: str) -> int:
    count = int(window[:-1])
    return count if window.endswith("d") else ceil(count / HOURS_A_DAY)
