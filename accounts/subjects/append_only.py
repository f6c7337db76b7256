"""Triggers by which the database itself refuses to change what must not change (design rule 3)."""

from django.db import migrations

# One function serves every append-only table. TG_ARGV[0] names the column with the subject's id. A row may be deleted
# in one case only: its subject is a tombstone and the period of its evidence is over.
APPEND_ONLY = """
CREATE FUNCTION pc_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner uuid;
BEGIN
    IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
        owner := (to_jsonb(OLD) ->> TG_ARGV[0])::uuid;
        IF EXISTS (
            SELECT FROM subjects_subject
            WHERE id = owner AND stage = 'tombstone' AND evidence_until < CURRENT_DATE
        ) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION pc_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is published and can not change: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""
NO_APPEND_ONLY = "DROP FUNCTION pc_append_only(); DROP FUNCTION pc_frozen();"


def append_only(table: str, *, subject: str = "subject_id") -> migrations.RunSQL:
    """Refuses UPDATE and TRUNCATE always, DELETE but for the evidence of a tombstone whose time is over."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION pc_append_only('{subject}');
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION pc_append_only('{subject}');
        """,
        f"DROP TRIGGER {table}_append_only ON {table}; DROP TRIGGER {table}_no_truncate ON {table};",
    )


def frozen_when(table: str, condition: str) -> migrations.RunSQL:
    """Refuses UPDATE and DELETE of rows for which `condition` (SQL over OLD) holds, and TRUNCATE always."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION pc_frozen();
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION pc_frozen();
        """,
        f"DROP TRIGGER {table}_frozen ON {table}; DROP TRIGGER {table}_no_truncate ON {table};",
    )
