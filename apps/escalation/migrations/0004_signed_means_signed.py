"""Two promises that the database keeps: only what is signed and switched on opens an escalation, and nobody changes a word of
what was signed. What was written before is brought into the shape of now.
"""

import hashlib
import json

from django.db import migrations

CONTENT = (
    "name", "population", "key", "when", "clears", "severity", "variants", "asks", "informs", "acknowledge_within", "act_within",
    "excludes", "advice", "parameters", "citations", "origin",
)  # fmt: skip

FORWARD = """
CREATE FUNCTION escalation_opens_by_active() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM escalation_criterionversion WHERE id = NEW.criterion_version_id AND state = 'active') THEN
        RAISE EXCEPTION 'only an active version of a criterion opens an escalation' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'escalation_opens_by_active';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER escalation_opens_by_active BEFORE INSERT ON escalation_escalation
    FOR EACH ROW EXECUTE FUNCTION escalation_opens_by_active();

CREATE FUNCTION criterion_version_is_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'versions of criteria are not deleted' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'criterion_version_is_signed';
    END IF;
    IF OLD.state NOT IN ('draft', 'tested') AND
        ($OLD) IS DISTINCT FROM ($NEW) THEN
        RAISE EXCEPTION 'a signed version of a criterion does not change' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'criterion_version_is_signed';
    END IF;
    IF OLD.state NOT IN ('draft', 'tested') AND NEW.state IN ('draft', 'tested') THEN
        RAISE EXCEPTION 'a signature is not taken back' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'criterion_version_is_signed';
    END IF;
    IF NEW.state IN ('signed', 'active') AND NEW.signed_by_id IS NULL OR NEW.state = 'active' AND OLD.state NOT IN ('signed', 'active') THEN
        RAISE EXCEPTION 'only a signed version is switched on' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'criterion_version_is_signed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER criterion_version_is_signed BEFORE UPDATE OR DELETE ON escalation_criterionversion
    FOR EACH ROW EXECUTE FUNCTION criterion_version_is_signed();
"""

BACKWARD = """
DROP TRIGGER escalation_opens_by_active ON escalation_escalation;
DROP FUNCTION escalation_opens_by_active();
DROP TRIGGER criterion_version_is_signed ON escalation_criterionversion;
DROP FUNCTION criterion_version_is_signed();
"""


def bring_into_shape(apps, schema_editor):
    """Digests are over the content; the parameters that an escalation used are kept whole."""
    for version in apps.get_model("escalation", "CriterionVersion").objects.all():
        content = {name: getattr(version, name) for name in CONTENT}
        version.digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        version.save(update_fields=["digest"])
    for row in apps.get_model("escalation", "Escalation").objects.select_related("criterion_version"):
        known = row.criterion_version.parameters
        row.values_used = {
            name: value if isinstance(value, dict) else {**known.get(name, {}), "value": f"{value:g}"}
            for name, value in row.values_used.items()
        }
        row.save(update_fields=["values_used"])


def forward():
    """The statements, the columns that hold the content in place."""
    columns = ("criterion_id", "number", "digest", "author_id", *CONTENT)
    return FORWARD.replace("$OLD", ", ".join(f'OLD."{name}"' for name in columns)).replace(
        "$NEW", ", ".join(f'NEW."{name}"' for name in columns)
    )


class Migration(migrations.Migration):
    dependencies = [("escalation", "0003_governed_criteria")]

    operations = [
        migrations.RunPython(bring_into_shape, migrations.RunPython.noop),
        migrations.RunSQL(forward(), BACKWARD),
    ]
