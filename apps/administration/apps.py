"""The room's place in Django."""

from django.apps import AppConfig


class AdministrationConfig(AppConfig):
    """Administration."""

    name = "apps.administration"
    verbose_name = "Administration"
