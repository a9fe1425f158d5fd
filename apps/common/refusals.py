"""A domain "no": each kind has a stable type, a title and a status, and says in words what was refused and why."""

from collections.abc import Mapping
from typing import ClassVar


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """An operation said no. Nothing was written."""

    type: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"
    status: ClassVar[int] = 409

    def __init__(
        self, detail: str, *, errors: Mapping[str, str] | None = None, members: Mapping[str, str] | None = None
    ) -> None:
        """`members` are said beside the rest of a problem document, for a program to read: such as the present state."""
        super().__init__(detail)
        self.detail = detail
        self.errors = dict(errors or {})
        self.members = dict(members or {})


class Invalid(Refused):
    """What was asked for breaks a rule of the domain; `errors` names the field and the rule."""

    type = "invalid"
    title = "Breaks a rule"
    status = 422

    @classmethod
    def field(cls, name: str, rule: str) -> "Invalid":
        """The refusal of one field."""
        return cls(rule, errors={name: rule})


class Conflict(Refused):
    """What was asked for does not fit the present state."""

    type = "conflict"
    title = "Does not fit the present state"


class Stale(Refused):
    """Somebody else changed the row since it was read."""

    type = "stale"
    title = "Changed by somebody else meanwhile"
    status = 412

    def __init__(
        self,
        detail: str = "The row was changed since you read it. Read it again and repeat.",
        *,
        members: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail, members=members)


class Forbidden(Refused):
    """The actor may see the thing but not do this to it."""

    type = "forbidden"
    title = "Not allowed"
    status = 403
