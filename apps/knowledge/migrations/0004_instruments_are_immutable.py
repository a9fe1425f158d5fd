"""Instruments and concepts change by loading an edition and in no other way, like all that is shipped."""

from django.db import migrations

TABLES = (
    "knowledge_instrument",
    "knowledge_instrument_sources",
    "knowledge_concept",
    "knowledge_concept_sources",
)
EACH = """
CREATE TRIGGER {table}_immutable BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION knowledge_immutable();
CREATE TRIGGER {table}_stays BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION knowledge_stays();
"""
BACK = "DROP TRIGGER {table}_immutable ON {table}; DROP TRIGGER {table}_stays ON {table};"


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0003_instruments_and_concepts")]
    operations = [migrations.RunSQL(EACH.format(table=table), BACK.format(table=table)) for table in TABLES]
