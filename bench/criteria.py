"""The figures of criteria: `bin/bench criteria [--patients 100000]`.

Queries of a picture and of a whole look, for one patient and for 200; patients a second on one core at 500 facts; growth with
criteria and with facts; the share of CEL; and the run of 06:00 over many patients on two workers, with emergencies arriving in
the middle of it: how long each waited from the commit of its fact until its escalation was there.
"""

import argparse
import os
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careteam.settings")
django.setup()

from django.db import connection  # noqa: E402, I001
from django.test.utils import CaptureQueriesContext  # noqa: E402 - as above

from apps.accounts.models import Site  # noqa: E402 - as above
from apps.common.clock import app_now  # noqa: E402 - as above
from apps.escalation import looking, picture, rulings, watching  # noqa: E402 - as above
from apps.escalation.answers import Reading  # noqa: E402 - as above
from apps.escalation.evaluator import Judge  # noqa: E402 - as above
from apps.escalation.language import Engine  # noqa: E402 - as above
from apps.escalation.models import Watch  # noqa: E402 - as above
from apps.escalation.rulings import Ruling  # noqa: E402 - as above
from apps.knowledge.in_force import everything  # noqa: E402 - as above
from bench._clones import clone, clones  # noqa: E402 - as above
from bench._harness import per_second, side_by_side  # noqa: E402 - as above
from bench._records import calm_patient  # noqa: E402 - as above
from bench._morning import morning  # noqa: E402 - as above
from bench.house import people, version  # noqa: E402 - as above
from bench.thread import staff  # noqa: E402 - as above

MANY = 200
ROUNDS, SECONDS = 3, 3.0
QUIET = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SELECT pg_notify")
SPAN = re.compile(r'"([0-9]+)([dh])"')


def main(patients: int, facts: int) -> None:
    """Measure and print. Raises SystemExit where the database is somebody's: this fills it with patients."""
    if Site.objects.exists():
        raise SystemExit("This database is in use. Unset DATABASE_URL and REDIS_URL: then the benchmark makes its own.")
    site, _, _ = people()
    staff(site)
    few, many = (calm_patient(site, count, f"Template {count}") for count in (500, 5000))
    for template in (few, many):
        clone(template, MANY)
    print(f"PostgreSQL {version()}; {len(looking.active_versions())} criteria are switched on", flush=True)
    queries(clones(few, MANY))
    speed(clones(few, MANY), clones(many, MANY))
    share(clones(few, MANY))
    morning(site, patients, facts)


def rules() -> list[Ruling]:
    """The active criteria, as a site applies them."""
    held = looking.rules()
    return [ruling for _, ruling in held.at(Site.objects.get().pk)]


def due_now(patients: Sequence[UUID]) -> None:
    """The time of these patients has come."""
    Watch.objects.filter(patient__in=patients).update(due_at=app_now(), cause=Watch.Cause.CLOCK)


def counted(work: Callable[[], object]) -> int:
    """The queries of some work."""
    with CaptureQueriesContext(connection) as found:
        work()
    return sum(not query["sql"].startswith(QUIET) for query in found.captured_queries)


def queries(patients: Sequence[UUID]) -> None:
    """Of a picture, and of a whole look that changes nothing, with lease and commit."""
    held, at = looking.rules(), app_now()
    needs = held.needs([Site.objects.get().pk])
    for count in (1, MANY):
        chosen = patients[:count]
        read = counted(lambda chosen=chosen: picture.read(chosen, at, needs, held.knowledge))  # type: ignore[misc]
        due_now(chosen)
        watching.BATCH, batch = MANY, watching.BATCH
        look = counted(watching.drain)
        watching.BATCH = batch
        print(f"queries for {count} patients: {read} for the pictures, {look} for the whole look", flush=True)


def evaluate(patients: Sequence[UUID], ruled: Sequence[Ruling]) -> Callable[[], object]:
    """Read these patients at once, and judge each by everything; nothing is written."""
    knowledge = everything()
    needs = rulings.needs(ruled, knowledge)

    def work() -> None:
        for seen in picture.read(patients, app_now(), needs, knowledge).values():
            judge_all(seen, ruled)

    return work


def judge_all(seen: picture.Picture, ruled: Sequence[Ruling]) -> None:
    """By every criterion and key."""
    judge = Judge(seen)
    for ruling in ruled:
        for key in judge.keys(ruling):
            judge.judge(ruling, key)


