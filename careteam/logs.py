"""Logs: one JSON object a line, with the request's id, and never a patient's data."""

import logging.config
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

#: What a line may say beside its message. Anything else is dropped, so that a forgotten `extra=` cannot carry a name.
KEPT = frozenset({
    "event", "level", "logger", "timestamp", "request_id", "actor", "method", "route", "status", "milliseconds",
    "queue", "job", "count", "seconds", "error", "exception", "process", "task", "sealed", "from_position",
    "to_position", "digest",
})  # fmt: skip


def keep_what_is_safe(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not on the list of what a log line may say."""
    return {key: value for key, value in event.items() if key in KEPT}


def exception_without_values(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep an exception's kind and place, never its message: a database error quotes the row it stumbled over."""
    error = _error(event.pop("exc_info", None))
    if error is not None:
        event["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
        event["exception"] = _frames(error)
    return event


def _error(info: object) -> BaseException | None:
    """The exception that is meant: itself, what `sys.exc_info()` gives, or True for the one being handled."""
    if info is True:
        return sys.exception()
    if isinstance(info, tuple):
        return _error(info[1])
    return info if isinstance(info, BaseException) else None


def _frames(error: BaseException) -> list[str]:
    frames, step = [], error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        frames.append(f"{code.co_filename}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return frames[-12:]


def logging_config(form: str) -> None:
    """Send every logger, structlog's and the standard library's, through the same processors to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        exception_without_values,
    ]
    last: Any = structlog.processors.JSONRenderer()
    if form != "json":
        last = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, keep_what_is_safe, last],
    }
    logging.config.dictConfig({
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        # Django's request log writes the whole path with its query; ours (apps.rest.middleware) writes the route.
        "loggers": {
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "CRITICAL"},
            "django.security": {"level": "ERROR"},
        },
    })  # fmt: skip
