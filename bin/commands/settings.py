"""The environment in which the project's processes run: private servers where none are named, and secrets of this checkout."""

import hashlib
import os
import secrets
from pathlib import Path

from commands import ROOT
from commands.bootstrap import BIN
from commands.servers import Account, PrivateServers, private_folder, reachable, secret_file


def home(purpose: str) -> Path:
    """Where data of this purpose lives: in the checkout, or elsewhere when the servers' account cannot come to it."""
    inside, account = ROOT / ".data" / purpose, Account.for_servers()
    inside.parent.mkdir(exist_ok=True)
    if reachable(inside, account):
        inside.mkdir(mode=0o711, exist_ok=True)
        return inside
    mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    outside = Path("/var/tmp") / f"careteam-{os.geteuid()}-{mark}-{purpose}"  # noqa: S108 - owned and checked below
    private_folder(outside, Account(os.geteuid(), os.getegid()))
    outside.chmod(0o711)
    return outside


def environment(servers: PrivateServers, **more: str) -> dict[str, str]:
    """The processes' environment: DATABASE_URL and REDIS_URL as they are set, or a private server for each that is not."""
    found = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}", "PYTHONUNBUFFERED": "1"}
    found.pop("PYTHONPATH", None)
    if not os.environ.get("DATABASE_URL"):
        found |= servers.postgres()
    found.setdefault("DATABASE_OWNER_URL", found["DATABASE_URL"])
    if not os.environ.get("REDIS_URL"):
        found |= servers.valkey()
    return {**found, **more}


def demo_secret(folder: Path) -> str:
    """The demo's secret key: random, kept in its data folder, readable by us alone."""
    return secret_file(folder / "secret-key") + secret_file(folder / "secret-key-2")


def passing_secret() -> str:
    """A secret key for one run."""
    return secrets.token_urlsafe(64)
