"""The room's place in Django."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Patients."""

    name = "apps.patients"
    verbose_name = "Patients"
