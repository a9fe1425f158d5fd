"""Seals: laid over complete stretches only, never in a writer's way, and telling what was done to the record since."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from apps.accounts.models import Site
from apps.audit import operations as audit
from apps.audit import sealing
from apps.audit.agents import SYSTEM
from apps.audit.digests import GENESIS, Damage
from apps.audit.models import AuditEvent, Seal
from tests.accounts.house import now

pytestmark = pytest.mark.django_db(transaction=True)
INSERT = (
    "INSERT INTO audit_auditevent (id, at, verb, subject_type, request_id)"
    " VALUES (gen_random_uuid(), now(), %s, 'x', '') RETURNING position"
)


def happen(verb: str = "x.happened", times: int = 1) -> list[AuditEvent]:
    """Let something be recorded, and committed."""
    return [audit.record(by=SYSTEM, at=now(), verb=verb, subject=Site()) for _ in range(times)]


def seal_all() -> int:
    """Seal everything that is committed. Transactions of other databases of the server can be in the way for a while."""
    deadline, sealed = time.monotonic() + 60, 0
    while time.monotonic() < deadline:
        sealed += sealing.seal_pending()
        last = Seal.objects.order_by("-number").first()
        if not AuditEvent.objects.filter(position__gt=last.to_position if last else 0).exists():
            return sealed
    raise AssertionError("not sealed within a minute")


@contextmanager
def elsewhere() -> Iterator[psycopg.Connection[Any]]:
    """A second connection, whose transaction is open until it is told to end."""
    options = connection.get_connection_params()
    options.pop("cursor_factory", None)
    options.pop("context", None)
    with closing(psycopg.connect(**options)) as other:
        yield other


def write(other: psycopg.Connection[Any], verb: str = "x.elsewhere") -> int:
    """An event in the other connection's open transaction; returns its position."""
    found = other.execute(INSERT, [verb]).fetchone()
    assert found is not None
    return int(found[0])


@contextmanager
def as_intruder(table: str = "audit_auditevent") -> Iterator[None]:
    """Somebody with the owner's rights puts the triggers aside and back again."""
    always = {"audit_auditevent": "audit_event_append_only", "audit_seal": "audit_seal_append_only"}[table]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER, ENABLE ALWAYS TRIGGER {always}")


def verified(**options: Any) -> str:
    """What `verify_audit` says of a whole record."""
    out = io.StringIO()
    call_command("verify_audit", stdout=out, **options)
    return out.getvalue()


def damage_told(**options: Any) -> str:
    """What `verify_audit` says of a damaged record."""
    out = io.StringIO()
    with pytest.raises(CommandError, match="damaged"):
        call_command("verify_audit", stdout=out, **options)
    return out.getvalue()


def last_digest() -> str:
    return bytes(Seal.objects.order_by("-number")[0].digest).hex()


# Laying seals


def test_an_empty_record_is_whole_and_has_no_seal() -> None:
    assert sealing.seal_pending() == 0
    assert list(sealing.verify()) == []
    assert "0 seals, 0 events not sealed yet" in verified()


def test_a_seal_covers_what_was_committed_and_the_next_one_joins_it() -> None:
    happen(times=3)
    assert seal_all() == 3
    happen(times=2)
    assert seal_all() == 2
    first, second = Seal.objects.order_by("number")
    assert (first.number, first.count, bytes(first.previous)) == (1, 3, GENESIS)
    assert (second.number, second.count, bytes(second.previous)) == (2, 2, bytes(first.digest))
    assert second.from_position == first.to_position
    assert list(sealing.verify()) == []


def test_a_long_record_is_sealed_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    happen(times=8)
    assert seal_all() == 8
    assert list(Seal.objects.order_by("number").values_list("count", flat=True)) == [3, 3, 2]
    assert list(sealing.verify()) == []


def test_nothing_new_makes_no_new_seal() -> None:
    happen()
    seal_all()
    assert sealing.seal_pending() == 0
    assert Seal.objects.count() == 1


def test_an_event_of_every_kind_of_column_is_sealed_and_found_unchanged() -> None:
    site = Site(code="x", name="X", time_zone="UTC")
    audit.record(by=SYSTEM, at=now(), verb="x.é–🙂", subject=site, site_id=site.pk, patient_id=site.pk,
                 changes={"code": (None, "ü\\\"'"), "active": (True, 1.5)})  # fmt: skip
    audit.record_read(by=SYSTEM, at=now(), verb="x.read", subject_type="x", ids=[site.pk, Site().pk])
    assert seal_all() == 2
    assert list(sealing.verify()) == []


def test_a_stretch_is_not_sealed_past_a_transaction_that_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PATIENCE_SECONDS", 0.3)
    with elsewhere() as other:
        lower = write(other)
        (higher,) = happen()
        higher.refresh_from_db()
        assert lower < higher.position
        assert sealing.seal_pending() == 0
        assert not Seal.objects.exists()
        other.commit()
    assert seal_all() == 2
    assert Seal.objects.get().to_position == higher.position
    assert list(sealing.verify()) == []


def test_a_position_that_was_given_back_leaves_a_gap_and_no_damage() -> None:
    with elsewhere() as other:
        write(other)
        happen()
        other.rollback()
    assert seal_all() == 1
    assert list(sealing.verify()) == []


def test_sealing_waits_for_a_writer_that_is_about_to_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PATIENCE_SECONDS", 30.0)
    with elsewhere() as other:
        write(other)
        happen()
        soon = threading.Timer(0.3, other.commit)
        soon.start()
        sealed = sealing.seal_pending()
        soon.join()
    assert sealed == 2


