"""Policy: who may come to a view at all. What they then see is the QuerySet's affair, what they may do the operation's.

Deny by default: a view without a policy stops the start (see `checks`).
"""

from dataclasses import dataclass

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission


@dataclass(frozen=True)
class Needs:
    """Reading needs one permission, writing another; `write=None` where nothing is written.

    `write` may name several permissions, any one of which opens the door; the operation then looks closer.
    """

    read: Permission
    write: Permission | tuple[Permission, ...] | None = None

    def allows(self, actor: Actor, *, reading: bool) -> bool:
        """Whether the actor has the permission somewhere."""
        if reading:
            return actor.may(self.read)
        wanted = self.write if isinstance(self.write, tuple) else (self.write,)
        return any(permission is not None and actor.may(permission) for permission in wanted)


@dataclass(frozen=True)
class SignedIn:
    """For everybody who is signed in with a session or any valid token; `why` says why that is enough.

    `people_only` keeps tokens out; where `write` names a permission, only reading is for everybody.
    """

    why: str
    people_only: bool = False
    write: Permission | None = None

    def allows(self, actor: Actor, *, reading: bool) -> bool:
        """Whether the actor may come in."""
        if self.people_only and actor.token_id is not None:
            return False
        return reading or self.write is None or actor.may(self.write)


@dataclass(frozen=True)
class Public:
    """For everybody, signed in or not; `why` says why that is safe."""

    why: str


Policy = Needs | SignedIn | Public
