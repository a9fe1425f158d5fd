"""All of careteam as real processes: web, two workers, two dispatchers, PostgreSQL, Valkey and a mail server in this one."""

import email
import email.policy
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.controller import Controller

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "bin"))

from commands.servers import PrivateServers, Server
from commands.settings import environment, home, passing_secret
from commands.supervise import Supervisor, free_port

PASSWORD = "a demo only: careteam"
WEB = (
    "granian --interface wsgi --host 127.0.0.1 --port $PORT --workers 1 --blocking-threads 8 --no-ws --log-level warning "
    "careteam.wsgi:application"
)
WORKER = (
    "celery -A careteam worker --hostname {name}@%h --queues emergency,evaluation,deliveries,steps,housekeeping "
    "--concurrency 2 --loglevel WARNING --without-gossip --without-mingle"
)
PROCESSES = {
    "web": WEB,
    "worker1": WORKER.format(name="one"),
    "worker2": WORKER.format(name="two"),
    "dispatcher1": "python manage.py dispatch",
    "dispatcher2": "python manage.py dispatch",
}


@dataclass
class Taken:
    """A mail that the server took, and when."""

    at: float
    mail: EmailMessage

    @property
    def key(self) -> str:
        """Its Message-ID."""
        return str(self.mail["Message-ID"])


@dataclass
class MailServer:
    """Takes mails; `before_reply` is called when one was taken whole and before that is said."""

    taken: list[Taken] = field(default_factory=list)
    before_reply: Callable[[EmailMessage], None] | None = None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.taken.append(Taken(time.monotonic(), mail))
        if self.before_reply is not None:
            self.before_reply(mail)
        return "250 taken"

    def about(self, word: str, to: str = "") -> list[Taken]:
        """Those whose subject holds the word."""
        return [one for one in self.taken if word in str(one.mail["Subject"]) and to in str(one.mail["To"])]


@dataclass
class Answer:
    """What the web process said, and how long it took."""

    status: int
    body: Any
    seconds: float


class Caller:
    """Somebody logged in over HTTP."""

    def __init__(self, base: str, username: str) -> None:
        self.base, self.jar = base, CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        assert self.post("session/", {"username": username, "password": PASSWORD}).status in {200, 201, 204}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Answer:
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        token = next((cookie.value or "" for cookie in self.jar if cookie.name == "csrftoken"), "")
        sent = {
            "Content-Type": "application/json",
            "X-CSRFToken": token,
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.base}/api/v1/{path}", data=data, method=method, headers=sent)  # noqa: S310
        begun = time.monotonic()
        try:
            with self.opener.open(request, timeout=30) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        except (urllib.error.URLError, OSError, TimeoutError):
            return Answer(0, None, time.monotonic() - begun)
        return Answer(status, json.loads(text) if text else None, time.monotonic() - begun)


