"""What a process looks at before it serves."""

import sys

from django.core.checks import Error, run_checks
from django.db import DatabaseError

from apps.common.checks import database_problem


def refuse_to_start_when_unsafe() -> None:
    """Stop the process, saying why in a sentence each, when a start-up check of the house finds an error.

    A database that does not answer is no reason not to start: it may come back, and `/health/ready` says so meanwhile.
    Raises SystemExit.
    """
    errors = [f"{found.msg} {found.hint or ''}" for found in run_checks(tags=["careteam"]) if isinstance(found, Error)]
    try:
        errors += [problem] if (problem := database_problem()) else []
    except DatabaseError:
        sys.stderr.write("careteam starts although the database does not answer yet.\n")
    if errors:
        for error in errors:
            sys.stderr.write(f"careteam cannot start: {error}\n")
        raise SystemExit(1)
