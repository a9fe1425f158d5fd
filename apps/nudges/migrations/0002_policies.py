"""The ladders as they are shipped: shares of the matter's own time to acknowledge.

The times are those of a severity where the matter does not say its own: proposals for local policy, without a source.
"""

from django.db import migrations

POLICIES = {
    "emergency": (["1/2"], "1", "1/2", True, "30 min", "same day"),
    "urgent": (["1/2"], "1", "1/2", False, "1 wd", "2 wd"),
    "routine": ([], "1", "1", False, "3 wd", "14 d"),
    "info": ([], "1", "1", False, "3 wd", "14 d"),
}


def add(apps, schema_editor):
    policy = apps.get_model("nudges", "Policy")
    for severity, (reminders, next_rung, later_rungs, copies, acknowledge, act) in POLICIES.items():
        policy.objects.create(
            severity=severity,
            reminders=reminders,
            next_rung=next_rung,
            later_rungs=later_rungs,
            copies_coordinators=copies,
            acknowledge_within=acknowledge,
            act_within=act,
        )


def remove(apps, schema_editor):
    apps.get_model("nudges", "Policy").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("nudges", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
