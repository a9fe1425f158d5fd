"""The room's place in Django."""

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """Care teams."""

    name = "apps.teams"
    verbose_name = "Care teams"