@dataclass
class Stage:
    """The running whole."""

    servers: PrivateServers
    found: dict[str, str]
    supervisor: Supervisor
    mails: MailServer
    base: str
    count: int = 0

    def sql(self, text: str, *values: Any) -> list[Any]:
        """Ask the database directly."""
        with psycopg.connect(self.found["DATABASE_OWNER_URL"], autocommit=True) as connection:
            cursor = connection.execute(text, values)
            return list(cursor.fetchall()) if cursor.description else []

    def caller(self, username: str) -> Caller:
        return Caller(self.base, username)

    def patient(self) -> str:
        """A new patient with a care team of a rheumatologist and a speech therapist."""
        self.count += 1
        mara = self.caller("mara.lindqvist")
        site = mara.get("sites/?code=linden").body["results"][0]["id"]
        body = {"site": site, "family_name": f"Fault{self.count}", "given_name": "Ada", "birth_date": "1961-03-02",
                "gender": "female", "onset": "adult", "is_another_person": True}  # fmt: skip
        patient: str = mara.post("patients/", body).body["id"]
        members = {row["name"]: row["id"] for row in mara.get("members/?limit=100").body["results"]}
        joining = [
            {"member": members["Jonas Weiss"], "role": "lead"},
            {"member": members["Ayla Demir"], "role": "lead"},
        ]
        assert mara.post("care-teams/", {"patient": patient, "memberships": joining}).status == 201
        return patient

    def reference(self, patient: str, topic: str) -> str:
        """The reference that stands in the mails about a patient's matter, once there is one."""
        rows = self.sql(
            "SELECT id FROM nudges_nudge WHERE patient_id = %s AND topic = %s ORDER BY opened_at", patient, topic
        )
        return rows[-1][0].hex[-6:].upper() if rows else ""

    def asked(self, patient: str, topic: str, kind: str) -> list[Taken]:
        """The mails that ask about a patient's matter."""
        reference = self.reference(patient, topic)
        return (
            [one for one in self.mails.about(f"[{reference}]") if str(one.mail["Subject"]).startswith(kind)]
            if reference
            else []
        )

    def wait(self, look: Callable[[], Any], seconds: float, what: str) -> Any:
        """Wait until something is there; fails after so many seconds."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < deadline, f"{what}: not within {seconds} seconds"
            time.sleep(0.05)
        return found

    # --- faults -----------------------------------------------------------------------------------------------------

    def kill(self, *names: str) -> None:
        """kill -9, with everything that a process has started."""
        for name in names:
            process = self.supervisor.running[name]
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def start(self, *names: str) -> None:
        """Start processes (again)."""
        for name in names:
            self.supervisor.start(name, PROCESSES[name])

    @property
    def postgres(self) -> Server:
        return self.servers.running[0]

    @property
    def valkey(self) -> Server:
        return self.servers.running[-1]

    def stop_valkey(self) -> None:
        self.valkey.process.kill()
        self.valkey.process.wait()

    def start_valkey(self) -> None:
        shutil.rmtree(self.servers.sockets / "vk", ignore_errors=True)
        self.servers.valkey()

    @contextmanager
    def frozen_valkey(self) -> Iterator[None]:
        self.valkey.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.valkey.process.send_signal(signal.SIGCONT)

    def flush_valkey(self) -> None:
        """FLUSHALL, over the socket."""
        word = (self.servers.home / "valkey-password").read_text().strip()
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(self.servers.sockets / "vk" / "s"))
            link.sendall(f"AUTH {word}\r\nFLUSHALL\r\n".encode())
            assert b"+OK" in link.recv(100)

    def restart_postgres(self) -> None:
        """As a crash would: at once, and up again on the same files and socket."""
        old = self.postgres
        old.process.send_signal(signal.SIGQUIT)
        old.process.wait(30)
        self.servers.running.remove(old)
        self.servers.postgres()
        self.servers.running.insert(0, self.servers.running.pop())


@contextmanager
def staged() -> Iterator[Stage]:
    """Set everything up, and take it down again."""
    folder = home(f"faults-{os.getpid()}")
    mails = MailServer()
    # Two stages at once, one a worker of the test run, keep out of each other's way.
    worker = int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", ""))) or 0)
    mail_port = free_port(2600 + 20 * worker)
    controller = Controller(mails, hostname="127.0.0.1", port=mail_port)
    controller.start()
    try:
        with PrivateServers(folder, lasting=True) as servers, cleared():
            port = free_port(8800 + 20 * worker)
            found = environment(
                servers, DEMO="true", CLOCK_MOVABLE="true", SECRET_KEY=passing_secret(), PORT=str(port), DEBUG="false",
                ALLOWED_HOSTS="127.0.0.1,localhost", LOG_FORMAT="json", PUBLIC_URL=f"http://127.0.0.1:{port}",
                EMAIL_URL=f"smtp://127.0.0.1:{mail_port}", HTTPS_ONLY="false",
            )  # fmt: skip
            owner = {**found, "DATABASE_URL": found["DATABASE_OWNER_URL"]}
            for command, as_whom in (("migrate", owner), ("load_knowledge", owner), ("load_demo", found)):
                subprocess.run(
                    ["python", "manage.py", command], env=as_whom, check=True, capture_output=True, timeout=120
                )
            stage = Stage(servers, found, Supervisor(found, folder / "logs"), mails, f"http://127.0.0.1:{port}")
            try:
                stage.start(*PROCESSES)
                stage.wait(lambda: ready(port), 60, "ready")
                yield stage
            finally:
                stage.supervisor.stop()
    finally:
        controller.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cleared() -> Iterator[None]:
    """Without the settings of the test run, so that the stage has servers of its own."""
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_RUNTIME_ROLE", "REDIS_URL", "EMAIL_URL")
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Do something so many times at the same moment."""
    results: list[Any] = [None] * count
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        gate.wait()
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
