"""One request for every route and method, and the status that each persona must get: written down from the policy's words,
not from what the code answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.accounts import operations as accounts
from apps.accounts.models import User
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.escalation import operations as escalation
from apps.escalation.loading import load as load_criteria
from apps.escalation.models import Criterion, CriterionVersion, Escalation
from apps.knowledge import operations as knowledge
from apps.knowledge.models import (
    Concept,
    Disagreement,
    Discipline,
    Edition,
    Figure,
    Instrument,
    Intervention,
    Medicine,
    Panel,
    Pathway,
    Principle,
    Source,
    Statement,
    TherapyGoal,
    Verification,
)
from apps.nudges.models import Delivery
from apps.observations import operations as observations
from apps.patients import operations as patients
from apps.rest.routes import Route, every_route
from tests.cast import Cast
from tests.thread.governance import sign_everything

#: Everybody of the cast, in the order of the table's columns.
PEOPLE = (
    "coordinator",
    "coordinator_elsewhere",
    "administrator",
    "therapist",
    "covering",
    "on_call_pulmonologist",
    "former",
    "future",
    "stranger",
    "service",
    "narrow_service",
    "nobody",
)
#: Those who see the patient of the cast.
SEE = {"coordinator", "therapist", "covering", "on_call_pulmonologist", "service"}
COORDINATORS = {"coordinator", "coordinator_elsewhere"}
#: Those with the role of a member, who may set their own cover.
MEMBERS = {"therapist", "covering", "on_call_pulmonologist", "former", "future", "stranger"}
CLINICAL = SEE | {"coordinator_elsewhere", "former", "future", "stranger"}
KNOW = CLINICAL | {"administrator", "narrow_service"}
#: People who look after patients; services record, and are asked nothing.
ANSWER = CLINICAL - {"service"}
CRITERIA = CLINICAL | {"administrator"}
SIGNED_IN = set(PEOPLE) - {"nobody"}

Who = set[str]


@dataclass(frozen=True)
class Expected:
    """Who gets through, who is told that there is no such thing, and who is told that it is not allowed.

    `allowed` get `good`; of those the policy lets in, whoever does not see the row gets `hidden` (404 for a row in the
    address, 400 for one in the body, as for one that does not exist), and whoever sees it without the right gets 403.
    """

    admitted: Who
    seeing: Who
    allowed: Who
    good: int
    hidden: int = 404

    def status(self, name: str) -> int:
        """What this persona must get."""
        if name == "nobody":
            return 401
        if name not in self.admitted:
            return 403
        if name not in self.seeing:
            return self.hidden
        return self.good if name in self.allowed else 403


@dataclass(frozen=True)
class Exchange:
    """One request: its method, its route, the row in its address, its body, and who may."""

    method: str
    route: str
    expected: Expected
    row: Callable[[Cast], Any] | None = None
    body: dict[str, Any] | Callable[[Cast], dict[str, Any]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Method and route."""
        return f"{self.method} {self.route}"

    def url(self, cast: Cast) -> str:
        """The address."""
        return "/" + self.route.replace("<uuid:id>", str(self.row(cast)) if self.row else "")

    def payload(self, cast: Cast) -> dict[str, Any]:
        """The body."""
        return self.body(cast) if callable(self.body) else self.body


def reading(admitted: Who, seeing: Who | None = None) -> Expected:
    """A GET."""
    seeing = seeing if seeing is not None else admitted
    return Expected(admitted, seeing, seeing, 200)


def writing(admitted: Who, allowed: Who, good: int, seeing: Who | None = None, hidden: int = 404) -> Expected:
    """A write: `good` may be a refusal of the domain (409, 422), which only whoever may do it ever gets."""
    return Expected(admitted, seeing if seeing is not None else admitted, allowed, good, hidden)


