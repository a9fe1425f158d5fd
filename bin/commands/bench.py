"""`bin/bench NAME [arguments]`: runs one benchmark of bench/ with servers and settings of its own."""

import os
import shutil
import subprocess
import sys

from commands import ROOT, Trouble
from commands.bootstrap import DEVELOPMENT, prepare
from commands.servers import PrivateServers
from commands.settings import environment, home, passing_secret


def names() -> list[str]:
    """The benchmarks there are."""
    return sorted(path.stem for path in (ROOT / "bench").glob("*.py") if not path.stem.startswith("_"))


def main(arguments: list[str]) -> int:
    """Run the named benchmark; returns the exit code."""
    if not arguments or arguments[0] not in names():
        print(f"Usage: bin/bench NAME. There are: {', '.join(names())}.", file=sys.stderr)
        return 2
    try:
        prepare(DEVELOPMENT)
        folder = home(f"bench-{os.getpid()}")
        try:
            with PrivateServers(folder, lasting=True) as servers:
                found = environment(
                    servers, SECRET_KEY=passing_secret(), CLOCK_MOVABLE="true", HTTPS_ONLY="false", LOG_FORMAT="json"
                )
                owner = {**found, "DATABASE_URL": found["DATABASE_OWNER_URL"], "PYTHONPATH": str(ROOT)}
                subprocess.run(["python", "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=owner, check=True)
                subprocess.run(["python", "manage.py", "load_knowledge"], cwd=ROOT, env=owner, check=True)
                return subprocess.run(
                    ["python", "-m", f"bench.{arguments[0]}", *arguments[1:]], cwd=ROOT, env=owner, check=False
                ).returncode
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except Trouble as trouble:
        print(f"The benchmark cannot run: {trouble}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    os.chdir(ROOT)
    raise SystemExit(main(sys.argv[1:]))
