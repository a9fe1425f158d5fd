"""The record is append-only in the database too, and positions are handed out so that seals can trust them."""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE audit_position AS bigint OWNED BY audit_auditevent.position;

CREATE FUNCTION audit_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The transaction id first: whoever waits for all transactions of a moment then has every position handed out before it.
    PERFORM pg_current_xact_id();
    NEW.position := nextval('audit_position');
    RETURN NEW;
END $$;
CREATE TRIGGER audit_place BEFORE INSERT ON audit_auditevent FOR EACH ROW EXECUTE FUNCTION audit_place();

CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit record is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
ALTER TABLE audit_auditevent ENABLE ALWAYS TRIGGER audit_event_append_only;
ALTER TABLE audit_seal ENABLE ALWAYS TRIGGER audit_seal_append_only;
ALTER TABLE audit_auditevent ALTER COLUMN changes SET DEFAULT '{}'::jsonb;
ALTER TABLE audit_auditevent ALTER COLUMN read_ids SET DEFAULT '{}'::uuid[];
"""
BACKWARD = """
DROP TRIGGER audit_event_append_only ON audit_auditevent;
DROP TRIGGER audit_seal_append_only ON audit_seal;
DROP TRIGGER audit_place ON audit_auditevent;
DROP FUNCTION audit_append_only();
DROP FUNCTION audit_place();
DROP SEQUENCE audit_position;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
