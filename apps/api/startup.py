"""What a process looks at before it serves."""

import sys

from django.core.checks import Error, run_checks


def refuse_to_start_when_unsafe() -> None:
    """Stop the process, saying why in a sentence each, when a start-up check of the house finds an error.

    Raises SystemExit.
    """
    errors = [found for found in run_checks(tags=["careteam"]) if isinstance(found, Error)]
    if errors:
        for error in errors:
            sys.stderr.write(f"careteam cannot start: {error.msg} {error.hint or ''}\n")
        raise SystemExit(1)
