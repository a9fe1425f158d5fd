"""Who may come to these doors."""

from apps.accounts.permissions import Permission
from apps.rest.policy import Needs

POLICY = Needs(Permission.PATIENTS_READ, Permission.PLANS_WRITE)
#: For what is one's own and only about what one may read anyway.
OWN = Needs(Permission.PATIENTS_READ, Permission.PATIENTS_READ)
READ = Needs(Permission.PATIENTS_READ)
