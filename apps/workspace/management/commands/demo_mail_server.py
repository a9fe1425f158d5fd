"""`manage.py demo_mail_server`: takes every mail and keeps it in a folder; nothing leaves the machine."""

import asyncio
import logging
import signal
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Keeper:
    """Writes each mail into a file of its own, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Keep one mail."""
        name = f"{time.time_ns():020d}"
        unfinished = self.folder / f"{name}.part"
        unfinished.write_bytes(envelope.original_content)
        unfinished.rename(self.folder / f"{name}.eml")
        return "250 Kept"


class Command(BaseCommand):
    """Run the demo's mail server."""

    help = "Takes mails on 127.0.0.1 and keeps them in a folder. Only in a demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--port", type=int, required=True)

    def handle(self, *_: Any, **options: Any) -> None:
        """Run until asked to stop."""
        if not (settings.DEMO and settings.DEMO_MAILBOX):
            raise CommandError(
                "The mail server is for the demo: set DEMO=true and DEMO_MAILBOX in one, never in production."
            )
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        asyncio.run(self._serve(options["port"]))

    async def _serve(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        keeper = Keeper(Path(settings.DEMO_MAILBOX))
        server = await loop.create_server(lambda: SMTP(keeper, hostname="localhost"), "127.0.0.1", port)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await stop.wait()
        server.close()
        await server.wait_closed()
