"""`bin/test-faults [pytest arguments]`: the fault tests, each fault several times."""

import os
import subprocess
import sys

from commands import ROOT, Trouble
from commands.bootstrap import BIN, DEVELOPMENT, prepare
from commands.settings import passing_secret

ROUNDS = "5"


def main(arguments: list[str]) -> int:
    """Run tests/faults; returns the exit code."""
    try:
        prepare(DEVELOPMENT)
    except Trouble as trouble:
        print(f"The fault tests cannot run: {trouble}", file=sys.stderr)
        return 1
    # The tests start servers of their own; these only let the project's settings be read.
    found = {
        **os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}", "SECRET_KEY": passing_secret(),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "REDIS_URL": "redis://127.0.0.1:9/0",
        "FAULT_ROUNDS": os.environ.get("FAULT_ROUNDS", ROUNDS),
    }  # fmt: skip
    command = ["python", "-m", "pytest", "-o", "addopts=", "-v", "--durations=0", *arguments]
    if not any(argument.startswith("tests/") for argument in arguments):
        command.append("tests/faults")
    return subprocess.run(command, cwd=ROOT, env=found, check=False).returncode


if __name__ == "__main__":
    os.chdir(ROOT)
    raise SystemExit(main(sys.argv[1:]))
