"""What `/health/ready` looks at: database, migrations, broker, and every alarm of the house."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from apps.common import alarms
from apps.common.checks import database_problem

OK = "ok"


def findings() -> dict[str, str]:
    """Each part and what is wrong with it in a sentence, or "ok"."""
    found = {"database": _safely(database)}
    if found["database"] == OK:
        found["migrations"] = _safely(migrations)
    if found.get("migrations") == OK:
        found |= {name: finding or OK for name, finding in alarms.faults().items()}
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
