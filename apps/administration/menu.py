"""The menu of the admin: first what a coordinator does all day, then what an administrator does."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

GROUPS: list[tuple[str, list[tuple[str, str, str]]]] = [
    ("Asked", [
        ("Escalations", "escalation.escalation", "priority_high"), ("Nudges", "nudges.nudge", "notifications_active"),
        ("What is watched", "escalation.watch", "visibility"),        ("Broken addresses", "nudges.brokenaddress", "unsubscribe"),
    ]),
    ("Care", [
        ("Patients", "patients.patient", "person"), ("Care teams", "teams.careteam", "groups"),
        ("Plans", "plans.treatmentplan", "assignment"), ("What is due", "plans.monitoringitem", "event_upcoming"),
        ("Reviews", "plans.responsereview", "compare_arrows"), ("Referrals", "referrals.referral", "forward_to_inbox"),
    ]),
    ("People", [
        ("Members", "teams.member", "badge"), ("Cover", "teams.cover", "swap_horiz"),
        ("On call", "teams.oncall", "phone_in_talk"),
    ]),
    ("Facts", [
        ("Complications", "observations.complication", "warning"), ("Findings", "observations.finding", "search"),
        ("Observations", "observations.observation", "monitoring"),
        ("Assessments", "observations.assessment", "clinical_notes"),
        ("Resolutions", "observations.resolution", "task_alt"), ("Side effects", "observations.adverseevent", "sick"),
        ("Sessions", "observations.attendance", "event_available"),
    ]),
    ("Details", [
        ("Identifiers", "patients.identifier", "tag"), ("Antibodies", "patients.antibody", "science"),
        ("Target ranges", "patients.targetrange", "straighten"), ("Mutes", "patients.mute", "notifications_off"),
        ("Memberships", "teams.membership", "group_add"),
    ]),
    ("Knowledge", [
        ("Criteria", "escalation.criterionversion", "rule"), ("Sites’ own numbers", "escalation.sitevalue", "tune"),
        ("Criteria tried out", "escalation.trial", "experiment"),
        ("Medicines", "knowledge.medicine", "medication"), ("Pathways", "knowledge.pathway", "stairs"),
        ("Interventions", "knowledge.intervention", "self_improvement"),
        ("Reasons for referral", "knowledge.referralreason", "forward"),
        ("Statements", "knowledge.statement", "format_quote"), ("Disagreements", "knowledge.disagreement", "call_split"),
        ("Our own values", "knowledge.override", "edit_note"),
        ("Disciplines", "knowledge.discipline", "school"), ("Instruments", "knowledge.instrument", "speed"),
        ("Findings, complications", "knowledge.concept", "label"), ("Sources", "knowledge.source", "menu_book"),
        ("Editions", "knowledge.edition", "event"),
    ]),
    ("Administration", [
        ("Users", "accounts.user", "manage_accounts"), ("Roles", "accounts.rolegrant", "key"),
        ("API tokens", "accounts.apitoken", "vpn_key"), ("Sites", "accounts.site", "domain"),
        ("Holidays", "accounts.holiday", "beach_access"), ("Plan policies", "plans.planpolicy", "policy"),
        ("Audit record", "audit.auditevent", "fact_check"),
    ]),
]  # fmt: skip


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages that this person may open, in their groups."""
    pages = {model._meta.label_lower: page for model, page in admin.site._registry.items()}
    groups = []
    for title, entries in GROUPS:
        items = [
            {"title": name, "icon": icon, "link": reverse(f"admin:{label.replace('.', '_')}_changelist")}
            for name, label, icon in entries
            if label in pages and pages[label].has_module_permission(request)
        ]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups
