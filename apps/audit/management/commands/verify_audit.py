"""`manage.py verify_audit`: is the record what it was?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.audit.models import AuditEvent, Seal
from apps.audit.sealing import seal_pending, verify

WORDS = {
    "changed": "was changed after it was sealed",
    "missing": "was sealed and is gone",
    "added": "stands in a sealed stretch and was not there when it was sealed",
    "seal": "does not fit the chain",
}


class Command(BaseCommand):
    """Compare the record with its seals."""

    help = (
        "Checks the audit record against its seals and names every event that was changed, removed or added. "
        "Exits with 1 when anything is wrong. Keep the last digest it prints somewhere else, and give it back with --expect."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument(
            "--expect",
            default="",
            metavar="DIGEST",
            help="a digest printed earlier: some seal must still carry it",
        )
        parser.add_argument("--seal", action="store_true", help="first seal what is not sealed yet")

    def handle(self, *_: Any, **options: Any) -> None:
        """Verify and report."""
        if options["seal"]:
            seal_pending()
        damage = list(verify())
        cut = bool(options["expect"]) and not self._known(options["expect"])
        for item in damage:
            what = f"event {item.event_id} (seal {item.seal})" if item.event_id else f"seal {item.seal}"
            self.stdout.write(f"{what} {WORDS[item.kind]}")
        if cut:
            self.stdout.write(f"no seal carries the digest {options['expect']}: the chain was rewritten or cut")
        if damage or cut:
            raise CommandError("The audit record is damaged.")
        self._report()

    def _known(self, digest: str) -> bool:
        try:
            return Seal.objects.filter(digest=bytes.fromhex(digest)).exists()
        except ValueError:
            raise CommandError("--expect takes a digest of 64 hexadecimal digits.") from None

    def _report(self) -> None:
        last = Seal.objects.order_by("-number").first()
        position = last.to_position if last else 0
        pending = AuditEvent.objects.filter(position__gt=position).count()
        self.stdout.write(f"The record is whole: {last.number if last else 0} seals, {pending} events not sealed yet.")
        if last:
            self.stdout.write(f"last digest {bytes(last.digest).hex()}")
