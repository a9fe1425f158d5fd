"""Makes .venv and installs a lock into it; a second time it finds everything done and needs no network."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import ROOT, Trouble

OLDEST = (3, 11)
UV = "uv==0.13.8"
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
RUNTIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"


def prepare(lock: str) -> None:
    """Bring .venv to hold at least what `lock` lists. Raises Trouble with one sentence when it cannot."""
    if sys.version_info < OLDEST:
        raise Trouble(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.")
    with _alone():
        if _stamp(lock).exists():
            return
        if not _venv_works():
            _make_venv()
        _install(lock)
        for done in VENV.glob("careteam-*"):
            done.unlink()
        for name in {lock, RUNTIME}:
            _stamp(name).touch()


def _stamp(lock: str) -> Path:
    """The file whose presence says that this very lock is installed for this very Python."""
    text = (ROOT / lock).read_bytes() + sys.version.encode() + str(VENV).encode()
    return VENV / f"careteam-{hashlib.sha256(text).hexdigest()[:24]}"


@contextmanager
def _alone() -> Iterator[None]:
    """Two commands at once install one after the other."""
    folder = ROOT / ".data"
    folder.mkdir(exist_ok=True)
    with (folder / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _venv_works() -> bool:
    if not PYTHON.exists():
        return False
    works = subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False)
    return works.returncode == 0


def _make_venv() -> None:
    if VENV.exists():
        shutil.rmtree(VENV)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Trouble("Python's venv module does not work here; on Debian: apt install python3-venv.")


def _install(lock: str) -> None:
    uv = BIN / "uv"
    if not uv.exists():
        _run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV], "uv, the installer,")
    command = [
        str(uv),
        "pip",
        "install",
        "--quiet",
        "--python",
        str(PYTHON),
        "--require-hashes",
        "--no-deps",
        "-r",
        lock,
    ]
    _run(command, f"what {lock} lists")


def _run(command: list[str], what: str) -> None:
    environment = {**os.environ, "PIP_NO_INPUT": "1", "VIRTUAL_ENV": str(VENV)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise Trouble(f"Could not install {what} (the first run needs the network): {last}")
