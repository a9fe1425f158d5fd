"""What each role may do, as code. A permission is also a token's scope."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that can be allowed; the value is the scope as a token carries it."""

    PATIENTS_READ = "patients.read"
    PATIENTS_WRITE = "patients.write"
    TEAMS_READ = "teams.read"
    TEAMS_WRITE = "teams.write"
    COVER_OWN = "cover.own"
    ACCOUNTS_READ = "accounts.read"
    ACCOUNTS_WRITE = "accounts.write"
    KNOWLEDGE_READ = "knowledge.read"
    KNOWLEDGE_WRITE = "knowledge.write"
    AUDIT_READ = "audit.read"
    FACTS_WRITE = "facts.write"
    ESCALATIONS_WRITE = "escalations.write"
    NUDGES_ANSWER = "nudges.answer"
    CRITERIA_READ = "criteria.read"
    CRITERIA_WRITE = "criteria.write"
    CRITERIA_SIGN = "criteria.sign"
    PLANS_WRITE = "plans.write"
    PLANS_POLICY = "plans.policy"
    REFERRALS_WRITE = "referrals.write"


class Role(StrEnum):
    """What somebody is at a site."""

    COORDINATOR = "coordinator"
    MEMBER = "member"
    ON_CALL = "on_call"
    SERVICE = "service"
    ADMINISTRATOR = "administrator"
    GOVERNANCE = "governance"


P = Permission
READS = frozenset({P.PATIENTS_READ, P.TEAMS_READ, P.KNOWLEDGE_READ, P.CRITERIA_READ})
#: What everybody who looks after patients does: record what is so, say that a criterion is met, answer when asked, propose
#: and follow plans, refer and be referred to.
CARES = READS | {P.FACTS_WRITE, P.ESCALATIONS_WRITE, P.NUDGES_ANSWER, P.PLANS_WRITE, P.REFERRALS_WRITE}

ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.COORDINATOR: CARES | {P.PATIENTS_WRITE, P.TEAMS_WRITE, P.COVER_OWN, P.ACCOUNTS_READ, P.AUDIT_READ},
    Role.MEMBER: CARES | {P.COVER_OWN},
    Role.ON_CALL: CARES,
    Role.SERVICE: READS | {P.FACTS_WRITE, P.PATIENTS_WRITE, P.TEAMS_WRITE, P.AUDIT_READ},
    Role.ADMINISTRATOR: frozenset(
        {
            P.ACCOUNTS_READ,
            P.ACCOUNTS_WRITE,
            P.KNOWLEDGE_READ,
            P.KNOWLEDGE_WRITE,
            P.TEAMS_READ,
            P.AUDIT_READ,
            P.CRITERIA_READ,
            P.PLANS_POLICY,
        }
    ),
    # Clinical governance: writes and signs criteria (nobody signs their own) and sets the hospital's own values for the whole
    # installation; sees no patient by it.
    Role.GOVERNANCE: frozenset(
        {P.KNOWLEDGE_READ, P.KNOWLEDGE_WRITE, P.CRITERIA_READ, P.CRITERIA_WRITE, P.CRITERIA_SIGN, P.PLANS_POLICY}
    ),
}

#: Roles that see every patient of their site; a member sees the patients of the teams they belong to.
SEES_WHOLE_SITE = frozenset({Role.COORDINATOR, Role.ON_CALL, Role.SERVICE})

#: Roles that an administrator gives. "On call" comes and goes with the roster and is never given by hand.
GIVEN_BY_HAND = frozenset(Role) - {Role.ON_CALL}
