"""The room's place in Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """API."""

    name = "apps.api"
    verbose_name = "API"
