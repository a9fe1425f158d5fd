"""The addresses of this room."""

from rest_framework.routers import SimpleRouter

from apps.knowledge import views


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("disciplines", views.Disciplines, basename="discipline")
    router.register("instruments", views.Instruments, basename="instrument")
    router.register("concepts", views.Concepts, basename="concept")
    router.register("sources", views.Sources, basename="source")
    router.register("statements", views.Statements, basename="statement")
    router.register("disagreements", views.Disagreements, basename="disagreement")
    router.register("verifications", views.Verifications, basename="verification")
    router.register("figures", views.Figures, basename="figure")
    router.register("principles", views.Principles, basename="principle")
    router.register("panels", views.Panels, basename="panel")
    router.register("medicines", views.Medicines, basename="medicine")
    router.register("pathways", views.Pathways, basename="pathway")
    router.register("interventions", views.Interventions, basename="intervention")
    router.register("therapy-goals", views.TherapyGoals, basename="therapy-goal")
    router.register("referral-reasons", views.ReferralReasons, basename="referral-reason")
    router.register("editions", views.Editions, basename="edition")
    router.register("knowledge-overrides", views.KnowledgeOverrides, basename="knowledge-override")
    router.register("local-knowledge", views.LocalKnowledge, basename="local-knowledge")
