"""Runs the processes of the Procfile: all of them or none."""

import os
import re
import shlex
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from commands import ROOT, Trouble
from commands.servers import die_with_parent

LINE = re.compile(r"^([A-Za-z0-9_-]+):\s*(.+)$")


def procfile(text: str) -> dict[str, str]:
    """Each process's name and command. Raises Trouble for a line that is neither that nor a comment."""
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.match(line)
        if match is None:
            raise Trouble(f"Procfile, line {number}: expected “name: command”.")
        found[match.group(1)] = match.group(2)
    return found


def free_port(wanted: int, tries: int = 50) -> int:
    """The wanted port on 127.0.0.1, or the next one that is free. Raises Trouble when all are taken."""
    for port in range(wanted, min(wanted + tries, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Trouble(f"No port is free from {wanted} on; choose another with --port.")


@dataclass
class Supervisor:
    """Processes started together. Each is the leader of a group of its own and dies with us."""

    environment: dict[str, str]
    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: str) -> None:
        """Start one process; its output goes to its log."""
        words = shlex.split(Template(command).safe_substitute(self.environment))
        self.logs.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as out:
            self.running[name] = subprocess.Popen(
                words,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=0,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no command here has threads
            )

    def log(self, name: str) -> Path:
        """Where a process's output goes."""
        return self.logs / f"{name}.log"

    def dead(self) -> str | None:
        """The name of a process that has ended, if any."""
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def tail(self, name: str, lines: int = 15) -> str:
        """The last lines of a process's log."""
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-lines:])

    def stop(self, patience: float = 8.0) -> None:
        """Ask all to stop, wait for them together, and end whoever is left, with its children."""
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
    process.wait()
