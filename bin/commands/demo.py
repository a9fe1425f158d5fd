"""`bin/demo`: everything, running, with invented people in it."""

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from commands import ROOT, Trouble
from commands.bootstrap import RUNTIME, prepare
from commands.servers import PrivateServers
from commands.settings import demo_secret, environment, home
from commands.supervise import Supervisor, free_port, procfile

READY_SECONDS = 90.0


class Stopped(Exception):  # noqa: N818 - a person asked for it
    """Ctrl-C, or a request to end."""


def main(arguments: list[str]) -> int:
    """Run the demo until it is stopped; returns the exit code."""
    if arguments[:1] == ["play"]:
        return _play(arguments[1:])
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGHUP, _stop)
    try:
        with _step("Installing what it needs"):
            prepare(RUNTIME)
        folder = home("demo")
        with (folder / "running.lock").open("a+") as lock:
            _only_one(lock)
            return _run(folder, options)
    except Stopped:
        print("\nStopped. Everything that was started has ended; the demo's data is kept.")
        return 0
    except Trouble as trouble:
        print(f"\nThe demo cannot run: {trouble}", file=sys.stderr)
        return 1


def _play(arguments: list[str]) -> int:
    try:
        return play(arguments)
    except Trouble as trouble:
        print(f"The story cannot be told: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/demo", description="Sets up and runs careteam with invented people.")
    parser.add_argument("--port", type=int, default=8000, help="the first port to try (8000)")
    parser.add_argument("--fresh", action="store_true", help="forget the data of earlier runs")
    return parser.parse_args(arguments)


def _stop(*_: object) -> None:
    # A second Ctrl-C must not interrupt the stopping.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def _only_one(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Trouble("one is running already in this checkout; stop it first (Ctrl-C where it runs).") from None


def _run(folder: Path, options: argparse.Namespace) -> int:
    if options.fresh:
        for name in ("postgresql", "valkey", "logs", "mailbox"):
            shutil.rmtree(folder / name, ignore_errors=True)
    port = free_port(options.port)
    mail_port = free_port(2525)
    if port != options.port:
        print(f"  Port {options.port} is taken; using {port}.")
    with PrivateServers(folder, lasting=True) as servers:
        with _step("Starting PostgreSQL and Valkey"):
            found = environment(
                servers, DEMO="true", CLOCK_MOVABLE="true", SECRET_KEY=demo_secret(folder), PORT=str(port),
                ALLOWED_HOSTS="127.0.0.1,localhost", LOG_FORMAT="json", PUBLIC_URL=f"http://127.0.0.1:{port}",
                EMAIL_URL=f"smtp://127.0.0.1:{mail_port}", EMAIL_FROM="careteam (demo) <careteam@linden.example>",
                DEMO_MAILBOX=str(folder / "mailbox"),
            )  # fmt: skip
        fill(found)
        keep_environment(folder, found)
        return _serve(folder, found, port, mail_port)


def keep_environment(folder: Path, found: dict[str, str]) -> None:
    """Keep what `bin/demo play` needs to know of the running demo, for us alone."""
    kept = folder / "environment"
    kept.unlink(missing_ok=True)
    handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(
            {name: value for name, value in found.items() if name not in os.environ or os.environ[name] != value}, file
        )


def play(arguments: list[str]) -> int:
    """Tell the story in the demo that runs in this checkout."""
    prepare(RUNTIME)
    kept = home("demo") / "environment"
    if not kept.exists():
        raise Trouble("start it first: bin/demo, in another terminal.")
    found = {**os.environ, **json.loads(kept.read_text())}
    if not _ready(int(found["PORT"])):
        raise Trouble("start it first: bin/demo, in another terminal (it is not ready).")
    return subprocess.run(["python", "manage.py", "play", *arguments], cwd=ROOT, env=found, check=False).returncode


def fill(found: dict[str, str]) -> None:
    """Make the tables, load the knowledge and invite the demo's people. Raises Trouble."""
    owner = {**found, "DATABASE_URL": found["DATABASE_OWNER_URL"]}
    with _step("Making the tables"):
        _manage(owner, "migrate", "--verbosity", "0")
    with _step("Loading knowledge"):
        _manage(owner, "load_knowledge")
    with _step("Inviting the demo's people"):
        said = _manage(found, "load_demo")
    print(textwrap.indent(textwrap.fill(said.strip(), 110), "    "), flush=True)


def _serve(folder: Path, found: dict[str, str], port: int, mail_port: int) -> int:
    supervisor = Supervisor(found, folder / "logs")
    try:
        with _step("Starting web, workers, dispatcher and a mail server that keeps every mail"):
            supervisor.start("mail", f"python manage.py demo_mail_server --port {mail_port}")
            for name, command in procfile((ROOT / "Procfile").read_text()).items():
                supervisor.start(name, command)
            wait_until_ready(supervisor, port)
        _welcome(found, port)
        return _watch(supervisor)
    finally:
        supervisor.stop()


def _manage(found: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        ["python", "manage.py", *words], cwd=ROOT, env=found, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise Trouble(f"manage.py {words[0]} failed: {' '.join(last)}")
    return done.stdout


def wait_until_ready(supervisor: Supervisor, port: int) -> None:
    """Wait until the demo says that it is ready. Raises Trouble when a process dies or it takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while not _ready(port):
        _fail_when_dead(supervisor)
        if time.monotonic() > deadline:
            raise Trouble(f"it was not ready within {READY_SECONDS:.0f} seconds; see {supervisor.logs}.")
        time.sleep(0.1)


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _fail_when_dead(supervisor: Supervisor) -> None:
    if name := supervisor.dead():
        print(f"\n{supervisor.tail(name)}", file=sys.stderr)
        raise Trouble(
            f"the process “{name}” has ended; its last lines stand above, all of them in {supervisor.log(name)}."
        )


def _watch(supervisor: Supervisor) -> int:
    while True:
        _fail_when_dead(supervisor)
        time.sleep(0.5)


def _welcome(found: dict[str, str], port: int) -> None:
    base = f"http://127.0.0.1:{port}"
    logins = [line.split("\t") for line in _manage(found, "load_demo", "--logins").splitlines()]
    widths = [max(len(row[column]) for row in logins) for column in range(3)]
    print(f"\n  careteam is running: {base}/ for members, {base}/admin/ for coordinators.\n")
    for row in logins:
        first = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        print(f"    {first}  {row[3]}")
    print(
        f"\n  See the story happen: bin/demo play, in another terminal. Its mails: {base}/demo/mailbox/\n"
        f"  The API and how to use it: {base}/api/v1/docs/\n"
        "  All people are invented, and the criteria are signed for this demo only. Stop with Ctrl-C.\n",
        flush=True,
    )


@contextmanager
def _step(what: str) -> Iterator[None]:
    print(f"  {what} …", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(" ✗", flush=True)
        raise
    print(f" ✓ {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    os.chdir(ROOT)
    raise SystemExit(main(sys.argv[1:]))
