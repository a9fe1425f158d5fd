"""Shipped knowledge changes by loading an edition and in no other way."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION knowledge_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('careteam.loading', true), '') = 'on' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    IF TG_TABLE_NAME = 'knowledge_discipline' THEN
        IF TG_OP = 'INSERT' AND NEW.origin = 'local' THEN RETURN NEW; END IF;
        IF TG_OP = 'UPDATE' AND OLD.origin = 'local' AND NEW.origin = 'local' THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'shipped knowledge is changed by loading an edition only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION knowledge_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'shipped knowledge is changed by loading an edition only' USING ERRCODE = 'insufficient_privilege';
END $$;
"""
TABLES = ("knowledge_edition", "knowledge_source", "knowledge_discipline", "knowledge_discipline_sources")
EACH = """
CREATE TRIGGER {table}_immutable BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION knowledge_immutable();
CREATE TRIGGER {table}_stays BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION knowledge_stays();
"""
BACK = "DROP TRIGGER {table}_immutable ON {table}; DROP TRIGGER {table}_stays ON {table};"


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]
    operations = [
        migrations.RunSQL(FORWARD, "DROP FUNCTION knowledge_immutable(); DROP FUNCTION knowledge_stays();"),
        *[migrations.RunSQL(EACH.format(table=table), BACK.format(table=table)) for table in TABLES],
    ]
