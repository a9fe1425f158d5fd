"""Who may do what with criteria: read by all who work here, written, tried out and signed by governance, who is none of these."""

from collections.abc import Callable
from typing import Any

from apps.accounts.models import User
from apps.accounts.permissions import Role
from apps.common.clock import app_now
from apps.escalation import operations
from apps.escalation.models import Criterion, CriterionVersion
from tests.access.exchanges import CRITERIA, ID, V1, Exchange, drafted, plain_list, reading, wording, writing
from tests.cast import Cast

NOBODY = writing(set(), set(), 200)
VERSIONS, VALUES, TRIALS = "criterion-versions/", "criterion-site-values/", "criterion-trials/"


def keeper(cast: Cast) -> Any:
    """Somebody of governance, who is no column of the table; gone again with the rest of an exchange."""
    if not User.objects.filter(username="keeper").exists():
        cast.person("keeper", Role.GOVERNANCE)
    return cast.keeper.actor


def trial(cast: Cast) -> Any:
    """A wording that waits for its test."""
    row = CriterionVersion.objects.get(pk=wording(cast))
    return operations.ask_for_test(criterion_version=row, by=keeper(cast), at=app_now()).pk


def site_value(cast: Cast) -> Any:
    """A number that is proposed."""
    drafted(cast)
    criterion = Criterion.objects.get(code="SW-01")
    values: dict[str, Any] = {
        "criterion": criterion,
        "site": cast.site,
        "name": "positive",
        "value": "5",
        "reason": "x",
    }
    return operations.propose_site_value(by=keeper(cast), at=app_now(), **values).pk


def of(route: str, row: Callable[[Cast], Any], *verbs: str) -> list[Exchange]:
    """Verbs of a row."""
    return [Exchange("POST", f"{V1}{route}{ID}{verb}/", NOBODY, row) for verb in verbs]


GOVERNANCE: list[Exchange] = [
    *plain_list(VERSIONS, CRITERIA),
    Exchange("GET", V1 + VERSIONS + ID, reading(CRITERIA), wording),
    Exchange("POST", V1 + VERSIONS, NOBODY),
    Exchange("PATCH", V1 + VERSIONS + ID, NOBODY, wording),
    Exchange("POST", V1 + VERSIONS + "check/", NOBODY),
    # A comparison wants to be told with what: whoever may read is told that.
    Exchange("GET", V1 + VERSIONS + ID + "compare/", writing(CRITERIA, CRITERIA, 400), wording),
    *of(VERSIONS, wording, "test", "backtest", "sign", "activate", "retire"),
    *plain_list(TRIALS, CRITERIA),
    Exchange("GET", V1 + TRIALS + ID, reading(CRITERIA), trial),
    *plain_list(VALUES, CRITERIA),
    Exchange("GET", V1 + VALUES + ID, reading(CRITERIA), site_value),
    Exchange("POST", V1 + VALUES, NOBODY),
    *of(VALUES, site_value, "sign", "end"),
]


def fill(cast: Cast) -> None:
    """A row of each kind."""
    trial(cast)
    site_value(cast)
