"""The ladders as they are shipped. Shares of the criterion's own time to acknowledge, so no clinical number stands here."""

from django.db import migrations

POLICIES = {
    "emergency": (["1/2"], "1", "1/2", True),
    "urgent": (["1/2"], "1", "1/2", False),
    "routine": ([], "1", "1", False),
    "info": ([], "1", "1", False),
}


def add(apps, schema_editor):
    policy = apps.get_model("nudges", "Policy")
    for severity, (reminders, next_rung, later_rungs, copies) in POLICIES.items():
        policy.objects.create(
            severity=severity,
            reminders=reminders,
            next_rung=next_rung,
            later_rungs=later_rungs,
            copies_coordinators=copies,
        )


def remove(apps, schema_editor):
    apps.get_model("nudges", "Policy").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("nudges", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
