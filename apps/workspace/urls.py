"""The addresses of this room."""

from django.urls import URLPattern, path
from rest_framework.routers import SimpleRouter

from apps.workspace import views
from apps.workspace.pages import (
    deciding,
    inbox,
    language,
    link,
    login,
    mailbox,
    matter,
    moving,
    plan,
    referrals,
    referring,
    review,
)


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("audit-events", views.AuditEvents, basename="audit-event")


#: What is no resource of its own.
timeline_urls: list[URLPattern] = [
    path("escalations/<uuid:id>/timeline/", views.Timeline.as_view(), name="escalation-timeline"),
]

#: The pages of members.
page_urls: list[URLPattern] = [
    path("", login.Home.as_view(), name="home"),
    path("login/", login.Login.as_view(), name="login"),
    path("logout/", login.Logout.as_view(), name="logout"),
    path("inbox/", inbox.Inbox.as_view(), name="inbox"),
    path("matters/<uuid:id>/", matter.Matter.as_view(), name="matter"),
    path("matters/<uuid:id>/refer/", referring.OneStep.as_view(), name="matter-refer"),
    path("matters/<uuid:id>/<slug:doing>/", matter.Doing.as_view(), name="doing"),
    path("plans/", plan.Plans.as_view(), name="plans"),
    path("plans/<uuid:id>/", plan.Plan.as_view(), name="plan"),
    path("plan-versions/<uuid:id>/explain/<uuid:row>/", deciding.Explaining.as_view(), name="explaining"),
    path("plan-versions/<uuid:id>/refer/", referring.OneStep.as_view(), name="plan-refer"),
    path("plan-versions/<uuid:id>/<slug:doing>/", deciding.Deciding.as_view(), name="deciding"),
    path("reviews/<uuid:id>/", review.Review.as_view(), name="review"),
    path("reviews/<uuid:id>/<slug:doing>/", review.Doing.as_view(), name="review-doing"),
    path("referrals/", referrals.Referrals.as_view(), name="referrals"),
    path("referrals/new/", referring.New.as_view(), name="referring"),
    path("referrals/<uuid:id>/", referrals.ReferralShown.as_view(), name="referral"),
    path("referrals/<uuid:id>/edit/", referring.Edit.as_view(), name="referral-edit"),
    path("referrals/<uuid:id>/<slug:doing>/", moving.Doing.as_view(), name="referral-doing"),
    path("criteria/language/", language.Language.as_view(), name="criteria-language"),
    path("n/<str:token>/", link.LinkPage.as_view(), name="link"),
    path("demo/mailbox/", mailbox.Mailbox.as_view(), name="mailbox"),
    path("demo/mailbox/<slug:name>/", mailbox.Mail.as_view(), name="mail"),
]
