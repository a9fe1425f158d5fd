"""`bin/test-browser [pytest arguments]`: the browser tests, against a demo of their own."""

import os
import shutil
import subprocess
import sys

from commands import ROOT, Trouble
from commands.bootstrap import DEVELOPMENT, prepare
from commands.demo import fill, wait_until_ready
from commands.servers import PrivateServers
from commands.settings import environment, home, passing_secret
from commands.supervise import Supervisor, free_port, procfile


def main(arguments: list[str]) -> int:
    """Start a demo, run tests/browser against it, and stop it; returns the exit code."""
    try:
        prepare(DEVELOPMENT)
        folder = home(f"browser-{os.getpid()}")
        try:
            with PrivateServers(folder, lasting=False) as servers:
                return _run(servers, _chromium(), arguments)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except Trouble as trouble:
        print(f"The browser tests cannot run: {trouble}", file=sys.stderr)
        return 1


def _chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise Trouble("Chromium is needed; on Debian: apt install chromium.")
    return found


def _run(servers: PrivateServers, chromium: str, arguments: list[str]) -> int:
    port, mail_port = free_port(8700), free_port(2700)
    found = environment(
        servers, DEMO="true", CLOCK_MOVABLE="true", SECRET_KEY=passing_secret(), PORT=str(port), CHROMIUM=chromium,
        ALLOWED_HOSTS="127.0.0.1,localhost", BASE_URL=f"http://127.0.0.1:{port}", PUBLIC_URL=f"http://127.0.0.1:{port}",
        EMAIL_URL=f"smtp://127.0.0.1:{mail_port}", DEMO_MAILBOX=str(servers.home / "mailbox"),
    )  # fmt: skip
    fill(found)
    supervisor = Supervisor(found, servers.home / "logs")
    try:
        supervisor.start("mail", f"python manage.py demo_mail_server --port {mail_port}")
        for name, command in procfile((ROOT / "Procfile").read_text()).items():
            supervisor.start(name, command)
        wait_until_ready(supervisor, port)
        command_line = ["python", "-m", "pytest", "-o", "addopts=", *(arguments or ["tests/browser"])]
        return subprocess.run(command_line, cwd=ROOT, env=found, check=False).returncode
    finally:
        supervisor.stop()


if __name__ == "__main__":
    os.chdir(ROOT)
    raise SystemExit(main(sys.argv[1:]))
