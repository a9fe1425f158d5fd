"""Who may come to the doors of clinical governance."""

from apps.accounts.permissions import Permission
from apps.rest.policy import Needs

#: Read by everybody who works here, written and signed by clinical governance; the operations look closer.
GOVERNED = Needs(Permission.CRITERIA_READ, (Permission.CRITERIA_WRITE, Permission.CRITERIA_SIGN))
