"""Who may read which part of the audit record."""

from django.db.models import Q, QuerySet

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission, Role
from apps.audit.models import AuditEvent
from apps.patients.models import Patient


def events_visible_to(actor: Actor) -> QuerySet[AuditEvent]:
    """The record of patients that the actor may see, for whoever may read the record; and that of accounts and rosters at
    the sites where they may.

    An administrator sees who did what to accounts, never whose patient was read.
    """
    sites = actor.sites_where(Permission.AUDIT_READ)
    if not sites:
        return AuditEvent.objects.none()
    of_sites = Q(site_id__in=sites, patient_id__isnull=True)
    if actor.roles.keys() & {Role.COORDINATOR, Role.SERVICE}:
        patients = Patient.objects.visible_to(actor).filter(site__in=sites).values("pk")
        of_sites |= Q(patient_id__in=patients)
    return AuditEvent.objects.filter(of_sites)
