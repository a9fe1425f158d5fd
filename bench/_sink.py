"""A mail server that takes everything and writes down when, to whom, and about what: `python -m bench._sink PORT FILE`."""

import asyncio
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

REFERENCE = re.compile(rb"^Subject: .*", re.MULTILINE)


class Notes:
    """Writes a line a mail: the time, the recipient, the subject."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("a", buffering=1)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Take one mail."""
        at = time.time()
        head = envelope.original_content.split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b" ")
        match = REFERENCE.search(head)
        subject = match.group(0).decode("utf-8", "replace") if match else ""
        self.file.write(f"{at:.6f}\t{envelope.rcpt_tos[0]}\t{subject.strip()}\n")
        return "250 taken"


async def serve(port: int, path: Path) -> None:
    """Until asked to stop."""
    loop = asyncio.get_running_loop()
    notes, stop = Notes(path), asyncio.Event()
    server = await loop.create_server(lambda: SMTP(notes, hostname="localhost"), "127.0.0.1", port)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