def api_exchanges() -> list[tuple[str, Route]]:
    """Every method of every API route, except those that say nothing about anybody."""
    found = []
    for route in every_route():
        if not route.path.startswith("api/v1/"):
            continue
        methods = [method.upper() for method in route.actions if method != "head"] or [
            name.upper() for name in ("get", "post", "delete") if hasattr(route.view, name)
        ]
        found += [(f"{method} {route.path}", route) for method in methods]
    return found


WRITERS = COORDINATORS | {"service"}
HERE = {"coordinator", "service"}
ADMIN = {"administrator"}
READS_ACCOUNTS = COORDINATORS | ADMIN
READS_TEAMS = CLINICAL | ADMIN
SETS_COVER = WRITERS | MEMBERS
SOON, LATER_AT = "2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
V1 = "api/v1/"
Row = Callable[[Cast], Any]


def of_patient(row: Row, route: str, body: Any = None, good: int = 200, method: str = "POST") -> Exchange:
    """A write on a row of the cast's patient: by the site's coordinator and service; another site's sees no such row."""
    return Exchange(method, V1 + route, writing(WRITERS, HERE, good, HERE), row, body or {})


def about_patient(route: str, **values: Any) -> Exchange:
    """A new row that names the cast's patient in its body."""
    body = lambda cast: {"patient": str(cast.patient.pk), **values}  # noqa: E731 - one line is clearer here
    return Exchange("POST", V1 + route, writing(WRITERS, HERE, 201, HERE, hidden=400), None, body)


def clinical_list(route: str) -> list[Exchange]:
    """The list and the count of rows that belong to patients."""
    return [Exchange("GET", V1 + route, reading(CLINICAL)), Exchange("GET", f"{V1}{route}count/", reading(CLINICAL))]


def plain_list(route: str, who: Who) -> list[Exchange]:
    """The list and the count of rows that do not."""
    return [Exchange("GET", V1 + route, reading(who)), Exchange("GET", f"{V1}{route}count/", reading(who))]


def patient_row(cast: Cast) -> Any:
    return cast.patient.pk


def identifier(cast: Cast) -> Any:
    return cast.patient.identifiers.get().pk


def antibody(cast: Cast) -> Any:
    at = app_now()
    made = patients.record_antibody(
        patient=cast.patient, by=cast.by, at=at, code="mda5", result="negative", effective_at=at
    )
    return made.pk


def target(cast: Cast) -> Any:
    values: dict[str, Any] = {"instrument": "ck", "high": Decimal(400), "unit": "U/L", "reason": "baseline"}
    return patients.set_target_range(patient=cast.patient, by=cast.by, at=app_now(), **values).pk


def mute(cast: Cast) -> Any:
    at = app_now()
    values: dict[str, Any] = {"topic": "MO-01", "reason": "bloods elsewhere", "ends_at": at + timedelta(days=30)}
    return patients.mute(patient=cast.patient, by=cast.by, at=at, **values).pk


def shipped(cast: Cast) -> Any:
    del cast
    return Discipline.objects.get(code="slt").pk


def grant_of_therapist(cast: Cast) -> Any:
    return cast.therapist.who.grants.get().pk


def token_of_service(cast: Cast) -> Any:
    return cast.service.who.tokens.get(name="service").pk


def event(cast: Cast) -> Any:
    return AuditEvent.objects.filter(patient_id=cast.patient.pk, verb="patients.register").get().pk


def holiday(cast: Cast) -> Any:
    return accounts.add_holiday(site=cast.site, by=cast.by, at=app_now(), on=date(2030, 1, 1), name="New Year").pk


def fact(route: str, **values: Any) -> Exchange:
    """A new fact about the cast's patient: by whoever sees the patient."""
    body = lambda cast: {"patient": str(cast.patient.pk), "effective_at": "2026-01-05T08:00:00Z", **values}  # noqa: E731
    return Exchange("POST", V1 + route, writing(CLINICAL, SEE, 201, SEE, hidden=400), None, body)


