"""Reasons for referral are shipped like all knowledge; as they point at disciplines, a change of those sets the stamp, too."""

from django.db import migrations

TABLE = "knowledge_referralreason"
HELD = f"""
CREATE TRIGGER {TABLE}_immutable BEFORE INSERT OR UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION knowledge_immutable();
CREATE TRIGGER {TABLE}_stays BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION knowledge_stays();
"""
FREE = f"DROP TRIGGER {TABLE}_immutable ON {TABLE}; DROP TRIGGER {TABLE}_stays ON {TABLE};"
STAMPED = (TABLE, "knowledge_discipline", "knowledge_disciplineoverride")
STAMP = """
CREATE TRIGGER {table}_stamped AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_changed();
"""
UNSTAMP = "DROP TRIGGER {table}_stamped ON {table};"


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0007_referral_reasons")]
    operations = [
        migrations.RunSQL(HELD, FREE),
        *[migrations.RunSQL(STAMP.format(table=table), UNSTAMP.format(table=table)) for table in STAMPED],
    ]
