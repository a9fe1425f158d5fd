"""The commands' parts, for real: private servers, passwords, ports, the Procfile, settings."""

import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from commands import ROOT, Trouble
from commands.servers import PrivateServers, secret_file
from commands.supervise import Supervisor, free_port, procfile

pytestmark = pytest.mark.xdist_group("servers")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that `nobody` can come to, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="careteam-test-", dir="/var/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def parts(url: str) -> tuple[str, str, str]:
    """User, password and socket folder of a URL."""
    found = re.fullmatch(r"postgres://([^:]+):([^@]+)@/careteam\?host=(.+)", url)
    assert found is not None
    return found.group(1), found.group(2), found.group(3)


def test_the_private_servers_want_their_password_and_open_no_port(home: Path) -> None:
    with PrivateServers(home, lasting=False) as servers:
        found = servers.postgres() | servers.valkey()
        user, word, folder = parts(found["DATABASE_URL"])
        with psycopg.connect(host=folder, user=user, password=word, dbname="careteam") as connection:
            row = connection.execute(
                "SELECT current_user, current_setting('listen_addresses'), current_setting('server_version_num')"
            ).fetchone()
            rights = connection.execute(
                "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        assert row is not None
        assert row[:2] == ("careteam", "")
        assert rights == (False, False, False)
        for wrong in ("", "wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(host=folder, user=user, password=wrong, dbname="careteam").close()
        assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700
        assert valkey_answer(found["REDIS_URL"], b"PING\r\n").startswith(b"-NOAUTH")
        for file in ("owner-password", "runtime-password", "valkey-password", "valkey/valkey.conf"):
            assert stat.S_IMODE((home / file).stat().st_mode) == 0o600
        secrets = [(home / file).read_text() for file in ("owner-password", "runtime-password", "valkey-password")]
        shown = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout
        assert not any(secret in shown for secret in secrets)
        processes = [server.process for server in servers.running]
    assert all(process.poll() is not None for process in processes)
    assert not servers.sockets.exists()


def valkey_answer(url: str, request: bytes) -> bytes:
    path = url.split("@", 1)[1].split("?", 1)[0]
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(path)
        client.sendall(request)
        return client.recv(200)


KILLED = """
import sys, time
from pathlib import Path
from commands.servers import PrivateServers
servers = PrivateServers(Path(sys.argv[1]), lasting=True)
servers.postgres(), servers.valkey()
print(*[server.process.pid for server in servers.running], flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_servers_end_with_a_parent_that_was_killed_and_start_again_on_what_it_left(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "bin")}
    parent = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(home)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "servers outlived their parent"
        time.sleep(0.05)
    left = Path((home / "sockets").read_text())
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (home / "postgresql" / "data" / "postmaster.pid").write_text(f"{gone.pid}\n")
    with PrivateServers(home, lasting=True) as servers:
        user, word, folder = parts(servers.postgres()["DATABASE_URL"])
        with psycopg.connect(host=folder, user=user, password=word, dbname="careteam") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not left.exists()


def test_a_taken_port_leads_to_the_next() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port
        with pytest.raises(Trouble, match="--port"):
            free_port(port, tries=1)


def test_the_procfile_is_read_and_a_line_that_is_none_is_named() -> None:
    assert procfile("# a comment\n\nweb: granian --port $PORT\nworker: celery worker\n") == {
        "web": "granian --port $PORT",
        "worker": "celery worker",
    }
    with pytest.raises(Trouble, match="line 2"):
        procfile("web: x\nnonsense\n")
    assert set(procfile((ROOT / "Procfile").read_text())) == {"web", "urgent", "worker", "dispatcher"}


PYTHON = shlex.quote(sys.executable)


def test_processes_are_stopped_together_even_one_that_does_not_listen(tmp_path: Path) -> None:
    supervisor = Supervisor({**os.environ, "WORD": "hello there"}, tmp_path / "logs")
    supervisor.start("good", f"{PYTHON} -c 'import time; print(\"$WORD\", flush=True); time.sleep(60)'")
    supervisor.start("deaf", f"{PYTHON} -c 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)'")
    deadline = time.monotonic() + 10
    while "hello there" not in supervisor.tail("good") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert supervisor.tail("good") == "hello there"
    assert supervisor.dead() is None
    supervisor.stop(patience=1)
    assert all(process.poll() is not None for process in supervisor.running.values())


def test_a_secret_is_made_once_and_readable_by_us_alone(tmp_path: Path) -> None:
    first = secret_file(tmp_path / "word")
    assert secret_file(tmp_path / "word") == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "word").stat().st_mode) == 0o600


GOOD = {"SECRET_KEY": "x" * 60, "DATABASE_URL": "postgres://a:b@127.0.0.1/c", "REDIS_URL": "redis://127.0.0.1"}


def settings_with(**changes: str) -> "subprocess.CompletedProcess[str]":
    plain = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **GOOD, **changes}
    environment = {name: value for name, value in plain.items() if value != "unset"}
    command = [sys.executable, "-c", "from careteam import settings; print(settings.SECRET_KEY)"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SECRET_KEY": "unset"}, "SECRET_KEY"),
        ({"SECRET_KEY": " "}, "SECRET_KEY"),
        ({"SECRET_KEY": "unset", "SECRET_KEY_FILE": "/nonexistent/key"}, "SECRET_KEY"),
        ({"DATABASE_URL": "unset"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL"),
        ({"REDIS_URL": "unset"}, "REDIS_URL"),
        ({"TRUSTED_PROXIES": "many"}, "TRUSTED_PROXIES"),
    ],
)
def test_a_missing_or_unreadable_setting_stops_the_start_with_one_sentence_that_names_it(
    changes: dict[str, str], named: str
) -> None:
    stopped = settings_with(**changes)
    assert stopped.returncode == 1
    assert stopped.stderr.startswith("careteam cannot start: ")
    assert named in stopped.stderr
    assert len(stopped.stderr.strip().splitlines()) == 1


def test_a_setting_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    started = settings_with(SECRET_KEY="unset", SECRET_KEY_FILE=str(tmp_path / "key"))
    assert started.stdout.strip() == "from a file"


@pytest.mark.parametrize("name", ["DEMO", "CLOCK_MOVABLE"])
def test_production_refuses_what_is_for_the_demo(name: str) -> None:
    command = [sys.executable, "manage.py", "check", "--deploy"]
    environment = {"PATH": os.environ["PATH"], **GOOD, "HTTPS_ONLY": "true", name: "true"}
    checked = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert checked.returncode == 1
    assert f"{name} is set" in checked.stderr


def test_production_wants_an_address_and_a_mail_server() -> None:
    command = [sys.executable, "manage.py", "check", "--deploy"]
    environment = {"PATH": os.environ["PATH"], **GOOD, "HTTPS_ONLY": "true"}
    checked = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert "PUBLIC_URL is not an address with https://" in checked.stderr
    assert "EMAIL_URL is not set" in checked.stderr
    good = {"PUBLIC_URL": "https://careteam.hospital.example", "EMAIL_URL": "smtp+tls://mail.hospital.example:587"}
    checked = subprocess.run(
        command, cwd=ROOT, env={**environment, **good}, capture_output=True, text=True, check=False, timeout=60
    )
    assert "PUBLIC_URL" not in checked.stderr
    assert "EMAIL_URL" not in checked.stderr
