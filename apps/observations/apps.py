"""The room's place in Django."""

from django.apps import AppConfig


class ObservationsConfig(AppConfig):
    """Observations."""

    name = "apps.observations"
    verbose_name = "Observations"