def for_slt(route: str, **values: Any) -> Exchange:
    """A statement of speech therapy: by its members, and on their behalf by coordinators and services."""
    speaks = {"coordinator", "therapist", "covering", "service"}
    body = lambda cast: {  # noqa: E731
        "patient": str(cast.patient.pk), "effective_at": "2026-01-05T08:00:00Z", "discipline": "slt", **values
    }  # fmt: skip
    return Exchange("POST", V1 + route, writing(CLINICAL, speaks, 201, SEE, hidden=400), None, body)


def observation(cast: Cast) -> Any:
    at, eat10 = app_now(), Instrument.objects.get(code="eat10")
    return observations.record_observation(
        patient=cast.patient, by=cast.by, at=at, instrument=eat10, value=Decimal(1), effective_at=at
    ).pk


def condition(cast: Cast, code: str) -> Any:
    at, concept = app_now(), Concept.objects.get(code=code)
    return observations.record_condition(patient=cast.patient, by=cast.by, at=at, concept=concept, effective_at=at).pk


def resolution(cast: Cast) -> Any:
    at, concept = app_now(), Concept.objects.get(code="dysphagia")
    slt = Discipline.objects.get(code="slt")
    values: dict[str, Any] = {"concept": concept, "effective_at": at, "discipline": slt}
    return observations.resolve(patient=cast.patient, by=cast.by, at=at, **values).pk


def assessment(cast: Cast) -> Any:
    at, slt = app_now(), Discipline.objects.get(code="slt")
    values: dict[str, Any] = {"kind": "slt_assessment", "effective_at": at, "discipline": slt}
    return observations.record_assessment(patient=cast.patient, by=cast.by, at=at, **values).pk


def wording(cast: Cast) -> Any:
    drafted(cast)
    return CriterionVersion.objects.get(criterion__code="SW-01").pk


def drafted(cast: Cast) -> str:
    """The shipped criteria, none of them switched on."""
    load_criteria(folder=Path(settings.BASE_DIR) / "fixtures" / "criteria", by=cast.by, at=app_now())
    return "SW-01"


def matter(cast: Cast) -> Any:
    """An open escalation about the cast's patient, as a clinician states one."""
    User.objects.update(email="somebody@linden.example")
    if not CriterionVersion.objects.filter(state="active").exists():
        cast.person("governor", Role.GOVERNANCE)
        sign_everything(cast.governor.actor)
    row = escalation.state_criterion_met(
        patient=cast.patient, by=cast.rheumatologist.actor, at=app_now(), criterion=Criterion.objects.get(code="SW-01"),
        reason="chokes on water",
    )  # fmt: skip
    return row.pk


def nudge(cast: Cast) -> Any:
    return Escalation.objects.get(pk=matter(cast)).nudge_id


def notice(cast: Cast) -> Any:
    told = Delivery.objects.filter(nudge=nudge(cast), recipient=cast.coordinator.who, channel="in_app")
    return told.get().pk


def first_of(model: Any) -> Row:
    """The first row of a kind of knowledge."""
    return lambda _cast: model.objects.order_by("pk").first().pk


def own_values(cast: Cast) -> Any:
    values: dict[str, Any] = {"kind": "medicine", "code": "tofacitinib", "hidden": True, "reason": "a test"}
    return knowledge.override(by=cast.by, at=app_now(), **values).pk


def own_row(cast: Cast) -> Any:
    values = {"name": "Own", "klass": "other"}
    return knowledge.add_local(by=cast.by, at=app_now(), kind="medicine", code="own", values=values).pk


