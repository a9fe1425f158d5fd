"""Judging a picture by criteria: a pure function of both. It knows nothing of "the fact being saved": two facts, a bulk
import, a retry and the morning's pass come out the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.escalation import language, units
from apps.escalation.answers import Notes, Reading, plain
from apps.escalation.language import BY_PERSON, Atom, Engine, Operand, Tree
from apps.escalation.picture import Known, Picture
from apps.escalation.rulings import Ruling

#: A medicine that has ended keys its criteria for so long: marrow and liver effects outlast it (C.0 [LP]).
TAIL_DAYS = 28
TURNED = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}
SIGNS = {">=": "at or above", ">": "above", "<=": "at or under", "<": "under", "==": "which is", "!=": "which is not"}
#: How a clause goes on that compares a value.
LIMITS = tuple(f"{words} " for words in SIGNS.values())


@dataclass(frozen=True)
class Judgement:
    """How a criterion stands for a patient: it fires, it does not, or that is unknown (None) and `missing` says why.

    `evidence` are the facts that the true conditions rest on, `context` those that belong to the circumstances; `words` says in a
    clause each what held; `reason` is the variant's; `absence` whether something that is not there, or that time has passed, is
    among it; `turns_at` the moment at which it may come out otherwise although nothing is recorded.
    """

    fires: bool | None
    variant: Mapping[str, Any] | None = None
    evidence: tuple[Known, ...] = ()
    context: tuple[Known, ...] = ()
    words: tuple[str, ...] = ()
    reason: str = ""
    missing: tuple[str, ...] = ()
    absence: bool = False
    turns_at: datetime | None = None

    @property
    def sentence(self) -> str:
        """Why it fired, in one sentence."""
        if not self.words:
            return ""
        whole = "; ".join(_together(self.words))
        return f"{whole[0].upper()}{whole[1:]}."


def _together(words: Sequence[str]) -> list[str]:
    """Two limits of one value are said at once: “…, above 92 % and at or under 94 %”."""
    found: list[str] = []
    for clause in words:
        value, _, limit = clause.rpartition(", ")
        if found and limit.startswith(LIMITS) and found[-1].startswith(tuple(f"{value}, {sign}" for sign in LIMITS)):
            found[-1] += f" and {limit}"
        else:
            found.append(clause)
    return found


@dataclass
class Judge:
    """Judges one picture by as many rulings as there are."""

    picture: Picture
    reading: Reading = field(init=False)
    engine: Engine = field(init=False)
    ruling: Ruling = field(init=False)

    def __post_init__(self) -> None:
        self.reading = Reading(self.picture)
        self.engine = Engine(self.reading.functions())

    def keys(self, ruling: Ruling) -> tuple[str, ...]:
        """For what it is judged: once, or once for each medicine that is taken (or ended lately), or panel that is due."""
        if ruling.key == "medicine":
            courses, today = self.picture.courses, self.picture.today
            return tuple(code for code in sorted(courses.taken) if courses.active(code, today, TAIL_DAYS))
        if ruling.key == "panel":
            return tuple(sorted({one.panel.code for one in self.reading.dues}))
        return ("",)

    def judge(self, ruling: Ruling, key: str = "") -> Judgement:
        """How one criterion stands. Raises whatever a fault of it raises."""
        if not self._is_for(ruling.population):
            return Judgement(False)
        self._use(ruling, key)
        whole = language.program(ruling.when)
        fires = self.engine.holds(whole)
        turns = list(self.reading.notes.turns)
        if fires is None:
            return Judgement(None, missing=self._missing(whole.tree), turns_at=min(turns, default=None))
        if not fires:
            return Judgement(False, turns_at=min(turns, default=None))
        grounds = self._grounds(whole.tree)
        for variant in ruling.variants:
            self._begin()
            own = language.program(str(variant["when"]))
            holds = self.engine.holds(own)
            turns += self.reading.notes.turns
            if holds:
                grounds += self._grounds(own.tree)
                return grounds.judgement(variant, self._reason(variant), min(turns, default=None))
        return grounds.judgement(None, "", min(turns, default=None))

    def clears(self, ruling: Ruling, *, since: datetime, opened_at: datetime, key: str = "") -> tuple[str, ...] | None:
        """In words what ends an open escalation of this wording; None when nothing does, or only a person may.

        `since` is the time of its last evidence, `opened_at` when it was opened.
        """
        if ruling.clears == BY_PERSON:
            return None
        self._use(ruling, key, since, opened_at)
        whole = language.program(ruling.clears)
        if not self.engine.holds(whole):
            return None
        words = self._grounds(whole.tree).words
        return words or ("its condition for ending is met",)

    def _is_for(self, population: str) -> bool:
        if population == "adult":
            return self.picture.adult
        return population != "juvenile" or self.picture.person.onset == "juvenile"

    def _use(self, ruling: Ruling, key: str, since: datetime | None = None, opened_at: datetime | None = None) -> None:
        self.engine.use(numbers=ruling.numbers, spans=ruling.spans, key=key)
        self.reading.since, self.reading.opened_at = since, opened_at
        self.ruling = ruling
        self._begin()

    def _begin(self) -> Notes:
        self.reading.notes = Notes()
        self.reading.aloud = False
        return self.reading.notes

    def _ask(self, part: Atom) -> tuple[bool | None, Notes]:
        """A single condition by itself, with what it rests on."""
        notes = self._begin()
        self.reading.aloud = True
        return self.engine.holds(part), notes

    def _stands(self, part: Tree) -> bool | None:
        """Whether a part holds, by itself."""
        self._begin()
        if isinstance(part, Atom):
            return self.engine.holds(part)
        found = [self._stands(one) for one in part.parts]
        return _kleene(part.kind, found)

    def _grounds(self, part: Tree, *, denied: bool = False) -> "Grounds":
        """What a part that is true (or, denied, false) rests on: of several only those by which it is."""
        if isinstance(part, Atom):
            return self._of_atom(part, denied)
        if part.kind == "not":
            return self._grounds(part.parts[0], denied=not denied)
        wanted = not denied
        found = Grounds()
        for one in part.parts:
            if self._stands(one) is wanted:
                found += self._grounds(one, denied=denied)
        return found

    def _of_atom(self, atom: Atom, denied: bool) -> "Grounds":
        _, notes = self._ask(atom)
        return Grounds(tuple(notes.facts), tuple(notes.context), self._said(atom, notes, denied), notes.absence)

    def _said(self, atom: Atom, notes: Notes, denied: bool) -> tuple[str, ...]:
        if atom.right is None:
            return tuple(notes.said)
        if not notes.said:
            return (atom.text,)
        left = notes.said[0]
        if atom.sign == "==" and not denied and None in {atom.left.call, atom.right.call}:
            return (left,)
        # A number may stand first: 3 <= latest(eat10).
        turned = atom.left.call is None
        limit = notes.said[1] if len(notes.said) > 1 else self._limit(atom.left if turned else atom.right)
        sign = TURNED.get(atom.sign, atom.sign) if turned else atom.sign
        return (f"{left}, {'not ' if denied else ''}{SIGNS[sign]} {limit}",)

    def _limit(self, side: Operand) -> str:
        """The side of a comparison that is a number of the criterion, with its unit."""
        cel = side.cel
        parameter = self.ruling.parameters.get(cel.removeprefix("p.")) if cel.startswith("p.") else None
        if parameter is None:
            return plain(float(cel)) if cel.replace(".", "", 1).lstrip("-").isdigit() else cel.strip('"')
        return f"{parameter['value']}{units.behind(str(parameter.get('unit', '')))}"

    def _missing(self, part: Tree) -> tuple[str, ...]:
        """Of a part that is unknown, what is not known in the conditions because of which it is."""
        if isinstance(part, Atom):
            _, notes = self._ask(part)
            return tuple(dict.fromkeys(notes.unknown))
        lists = [self._missing(one) for one in part.parts if self._stands(one) is None]
        return tuple(dict.fromkeys(word for words in lists for word in words))

    def _reason(self, variant: Mapping[str, Any]) -> str:
        """The variant's reason, its values in braces in place."""
        return language.PLACE.sub(lambda match: self._shown(match.group(1)), str(variant.get("reason", "")))

    def _shown(self, text: str) -> str:
        self._begin()
        found = self.engine.value(language.value_program(text))
        return "unknown" if found is None else plain(found)


