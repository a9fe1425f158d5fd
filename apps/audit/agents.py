"""Who acts, as far as the audit record needs to know."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Agent:
    """Somebody or something that acts: a person, a token of a person or service, or careteam itself (no user)."""

    user_id: UUID | None = None
    token_id: UUID | None = None
    request_id: str = ""


SYSTEM = Agent()