def speed(few: Sequence[UUID], many: Sequence[UUID]) -> None:
    """Patients a second, and how that changes with criteria and with facts."""
    all_of_them, ten = rules(), rules()[:10]
    sixty = more(all_of_them, 60)
    batch = few[: watching.BATCH]
    look = [per_second(lambda: whole(batch), SECONDS) * len(batch) for _ in range(ROUNDS)]
    busy = [on_core(lambda: whole(batch)) * len(batch) for _ in range(ROUNDS)]
    print(
        f"patients a second at 500 facts, {len(all_of_them)} criteria, with lease and commit: {statistics.median(look):.0f}"
        f" ({min(look):.0f}–{max(look):.0f}); a second of our own processor time: {statistics.median(busy):.0f} — bar ≥ 100",
        flush=True,
    )
    for name, ours, theirs in (
        (
            f"{len(all_of_them)} criteria, 500 facts against 5,000",
            evaluate(few[:50], all_of_them),
            evaluate(many[:50], all_of_them),
        ),
        ("500 facts, 10 criteria against 60", evaluate(few[:50], ten), evaluate(few[:50], sixty)),
    ):
        found = side_by_side(ours, theirs, rounds=ROUNDS, seconds=SECONDS)
        print(
            f"read and judged, {name}: {statistics.median(found.pairs):.1f} times as fast"
            f" ({min(found.pairs):.1f}–{max(found.pairs):.1f}; {statistics.median(found.ours) * 50:.0f}/s against"
            f" {statistics.median(found.theirs) * 50:.0f}/s)",
            flush=True,
        )


def whole(patients: Sequence[UUID]) -> None:
    """A look at all of them from the lease to the commit."""
    due_now(patients)
    assert watching.drain() == len(patients)


def on_core(work: Callable[[], object]) -> float:
    """How often work could be done in a second of this process's own time, without waiting for the database."""
    count, begun, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - begun < SECONDS:
        work()
        count += 1
    return count / (time.process_time() - used)


def more(ruled: Sequence[Ruling], wanted: int) -> list[Ruling]:
    """So many criteria: copies under other codes, each with windows of its own, so that no answer serves two of them."""
    found = list(ruled)
    while len(found) < wanted:
        number = len(found)
        found.append(_shifted(ruled[number % len(ruled)], number))
    return found


def _shifted(ruling: Ruling, number: int) -> Ruling:
    by = number // 10 + 1
    parameters = {
        name: {**one, "value": str(int(one["value"]) + by)}
        if one.get("unit") in {"d", "h"} and one["value"].isdigit()
        else one
        for name, one in ruling.parameters.items()
    }
    when = SPAN.sub(lambda match: f'"{int(match[1]) + by}{match[2]}"', ruling.when)
    return replace(ruling, code=f"ZZ-{number:02d}", when=when, parameters=parameters)


def share(patients: Sequence[UUID]) -> None:
    """Of the time of reading and judging, how much the engine of CEL takes for itself."""
    work = evaluate(patients[:50], rules())
    work()
    with timed() as spent:
        begun = time.perf_counter()
        for _ in range(20):
            work()
        whole_time = time.perf_counter() - begun
    own = spent["engine"] - spent["words"]
    print(
        f"share of CEL: {own / whole_time:.0%} of reading and judging; the words it calls: {spent['words'] / whole_time:.0%}",
        flush=True,
    )


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Adds up the time inside the engine, and within that the time inside the words that it calls."""
    spent = {"engine": 0.0, "words": 0.0}
    value, functions = Engine.value, Reading.functions

    def clocked(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed_call(*arguments: Any) -> Any:
            begun = time.perf_counter()
            try:
                return call(*arguments)
            finally:
                spent[name] += time.perf_counter() - begun

        return timed_call

    Engine.value = clocked("engine", value)  # type: ignore[method-assign]
    Reading.functions = lambda self: {  # type: ignore[method-assign]
        name: clocked("words", call) for name, call in functions(self).items()
    }
    try:
        yield spent
    finally:
        Engine.value, Reading.functions = value, functions  # type: ignore[method-assign]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=5000, help="in the run of 06:00")
    parser.add_argument("--facts", type=int, default=50, help="of each of them")
    chosen = parser.parse_args()
    main(chosen.patients, chosen.facts)