#: Everything that the sources say, read by whoever reads knowledge; and what is set here, written by administrators.
SAID: dict[str, Any] = {
    "statements/": Statement, "disagreements/": Disagreement, "verifications/": Verification, "figures/": Figure,
    "principles/": Principle, "panels/": Panel, "medicines/": Medicine, "pathways/": Pathway,
    "interventions/": Intervention, "therapy-goals/": TherapyGoal, "editions/": Edition,
}  # fmt: skip
ID = "<uuid:id>/"
KNOWLEDGE = [
    *[exchange for route in SAID for exchange in plain_list(route, KNOW)],
    *[Exchange("GET", V1 + route + ID, reading(KNOW), first_of(model)) for route, model in SAID.items()],
    *plain_list("knowledge-overrides/", KNOW),
    Exchange(
        "POST",
        V1 + "knowledge-overrides/",
        writing(ADMIN, ADMIN, 201),
        None,
        {"kind": "medicine", "code": "tofacitinib", "hidden": True, "reason": "a test"},
    ),
    Exchange("GET", V1 + "knowledge-overrides/" + ID, reading(KNOW), own_values),
    Exchange("POST", V1 + "knowledge-overrides/" + ID + "drop/", writing(ADMIN, ADMIN, 200), own_values),
    Exchange(
        "POST",
        V1 + "local-knowledge/",
        writing(ADMIN, ADMIN, 201),
        None,
        {"kind": "medicine", "code": "own", "values": {"name": "Own", "klass": "other"}},
    ),
    Exchange("GET", V1 + "local-knowledge/" + ID, reading(KNOW), own_row),
    Exchange("PATCH", V1 + "local-knowledge/" + ID, writing(ADMIN, ADMIN, 200), own_row, {"values": {"name": "New"}}),
    Exchange("POST", V1 + "local-knowledge/" + ID + "retire/", writing(ADMIN, ADMIN, 200), own_row),
]

