"""The triggers by which the database itself keeps the record of looks."""

from django.db import migrations

# UPDATE and TRUNCATE never; DELETE once a row's time is over, or that of the evidence of an erased person.
KEEP_LOOKS = """
CREATE TRIGGER staff_look_append_only BEFORE UPDATE ON staff_look
    FOR EACH ROW EXECUTE FUNCTION pc_append_only('subject_id');
CREATE TRIGGER staff_look_kept BEFORE DELETE ON staff_look
    FOR EACH ROW WHEN (OLD.at > now() - interval '1096 days') EXECUTE FUNCTION pc_append_only('subject_id');
CREATE TRIGGER staff_look_no_truncate BEFORE TRUNCATE ON staff_look
    FOR EACH STATEMENT EXECUTE FUNCTION pc_append_only('subject_id');
"""
LOSE_LOOKS = """
DROP TRIGGER staff_look_append_only ON staff_look;
DROP TRIGGER staff_look_kept ON staff_look;
DROP TRIGGER staff_look_no_truncate ON staff_look;
"""


def keep_looks() -> migrations.RunSQL:
    return migrations.RunSQL(KEEP_LOOKS, LOSE_LOOKS)
