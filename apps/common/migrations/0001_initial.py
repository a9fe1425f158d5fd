"""The engine's rows and the one clock."""

import datetime

import django.db.models
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

APP_NOW = """
CREATE FUNCTION app_now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT statement_timestamp() + coalesce((SELECT ahead FROM common_clock), interval '0') $$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        # Exclusion constraints over a period and an id ("one lead at a time") need it; a trusted extension since PostgreSQL 13.
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Clock",
            fields=[
                ("id", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("ahead", models.DurationField(default=datetime.timedelta(0))),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=django.db.models.Q(id=True), name="clock_has_one_row")]
            },
        ),
        migrations.RunSQL("INSERT INTO common_clock (id, ahead) VALUES (true, interval '0')", migrations.RunSQL.noop),
        migrations.RunSQL(APP_NOW, "DROP FUNCTION app_now()"),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RecurringJob",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField(db_index=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("last_started_at", models.DateTimeField(blank=True, null=True)),
                ("last_finished_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(lease_until__isnull=True, lease_token__isnull=True)
                        | models.Q(lease_until__isnull=False, lease_token__isnull=False),
                        name="recurring_job_lease_is_whole",
                    )
                ]
            },
        ),
    ]