SEES_SERVICE_TOKENS = {"service", "narrow_service", "administrator"}
EXCHANGES: list[Exchange] = [
    # Patients and what belongs to them.
    *clinical_list("patients/"),
    Exchange("POST", V1 + "patients/search/", reading(CLINICAL), None, {"name": "alb"}),
    Exchange(
        "POST",
        V1 + "patients/",
        writing(WRITERS, HERE, 201),
        None,
        lambda cast: {
            "site": str(cast.site.pk),
            "family_name": "New",
            "given_name": "Somebody",
            "birth_date": "1970-05-05",
            "gender": "male",
            "onset": "adult",
        },
    ),
    Exchange("GET", V1 + "patients/" + ID, reading(CLINICAL, SEE), patient_row),
    of_patient(patient_row, "patients/" + ID, {"phenotype": "classic"}, method="PATCH"),
    of_patient(patient_row, "patients/" + ID + "enter-in-error/", {"reason": "a test"}),
    of_patient(patient_row, "patients/" + ID + "reactivate/", {"reason": "a test"}, good=409),
    of_patient(patient_row, "patients/" + ID + "record-death/"),
    of_patient(patient_row, "patients/" + ID + "record-departure/", {"reason": "moved away"}),
    of_patient(patient_row, "patients/" + ID + "transfer/", lambda cast: {"to_site": str(cast.elsewhere.pk)}),
    of_patient(
        patient_row,
        "patients/" + ID + "merge/",
        lambda cast: {"into": str(cast.other_patient.pk), "reason": "the same person"},
    ),
    *clinical_list("identifiers/"),
    about_patient("identifiers/", system="urn:oid:1.2.3", value="77"),
    of_patient(identifier, "identifiers/" + ID + "retire/"),
    *clinical_list("antibodies/"),
    about_patient("antibodies/", code="mda5", result="positive", effective_at="2026-01-01T08:00:00Z"),
    Exchange("GET", V1 + "antibodies/" + ID, reading(CLINICAL, SEE), antibody),
    of_patient(antibody, "antibodies/" + ID + "enter-in-error/", {"reason": "wrong sample"}),
    *clinical_list("target-ranges/"),
    about_patient("target-ranges/", instrument="ck", high="400", unit="U/L", reason="baseline"),
    Exchange("GET", V1 + "target-ranges/" + ID, reading(CLINICAL, SEE), target),
    of_patient(target, "target-ranges/" + ID + "end/"),
    *clinical_list("mutes/"),
    about_patient("mutes/", topic="MO-01", reason="bloods elsewhere", ends_at=LATER_AT),
    Exchange("GET", V1 + "mutes/" + ID, reading(CLINICAL, SEE), mute),
    of_patient(mute, "mutes/" + ID + "end/"),
    # Care teams: part of the patient's record.
    *clinical_list("care-teams/"),
    Exchange(
        "POST",
        V1 + "care-teams/",
        writing(WRITERS, HERE, 409, HERE, hidden=400),
        None,
        lambda cast: {"patient": str(cast.patient.pk)},
    ),
    Exchange("GET", V1 + "care-teams/" + ID, reading(CLINICAL, SEE), lambda cast: cast.team.pk),
    of_patient(lambda cast: cast.team.pk, "care-teams/" + ID, {"name": "Blue"}, method="PATCH"),
    of_patient(lambda cast: cast.team.pk, "care-teams/" + ID + "close/", {"reason": "a test"}),
    *clinical_list("memberships/"),
    Exchange(
        "POST",
        V1 + "memberships/",
        writing(WRITERS, HERE, 201, HERE, hidden=400),
        None,
        lambda cast: {"care_team": str(cast.team.pk), "member": str(cast.member_of("former"))},
    ),
    Exchange("GET", V1 + "memberships/" + ID, reading(CLINICAL, SEE), lambda cast: cast.membership.pk),
    of_patient(lambda cast: cast.membership.pk, "memberships/" + ID + "end/"),
    of_patient(lambda cast: cast.membership.pk, "memberships/" + ID + "make-lead/", good=409),
    # Staff and rosters: no patient stands in them.
    *plain_list("members/", READS_TEAMS),
    Exchange(
        "POST",
        V1 + "members/",
        writing(SETS_COVER, {"coordinator"}, 201, {"coordinator"}, hidden=400),
        None,
        lambda cast: {"user": str(cast.administrator.who.pk), "discipline": str(shipped(cast))},
    ),
    Exchange("GET", V1 + "members/" + ID, reading(READS_TEAMS), lambda cast: cast.member_of("therapist")),
    Exchange(
        "PATCH",
        V1 + "members/" + ID,
        writing(SETS_COVER, HERE | {"therapist"}, 200),
        lambda cast: cast.member_of("therapist"),
        {"quiet_from": "20:00", "quiet_until": "07:00"},
    ),
    Exchange(
        "POST",
        V1 + "members/" + ID + "deactivate/",
        writing(SETS_COVER, HERE, 409),
        lambda cast: cast.member_of("therapist"),
    ),
    Exchange(
        "POST",
        V1 + "members/" + ID + "reactivate/",
        writing(SETS_COVER, HERE, 200),
        lambda cast: cast.member_of("therapist"),
    ),
    *plain_list("covers/", READS_TEAMS),
    Exchange(
        "POST",
        V1 + "covers/",
        writing(SETS_COVER, HERE, 201),
        None,
        lambda cast: {
            "member": str(cast.member_of("rheumatologist")),
            "substitute": str(cast.member_of("stranger")),
            "ends_at": LATER_AT,
        },
    ),
    Exchange("GET", V1 + "covers/" + ID, reading(READS_TEAMS), lambda cast: cast.cover.pk),
    Exchange(
        "POST", V1 + "covers/" + ID + "end/", writing(SETS_COVER, HERE | {"therapist"}, 200), lambda cast: cast.cover.pk
    ),
    *plain_list("on-calls/", READS_TEAMS),
    Exchange(
        "POST",
        V1 + "on-calls/",
        writing(WRITERS, HERE, 201),
        None,
        lambda cast: {
            "site": str(cast.site.pk),
            "discipline": str(shipped(cast)),
            "member": str(cast.member_of("therapist")),
            "ends_at": LATER_AT,
        },
    ),
    Exchange("GET", V1 + "on-calls/" + ID, reading(READS_TEAMS), lambda cast: cast.on_call.pk),
    Exchange("POST", V1 + "on-calls/" + ID + "end/", writing(WRITERS, HERE, 200), lambda cast: cast.on_call.pk),
    # Knowledge.
    *plain_list("disciplines/", KNOW),
    Exchange("POST", V1 + "disciplines/", writing(ADMIN, ADMIN, 201), None, {"code": "music", "name": "Music therapy"}),
    Exchange("GET", V1 + "disciplines/" + ID, reading(KNOW), shipped),
    Exchange("PATCH", V1 + "disciplines/" + ID, writing(ADMIN, ADMIN, 409), shipped, {"name": "Logopaedics"}),
    Exchange(
        "POST",
        V1 + "disciplines/" + ID + "override/",
        writing(ADMIN, ADMIN, 200),
        shipped,
        {"name": "Logopaedics", "reason": "our word"},
    ),
    Exchange("POST", V1 + "disciplines/" + ID + "drop-override/", writing(ADMIN, ADMIN, 409), shipped),
    Exchange("POST", V1 + "disciplines/" + ID + "retire/", writing(ADMIN, ADMIN, 409), shipped),
    *plain_list("sources/", KNOW),
    Exchange("GET", V1 + "sources/" + ID, reading(KNOW), lambda _cast: Source.objects.get(key="S2").pk),
    *KNOWLEDGE,
    # Accounts.
    *plain_list("sites/", SIGNED_IN),
    Exchange(
        "POST",
        V1 + "sites/",
        writing(ADMIN, ADMIN, 201),
        None,
        {"code": "new", "name": "New", "time_zone": "Europe/Berlin"},
    ),
    Exchange("GET", V1 + "sites/" + ID, reading(SIGNED_IN), lambda cast: cast.site.pk),
    Exchange("PATCH", V1 + "sites/" + ID, writing(ADMIN, ADMIN, 200), lambda cast: cast.site.pk, {"name": "Linden II"}),
    *plain_list("holidays/", SIGNED_IN),
    Exchange(
        "POST",
        V1 + "holidays/",
        writing(ADMIN, ADMIN, 201),
        None,
        lambda cast: {"site": str(cast.site.pk), "on": "2030-01-06", "name": "Epiphany"},
    ),
    Exchange("GET", V1 + "holidays/" + ID, reading(SIGNED_IN), holiday),
    Exchange("DELETE", V1 + "holidays/" + ID, writing(ADMIN, ADMIN, 204), holiday),
    *plain_list("users/", READS_ACCOUNTS),
    Exchange(
        "POST",
        V1 + "users/",
        writing(ADMIN, ADMIN, 201),
        None,
        lambda cast: {"username": "new.one", "name": "New One", "home_site": str(cast.site.pk)},
    ),
    Exchange(
        "GET",
        V1 + "users/" + ID,
        reading(READS_ACCOUNTS, {"coordinator", "administrator"}),
        lambda cast: cast.therapist.who.pk,
    ),
    Exchange(
        "PATCH", V1 + "users/" + ID, writing(ADMIN, ADMIN, 200), lambda cast: cast.therapist.who.pk, {"name": "T."}
    ),
    Exchange("POST", V1 + "users/" + ID + "deactivate/", writing(ADMIN, ADMIN, 200), lambda cast: cast.stranger.who.pk),
    Exchange("POST", V1 + "users/" + ID + "reactivate/", writing(ADMIN, ADMIN, 200), lambda cast: cast.stranger.who.pk),
    Exchange(
        "POST",
        V1 + "users/" + ID + "set-password/",
        writing(ADMIN, ADMIN, 200),
        lambda cast: cast.stranger.who.pk,
        {"password": "correct horse battery"},
    ),
    *plain_list("role-grants/", READS_ACCOUNTS),
    Exchange(
        "POST",
        V1 + "role-grants/",
        writing(ADMIN, ADMIN, 201),
        None,
        lambda cast: {"user": str(cast.stranger.who.pk), "site": str(cast.site.pk), "role": "coordinator"},
    ),
    Exchange(
        "GET", V1 + "role-grants/" + ID, reading(READS_ACCOUNTS, {"coordinator", "administrator"}), grant_of_therapist
    ),
    Exchange("POST", V1 + "role-grants/" + ID + "end/", writing(ADMIN, ADMIN, 200), grant_of_therapist),
    # Tokens are made by people who are logged in, and the cast comes with tokens; a token may end itself and no other.
    *plain_list("api-tokens/", SIGNED_IN),
    Exchange(
        "POST",
        V1 + "api-tokens/",
        writing(set(), set(), 201),
        None,
        {"name": "x", "scopes": ["patients.read"], "expires_at": SOON},
    ),
    Exchange("GET", V1 + "api-tokens/" + ID, reading(SIGNED_IN, SEES_SERVICE_TOKENS), token_of_service),
    Exchange(
        "POST",
        V1 + "api-tokens/" + ID + "revoke/",
        writing(SIGNED_IN, {"service"}, 200, SEES_SERVICE_TOKENS),
        token_of_service,
    ),
    Exchange("GET", V1 + "session/", reading(SIGNED_IN)),
    Exchange("POST", V1 + "session/password/", writing(set(), set(), 204), None, {"old": "x", "password": "y"}),
    # Facts: recorded by whoever looks after the patient.
    *plain_list("instruments/", KNOW),
    Exchange("GET", V1 + "instruments/" + ID, reading(KNOW), lambda _cast: Instrument.objects.get(code="eat10").pk),
    *plain_list("concepts/", KNOW),
    Exchange("GET", V1 + "concepts/" + ID, reading(KNOW), lambda _cast: Concept.objects.get(code="dysphagia").pk),
    *clinical_list("observations/"),
    fact("observations/", instrument="eat10", value=1),
    Exchange("GET", V1 + "observations/" + ID, reading(CLINICAL, SEE), observation),
    Exchange(
        "POST", V1 + "observations/" + ID + "correct/", writing(CLINICAL, SEE, 201, SEE), observation, {"value": 2}
    ),
    Exchange(
        "POST",
        V1 + "observations/" + ID + "enter-in-error/",
        writing(CLINICAL, SEE, 200, SEE),
        observation,
        {"reason": "a test"},
    ),
    Exchange("POST", V1 + "observations/bulk/", writing(CLINICAL, CLINICAL, 200), None, {"items": [{}]}),
    *clinical_list("findings/"),
    fact("findings/", code="wet_voice"),
    Exchange("GET", V1 + "findings/" + ID, reading(CLINICAL, SEE), lambda cast: condition(cast, "wet_voice")),
    Exchange(
        "POST",
        V1 + "findings/" + ID + "enter-in-error/",
        writing(CLINICAL, SEE, 200, SEE),
        lambda cast: condition(cast, "wet_voice"),
        {"reason": "a test"},
    ),
    *clinical_list("complications/"),
    fact("complications/", code="dysphagia"),
    Exchange("GET", V1 + "complications/" + ID, reading(CLINICAL, SEE), lambda cast: condition(cast, "dysphagia")),
    Exchange(
        "POST",
        V1 + "complications/" + ID + "enter-in-error/",
        writing(CLINICAL, SEE, 200, SEE),
        lambda cast: condition(cast, "dysphagia"),
        {"reason": "a test"},
    ),
    *clinical_list("resolutions/"),
    for_slt("resolutions/", code="dysphagia"),
    Exchange("GET", V1 + "resolutions/" + ID, reading(CLINICAL, SEE), resolution),
    Exchange(
        "POST",
        V1 + "resolutions/" + ID + "enter-in-error/",
        writing(CLINICAL, SEE, 200, SEE),
        resolution,
        {"reason": "a test"},
    ),
    *clinical_list("assessments/"),
    for_slt("assessments/", kind="slt_assessment"),
    Exchange("GET", V1 + "assessments/" + ID, reading(CLINICAL, SEE), assessment),
    Exchange(
        "POST",
        V1 + "assessments/" + ID + "enter-in-error/",
        writing(CLINICAL, SEE, 200, SEE),
        assessment,
        {"reason": "a test"},
    ),
    # Escalations and nudges: told to whoever sees the patient, answered by people and not by services.
    *clinical_list("escalations/"),
    Exchange(
        "POST",
        V1 + "escalations/",
        writing(ANSWER, ANSWER & SEE, 409, SEE, hidden=400),
        None,
        lambda cast: {"patient": str(cast.patient.pk), "criterion": drafted(cast), "reason": "a test"},
    ),
    Exchange("GET", V1 + "escalations/" + ID, reading(CLINICAL, SEE), matter),
    Exchange("GET", V1 + "escalations/" + ID + "timeline/", reading(CLINICAL, SEE), matter),
    Exchange(
        "POST", V1 + "escalations/" + ID + "act/", writing(ANSWER, ANSWER & SEE, 200, SEE), matter, {"words": "done"}
    ),
    Exchange(
        "POST", V1 + "escalations/" + ID + "close/", writing(ANSWER, ANSWER & SEE, 200, SEE), matter, {"reason": "over"}
    ),
    *clinical_list("nudges/"),
    Exchange("GET", V1 + "nudges/" + ID, reading(CLINICAL, SEE), nudge),
    # The therapist leads speech therapy and is away: covering stands in and is the one who is asked.
    Exchange(
        "POST", V1 + "nudges/" + ID + "acknowledge/", writing(ANSWER, {"coordinator", "covering"}, 200, SEE), nudge
    ),
    Exchange(
        "POST",
        V1 + "nudges/" + ID + "decline/",
        writing(ANSWER, {"covering"}, 200, SEE),
        nudge,
        {"reason": "away"},
    ),
    Exchange(
        "POST",
        V1 + "nudges/" + ID + "hand-over/",
        writing(ANSWER, {"coordinator", "covering"}, 200, SEE),
        nudge,
        lambda cast: {"to": str(cast.member_of("rheumatologist"))},
    ),
    *plain_list("inbox/", ANSWER),
    *plain_list("notices/", ANSWER),
    Exchange("POST", V1 + "notices/" + ID + "read/", writing(ANSWER, {"coordinator"}, 200, {"coordinator"}), notice),
    # The record.
    *plain_list("audit-events/", READS_ACCOUNTS | {"service"}),
    Exchange("GET", V1 + "audit-events/" + ID, reading(READS_ACCOUNTS | {"service"}, HERE), event),
]

#: Routes that are for everybody, with what they must answer to a bare request.
FOR_EVERYBODY = {
    "GET api/v1/schema/": 200,
    "GET api/v1/docs/": 200,
    "POST api/v1/session/": 400,
    "DELETE api/v1/session/": 401,
}


def fill(cast: Cast) -> None:
    """Give the cast's patient a row of each kind that it does not have yet."""
    for route in ("antibodies/", "target-ranges/", "mutes/"):
        exchange = next(e for e in EXCHANGES if e.key == f"POST {V1}{route}")
        made = cast.coordinator.client().post(exchange.url(cast), exchange.payload(cast), format="json")
        assert made.status_code == 201, made.content
    for route in ("observations/", "findings/", "complications/", "resolutions/", "assessments/"):
        exchange = next(e for e in EXCHANGES if e.key == f"POST {V1}{route}")
        made = cast.coordinator.client().post(exchange.url(cast), exchange.payload(cast), format="json")
        assert made.status_code == 201, made.content
    matter(cast)
    own_values(cast)
