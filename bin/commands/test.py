"""`bin/test`: every check, each to its end, and what failed at the end."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field

from commands import ROOT, Trouble
from commands.bootstrap import DEVELOPMENT, prepare
from commands.servers import PrivateServers
from commands.settings import environment, home, passing_secret

#: Counting branches doubles the time of the tests, so it is asked for and not part of every run.
COVERAGE = "--coverage"
COVERED = ("--cov", "--cov-branch", "--cov-report=term:skip-covered")


@dataclass
class Checks:
    """The checks that ran, and which of them failed."""

    environment: dict[str, str]
    failed: list[str] = field(default_factory=list)

    def run(self, name: str, *command: str, **more: str) -> None:
        """Run one check, showing what it prints."""
        print(f"\n── {name} ──", flush=True)
        begun = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env={**self.environment, **more}, check=False, stdin=subprocess.DEVNULL
        )
        print(f"   {'passed' if done.returncode == 0 else 'FAILED'} in {time.monotonic() - begun:.1f} s", flush=True)
        if done.returncode:
            self.failed.append(name)


def main(arguments: list[str]) -> int:
    """Run the checks; returns the exit code."""
    try:
        prepare(DEVELOPMENT)
        # A folder of its own a run, so that two at once do not meet.
        folder = home(f"test-{os.getpid()}")
        try:
            with PrivateServers(folder, lasting=False) as servers:
                return _run(
                    environment(servers, SECRET_KEY=passing_secret(), CLOCK_MOVABLE="true", HTTPS_ONLY="false"),
                    arguments,
                )
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except Trouble as trouble:
        print(f"The tests cannot run: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130


def _run(found: dict[str, str], arguments: list[str]) -> int:
    checks = Checks({**found, "DATABASE_URL": found["DATABASE_OWNER_URL"]})
    if arguments and arguments != [COVERAGE]:
        checks.run("tests", "python", "-m", "pytest", *arguments)
        return 1 if checks.failed else 0
    _all(checks, cover=COVERED if arguments else ())
    print(f"\nFailed: {', '.join(checks.failed)}" if checks.failed else "\nEverything passed.")
    return 1 if checks.failed else 0


def _all(checks: Checks, *, cover: tuple[str, ...]) -> None:
    checks.run("lint", "ruff", "check", ".")
    checks.run("format", "ruff", "format", "--check", ".")
    checks.run("types", "mypy", "apps", "careteam", "bin/commands", "tests", "bench", "manage.py")
    checks.run("layers", "lint-imports")
    checks.run("migrations", "python", "manage.py", "makemigrations", "--check", "--dry-run")
    production = {
        "CLOCK_MOVABLE": "false", "DEBUG": "false", "DEMO": "false", "HTTPS_ONLY": "true",
        "PUBLIC_URL": "https://careteam.hospital.example", "EMAIL_URL": "smtp+tls://mail.hospital.example:587",
    }  # fmt: skip
    command = ("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING", "--database", "default")
    checks.run("production settings", *command, **production)
    workers = str(max(2, os.cpu_count() or 2))
    checks.run("tests", "python", "-m", "pytest", "-n", workers, "--dist", "loadgroup", *cover)


if __name__ == "__main__":
    os.chdir(ROOT)
    raise SystemExit(main(sys.argv[1:]))
