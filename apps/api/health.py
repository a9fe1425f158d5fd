"""What `/health/ready` looks at: database, migrations, broker, dispatcher."""

from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from apps.common import due
from apps.common.checks import database_problem
from apps.common.clock import app_now
from apps.common.dispatcher import HEARTBEAT
from apps.common.models import Heartbeat

SILENT = timedelta(seconds=15)
BEHIND = timedelta(seconds=30)
OK = "ok"


def findings() -> dict[str, str]:
    """Each part and what is wrong with it in a sentence, or "ok"."""
    found = {"database": _safely(database)}
    if found["database"] == OK:
        found |= {"migrations": _safely(migrations), "dispatcher": _safely(dispatcher)}
    return found | {"broker": broker()}


def _safely(look: Callable[[], str]) -> str:
    try:
        return look()
    except DatabaseError:
        return "The database does not answer."


def database() -> str:
    """PostgreSQL answers and is new enough."""
    return database_problem() or OK


def migrations() -> str:
    """The schema is the one that this code expects."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} migrations have not run: run `manage.py migrate` as the schema's owner." if missing else OK


def dispatcher() -> str:
    """A dispatcher is alive and nothing that is due has been waiting for long."""
    now = app_now()
    beat = Heartbeat.objects.filter(name=HEARTBEAT).first()
    if beat is None:
        return "No dispatcher has ever run."
    if now - beat.at > SILENT:
        return f"No dispatcher since {beat.at:%Y-%m-%d %H:%M:%S} UTC."
    for queue in due.queues().values():
        since = queue.oldest()
        if since is not None and now - since > BEHIND:
            return f"The queue {queue.name} is behind since {since:%Y-%m-%d %H:%M:%S} UTC."
    return OK


def broker() -> str:
    """Redis answers; without it nothing is lost, but the dispatcher does all the work by itself."""
    url = settings.REDIS_URL.replace("redis+socket:", "unix:").replace("virtual_host=", "db=")
    client = redis.Redis.from_url(url, socket_timeout=0.3, socket_connect_timeout=0.3)
    try:
        client.ping()
    except (redis.RedisError, OSError):
        return "The broker does not answer; the dispatcher works without it, more slowly."
    finally:
        client.close()
    return OK
