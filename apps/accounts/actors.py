"""The actor: who asks, what they may do and where, and when they asked. Made once, at the edge, by one query."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from apps.accounts.permissions import ALLOWED, SEES_WHOLE_SITE, Permission, Role
from apps.audit.agents import Agent
from apps.common.refusals import Forbidden


@dataclass(frozen=True)
class Actor(Agent):
    """A person or service as it stands at the moment `at`.

    `roles` are the roles in force then, each with its sites; `scopes` limit what a token may do (None: no limit).
    """

    username: str = ""
    at: datetime | None = None
    roles: dict[Role, frozenset[UUID]] = field(default_factory=dict)
    scopes: frozenset[Permission] | None = None

    @property
    def user_id_known(self) -> UUID:
        """The user's id. Raises Forbidden for careteam itself, which has none."""
        if self.user_id is None:
            raise Forbidden("Only a signed-in person can do this.")
        return self.user_id

    def in_scope(self, permission: Permission) -> bool:
        """Whether the token, if there is one, carries the permission."""
        return self.scopes is None or permission in self.scopes

    def may(self, permission: Permission) -> bool:
        """Whether the actor may do this anywhere at all."""
        return self.in_scope(permission) and any(permission in ALLOWED[role] for role in self.roles)

    def sites_where(self, permission: Permission) -> frozenset[UUID]:
        """The sites at which the actor may do this."""
        if not self.in_scope(permission):
            return frozenset()
        return _union(sites for role, sites in self.roles.items() if permission in ALLOWED[role])

    def may_at(self, permission: Permission, site_id: UUID | None) -> bool:
        """Whether the actor may do this at this site."""
        return site_id in self.sites_where(permission)

    def require(self, permission: Permission, site_id: UUID | None) -> None:
        """Raise Forbidden unless the actor may do this at this site."""
        if not self.may_at(permission, site_id):
            raise Forbidden(f"This needs the permission {permission} at the site concerned.")

    def require_anywhere(self, permission: Permission) -> None:
        """Raise Forbidden unless the actor may do this at some site."""
        if not self.may(permission):
            raise Forbidden(f"This needs the permission {permission}.")

    @property
    def sites_seen_whole(self) -> frozenset[UUID]:
        """The sites all of whose patients the actor sees."""
        if not self.in_scope(Permission.PATIENTS_READ):
            return frozenset()
        return _union(sites for role, sites in self.roles.items() if role in SEES_WHOLE_SITE)

    @property
    def sites(self) -> frozenset[UUID]:
        """The sites at which the actor has any role."""
        return _union(self.roles.values())


def _union(groups: Iterable[frozenset[UUID]]) -> frozenset[UUID]:
    return frozenset().union(*groups)


@dataclass(frozen=True)
class Careteam(Actor):
    """careteam itself, at work for its operator: commands on the server. It may do everything and sees everything."""

    def may(self, permission: Permission) -> bool:
        """Everything."""
        return True

    def may_at(self, permission: Permission, site_id: UUID | None) -> bool:
        """Everywhere."""
        return True
