"""The triggers by which the database itself holds the life of a notice."""

from django.db import migrations

LIFE = """
CREATE FUNCTION notices_life() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('waiting', 'running'), ('waiting', 'cancelled'),
        ('running', 'paused'), ('running', 'stopped'), ('running', 'cancelled'), ('running', 'finished'),
        ('paused', 'running'), ('paused', 'cancelled'), ('paused', 'finished'),
        ('stopped', 'running'), ('stopped', 'cancelled'), ('stopped', 'finished')
    ) THEN
        RAISE EXCEPTION 'a notice that is % can not become %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER notices_notice_life BEFORE UPDATE OF state ON notices_notice
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION notices_life();
CREATE TRIGGER notices_notice_who BEFORE UPDATE ON notices_notice
    FOR EACH ROW WHEN (
        OLD.made_by <> NEW.made_by
        OR OLD.approved_by NOT IN ('', NEW.approved_by)
        OR (OLD.two_persons AND NOT NEW.two_persons)
        OR (OLD.finished_at IS NOT NULL AND NEW.finished_at IS NULL)
    ) EXECUTE FUNCTION pc_frozen();
"""
NO_LIFE = """
DROP TRIGGER notices_notice_who ON notices_notice;
DROP TRIGGER notices_notice_life ON notices_notice;
DROP FUNCTION notices_life();
"""


def keep_life() -> migrations.RunSQL:
    return migrations.RunSQL(LIFE, NO_LIFE)
