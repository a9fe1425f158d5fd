"""Every answer that is not what was asked for is a problem document (RFC 9457), never a stack trace.

`type` is stable and made to be compared; `errors` lists each wrong field with its rule.
"""

import math
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from apps.common.refusals import Refused
from apps.rest.authentication import request_id

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:careteam:problem:"


def problem(
    status: int, kind: str, title: str, detail: str = "", errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """A problem document as data."""
    document: dict[str, Any] = {"type": TYPE + kind, "title": title, "status": status}
    if detail:
        document["detail"] = detail
    if errors:
        document["errors"] = errors
    return document


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: the problem document for any exception."""
    document, headers = _describe(error)
    document["instance"] = f"urn:careteam:request:{request_id(context.get('request'))}"
    if document["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.exception("request failed", exc_info=error)
    return Response(document, status=document["status"], headers=headers, content_type=MEDIA_TYPE)


def problem_of(error: Exception, request: str) -> dict[str, Any]:
    """The problem document of an exception, for an answer that holds several; `request` is the request's id."""
    document, _ = _describe(error)
    if document["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.exception("item failed", exc_info=error)
    return {**document, "instance": f"urn:careteam:request:{request}"}


def _describe(error: Exception) -> tuple[dict[str, Any], dict[str, str]]:
    error = _AS_API[type(error)]() if type(error) in _AS_API else error
    if isinstance(error, Refused):
        return _refusal(error)
    if isinstance(error, exceptions.APIException):
        return _api_exception(error)
    return _other(error), {"Retry-After": "5"} if isinstance(error, OperationalError) else {}


_AS_API: dict[type[Exception], type[exceptions.APIException]] = {
    Http404: exceptions.NotFound,
    PermissionDenied: exceptions.PermissionDenied,
}


def _other(error: Exception) -> dict[str, Any]:
    if isinstance(error, ValidationError):
        return problem(400, "invalid-request", "The request is not valid", " ".join(error.messages))
    if isinstance(error, RequestDataTooBig):
        return problem(413, "too-large", "The request is too large", "Send less at once.")
    if isinstance(error, DataError):
        return problem(400, "invalid-request", "The request is not valid", "A value is outside what can be stored.")
    if isinstance(error, IntegrityError):
        return problem(
            409, "conflict", "Does not fit the present state", "Something changed meanwhile. Read again and repeat."
        )
    if isinstance(error, OperationalError):
        return problem(503, "unavailable", "Not available just now", "Nothing was written. Try again.")
    return problem(
        500, "internal", "Something went wrong on our side", "Nothing was written. The request's id finds it."
    )


def _refusal(refusal: Refused) -> tuple[dict[str, Any], dict[str, str]]:
    errors = [{"field": field, "detail": rule} for field, rule in refusal.errors.items()]
    document = problem(refusal.status, refusal.type, refusal.title, refusal.detail, errors) | refusal.members
    after = getattr(refusal, "retry_after", None)
    location = getattr(refusal, "location", None)
    headers = {"Retry-After": str(after)} if after else {}
    return document, headers | ({"Location": location} if location else {})


def _api_exception(error: exceptions.APIException) -> tuple[dict[str, Any], dict[str, str]]:
    headers: dict[str, str] = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flat(error.detail))
        return problem(400, "invalid-request", "The request is not valid", "See errors.", errors), headers
    title = HTTPStatus(error.status_code).phrase
    kind = title.lower().replace(" ", "-")
    return problem(error.status_code, kind, title, str(error.detail)), headers


def _flat(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Each field and its rule; nested fields are joined with dots, list items named by their index."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            name = "" if name == "non_field_errors" else str(name)  # noqa: PLW2901 - the whole body has no field of its own
            yield from _flat(inner, ".".join(part for part in (path, name) if part))
    elif isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        for index, inner in enumerate(detail):
            yield from _flat(inner, f"{path}.{index}" if path else str(index))
    else:
        for rule in detail if isinstance(detail, list) else [detail]:
            yield {"field": path or "body", "detail": str(rule)}


def _page(request: HttpRequest, status: int, kind: str, title: str, detail: str) -> HttpResponse:
    document = problem(status, kind, title, detail) | {"instance": f"urn:careteam:request:{request_id(request)}"}
    return JsonResponse(document, status=status, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's own 400, outside any API view."""
    return _page(request, 400, "invalid-request", "The request is not valid", "")


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's own 403, outside any API view."""
    return _page(request, 403, "forbidden", "Not allowed", "")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's own 404, outside any API view."""
    return _page(request, 404, "not-found", "Not Found", "There is nothing at this address.")


def failed(request: HttpRequest) -> HttpResponse:
    """Django's own 500, outside any API view."""
    return _page(
        request,
        500,
        "internal",
        "Something went wrong on our side",
        "The operator finds it by the request's id.",
    )