def _kleene(kind: str, found: list[bool | None]) -> bool | None:
    """Three-valued logic over parts: all, any, not, two (of them)."""
    if kind == "not":
        return None if found[0] is None else not found[0]
    needed = {"all": len(found), "any": 1, "two": 2}[kind]
    sure, open_ones = found.count(True), found.count(None)
    if sure >= needed:
        return True
    return None if sure + open_ones >= needed else False


@dataclass(frozen=True)
class Grounds:
    """What an expression that fires rests on."""

    facts: tuple[Known, ...] = ()
    context: tuple[Known, ...] = ()
    words: tuple[str, ...] = ()
    absence: bool = False

    def __add__(self, other: "Grounds") -> "Grounds":
        return Grounds(
            self.facts + other.facts,
            self.context + other.context,
            self.words + other.words,
            self.absence or other.absence,
        )

    def judgement(self, variant: Mapping[str, Any] | None, reason: str, turns_at: datetime | None) -> Judgement:
        """The judgement that it fires, each fact and clause once; what speaks for itself is no circumstance."""
        facts = {fact.id: fact for fact in self.facts}
        context = {fact.id: fact for fact in self.context if fact.id not in facts}
        return Judgement(
            True, variant, tuple(facts.values()), tuple(context.values()), tuple(dict.fromkeys(self.words)), reason,
            absence=self.absence, turns_at=turns_at,
        )  # fmt: skip


def judge(seen: Picture | Judge, ruling: Ruling, key: str = "") -> Judgement:
    """How one criterion stands for one patient. Who judges by many makes one Judge for them."""
    return (seen if isinstance(seen, Judge) else Judge(seen)).judge(ruling, key)


def keys(seen: Picture | Judge, ruling: Ruling) -> tuple[str, ...]:
    """For what a criterion is judged for this patient."""
    return (seen if isinstance(seen, Judge) else Judge(seen)).keys(ruling)


def clears(
    seen: Picture | Judge, ruling: Ruling, *, since: datetime, opened_at: datetime, key: str = ""
) -> tuple[str, ...] | None:
    """In words what ends an open escalation of this wording; None when nothing does, or only a person may."""
    judge = seen if isinstance(seen, Judge) else Judge(seen)
    return judge.clears(ruling, since=since, opened_at=opened_at, key=key)
