"""All that is shipped changes by loading an edition only; a hospital's own rows stay its own. Every change sets the stamp."""

from django.db import migrations

IMMUTABLE = """
CREATE OR REPLACE FUNCTION knowledge_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A shipped row never becomes a hospital's own, nor the other way round: not even while an edition is loaded.
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) ->> 'origin' IS DISTINCT FROM to_jsonb(NEW) ->> 'origin' THEN
        RAISE EXCEPTION 'the origin of knowledge never changes; shipped knowledge is changed by loading an edition only'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF coalesce(current_setting('careteam.loading', true), '') = 'on' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') AND to_jsonb(NEW) ->> 'origin' = 'local' THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'shipped knowledge is changed by loading an edition only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION knowledge_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO knowledge_stamp (id, value) VALUES (true, gen_random_uuid())
        ON CONFLICT (id) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END $$;
"""
BEFORE = """
DROP FUNCTION knowledge_changed();
CREATE OR REPLACE FUNCTION knowledge_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""
TABLES = [
    f"knowledge_{name}"
    for name in (
        "statement",
        "disagreement",
        "verification",
        "figure",
        "principle",
        "panel",
        "medicine",
        "medicineeffect",
        "doseguidance",
        "prerequisite",
        "monitoringschedule",
        "responsewindow",
        "pathway",
        "pathwaystep",
        "intervention",
        "therapygoal",
    )
]
EACH = """
CREATE TRIGGER {table}_immutable BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION knowledge_immutable();
CREATE TRIGGER {table}_stays BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION knowledge_stays();
"""
BACK = "DROP TRIGGER {table}_immutable ON {table}; DROP TRIGGER {table}_stays ON {table};"
#: What the shelf of knowledge is made of: whoever keeps it in memory sees by the stamp that it is out of date.
STAMPED = [*TABLES, "knowledge_edition", "knowledge_override"]
STAMP = """
CREATE TRIGGER {table}_stamped AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_changed();
"""
UNSTAMP = "DROP TRIGGER {table}_stamped ON {table};"


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0005_medicines_and_pathways")]
    operations = [
        migrations.RunSQL(IMMUTABLE, BEFORE),
        *[migrations.RunSQL(EACH.format(table=table), BACK.format(table=table)) for table in TABLES],
        *[migrations.RunSQL(STAMP.format(table=table), UNSTAMP.format(table=table)) for table in STAMPED],
    ]