def test_a_writer_never_waits_for_whoever_seals() -> None:
    happen()
    with elsewhere() as sealer:
        sealer.execute("SELECT pg_advisory_xact_lock(%s)", [sealing.LOCK])
        sealer.execute(
            "INSERT INTO audit_seal (id, number, from_position, to_position, count, digests, previous, digest, sealed_at)"
            " VALUES (gen_random_uuid(), 1, 0, 1, 0, '', '', '', now())"
        )
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
            happen(times=5)
        sealer.rollback()
    assert AuditEvent.objects.count() == 6


def at_once(work: Callable[[], Any], threads: int) -> None:
    """The same work in several threads, each with a connection of its own, started together."""
    gate, failures = threading.Barrier(threads), []

    def run() -> None:
        try:
            gate.wait(10)
            work()
        except Exception as error:  # noqa: BLE001 - told to the test, which fails
            failures.append(error)
        finally:
            connections.close_all()

    started = [threading.Thread(target=run) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join(90)
    assert failures == []


def test_two_who_seal_at_once_make_one_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 4)
    happen(times=30)
    at_once(seal_all, 3)
    assert sum(Seal.objects.values_list("count", flat=True)) == 30
    assert list(sealing.verify()) == []


def test_writing_and_sealing_at_once_lose_and_double_nothing() -> None:
    def both() -> None:
        for _ in range(15):
            happen()
            sealing.seal_pending()

    at_once(both, 3)
    seal_all()
    assert AuditEvent.objects.count() == sum(Seal.objects.values_list("count", flat=True)) == 45
    assert list(sealing.verify()) == []


# Finding damage


def test_a_changed_event_is_named() -> None:
    _, event, _ = happen(times=3)
    seal_all()
    with as_intruder():
        AuditEvent.objects.filter(pk=event.pk).update(verb="x.something_else")
    assert list(sealing.verify()) == [Damage("changed", 1, event.pk)]
    assert f"event {event.pk} (seal 1) was changed" in damage_told()


@pytest.mark.parametrize("column", [name for name in sealing.COLUMNS if name not in {"id", "position"}])
def test_a_change_in_any_column_is_found(column: str) -> None:
    (event,) = happen()
    seal_all()
    others: dict[str, Any] = {"changes": {"x": 1}, "read_ids": [event.pk], "at": now()}
    text = {"request_id", "verb", "subject_type"}
    with as_intruder():
        changed = others.get(column, "other" if column in text else Site().pk)
        AuditEvent.objects.filter(pk=event.pk).update(**{column: changed})
    assert list(sealing.verify()) == [Damage("changed", 1, event.pk)]


def test_a_missing_event_is_named() -> None:
    event, *_ = happen(times=3)
    seal_all()
    with as_intruder():
        AuditEvent.objects.filter(pk=event.pk).delete()
    assert list(sealing.verify()) == [Damage("missing", 1, event.pk)]
    assert f"event {event.pk} (seal 1) was sealed and is gone" in damage_told()


def test_an_event_that_was_slipped_in_is_named() -> None:
    happen()
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('audit_position')")
        (gap,) = cursor.fetchone()
    happen()
    seal_all()
    with as_intruder():
        forged = AuditEvent.objects.create(position=gap, at=now(), verb="x.forged", subject_type="x")
    assert list(sealing.verify()) == [Damage("added", 1, forged.pk)]
    assert f"event {forged.pk} (seal 1) stands in a sealed stretch" in damage_told()


@pytest.mark.parametrize("position", ["first", "middle", "last"])
def test_a_changed_seal_is_named(position: str) -> None:
    for _ in range(3):
        happen()
        seal_all()
    number = {"first": 1, "middle": 2, "last": 3}[position]
    with as_intruder("audit_seal"):
        Seal.objects.filter(number=number).update(digest=b"\x01" * 32)
    assert Damage("seal", number) in list(sealing.verify())
    assert f"seal {number} does not fit the chain" in damage_told()


def test_a_seal_that_is_gone_breaks_the_chain_after_it() -> None:
    for _ in range(3):
        happen()
        seal_all()
    with as_intruder("audit_seal"):
        Seal.objects.filter(number=2).delete()
    assert {damage.kind for damage in sealing.verify()} == {"seal"}


def test_a_chain_that_was_rewritten_is_told_by_a_digest_kept_elsewhere() -> None:
    event, *_ = happen(times=3)
    seal_all()
    kept = last_digest()
    assert kept in verified(expect=kept)
    with as_intruder("audit_seal"):
        Seal.objects.all().delete()
    with as_intruder():
        AuditEvent.objects.filter(pk=event.pk).update(verb="x.something_else")
    seal_all()
    assert "The record is whole" in verified(), "a chain that was made anew is whole by itself"
    assert "rewritten or cut" in damage_told(expect=kept)


def test_an_end_that_was_cut_off_is_told_by_a_digest_kept_elsewhere() -> None:
    happen()
    seal_all()
    happen()
    seal_all()
    kept, last = last_digest(), Seal.objects.order_by("-number")[0]
    with as_intruder():
        AuditEvent.objects.filter(position__gt=last.from_position).delete()
    with as_intruder("audit_seal"):
        last.delete()
    assert "The record is whole" in verified()
    assert "rewritten or cut" in damage_told(expect=kept)


@pytest.mark.parametrize("wrong", ["zz", "abc", "not a digest"])
def test_an_expectation_that_is_no_digest_is_said_so(wrong: str) -> None:
    with pytest.raises(CommandError, match="64 hexadecimal digits"):
        call_command("verify_audit", expect=wrong)


def test_the_command_counts_what_is_not_sealed_and_seals_it_when_told() -> None:
    happen(times=2)
    assert "0 seals, 2 events not sealed yet" in verified()
    seal_all()
    assert "1 seals, 0 events not sealed yet" in verified(seal=True)
    assert f"last digest {last_digest()}" in verified()
