"""Schema, documentation and health."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django_prometheus.exports import ExportToDjangoView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.api import health
from apps.rest.policy import Public


class Schema(SpectacularAPIView):
    """The OpenAPI 3.1 schema."""

    policy = Public("The shape of the API is no secret; it holds no data.")
    authentication_classes = []


class Docs(SpectacularSwaggerSplitView):
    """The schema, to read and try in a browser; its assets come from here."""

    policy = Public("Documentation holds no data.")
    authentication_classes = []
    url_name = "schema"


def live(_: HttpRequest) -> JsonResponse:
    """This process answers. Nothing else is looked at: for a supervisor that restarts what hangs."""
    return JsonResponse({"status": "live"})


def ready(_: HttpRequest) -> JsonResponse:
    """Everything that a nudge needs is there; 503 and what is missing otherwise. For whoever is to be alarmed."""
    findings: dict[str, Any] = health.findings()
    well = all(finding == "ok" for finding in findings.values())
    return JsonResponse({"status": "ready" if well else "not ready", "checks": findings}, status=200 if well else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Counters for Prometheus: requests by route and status; no patient, no person. Keep it inside your network."""
    return cast("HttpResponse", ExportToDjangoView(request))


live.policy = ready.policy = metrics.policy = Public("Says only whether parts of the installation work.")  # type: ignore[attr-defined]
