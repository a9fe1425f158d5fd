"""How DRF holds a view to its policy."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.accounts.actors import Actor
from apps.rest.policy import Public


class PolicyPermission(BasePermission):
    """Holds every API view to its policy."""

    message = "This needs a permission that you do not have."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the request may come to the view; a view without a policy admits nobody."""
        policy: Any = getattr(view, "policy", None)
        if isinstance(policy, Public):
            return True
        if policy is None or not isinstance(request.auth, Actor):
            return False
        reads = request.method in SAFE_METHODS or getattr(view, "action", None) in getattr(view, "reading_actions", ())
        return bool(policy.allows(request.auth, reading=reads))
