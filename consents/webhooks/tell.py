"""The trigger that makes messages out of current choices that changed: part of the very statement that changes them.

The room of the choices, which stands above this one, runs it in its migration. What counts is the decision and the
version of the purpose it is about; a choice that was only said again tells nobody anything new. Imports tell nobody
either: the systems had these records before we did.

Where nobody is told, and for most rows that is so, it costs one look at a table with a handful of rows.
"""

TELL = """
CREATE FUNCTION webhooks_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM webhooks_endpoint WHERE state <> 'ended') THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO webhooks_message (endpoint_id, subject_id, purpose_id, event_id, version, decision)
        SELECT endpoint.id, said.subject_id, said.purpose_id, said.event_id, said.version, said.decision
        FROM now_said said
        JOIN choices_event event ON event.id = said.event_id AND event.method <> 'import'
        JOIN webhooks_endpoint endpoint ON webhooks_concerns(endpoint, said.purpose_id);
    ELSE
        INSERT INTO webhooks_message (endpoint_id, subject_id, purpose_id, event_id, version, decision)
        SELECT endpoint.id, said.subject_id, said.purpose_id, said.event_id, said.version, said.decision
        FROM now_said said
        JOIN said_before before ON before.id = said.id
            AND (before.decision, before.version) IS DISTINCT FROM (said.decision, said.version)
        JOIN choices_event event ON event.id = said.event_id AND event.method <> 'import'
        JOIN webhooks_endpoint endpoint ON webhooks_concerns(endpoint, said.purpose_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER webhooks_tell_first AFTER INSERT ON choices_current
    REFERENCING NEW TABLE AS now_said
    FOR EACH STATEMENT EXECUTE FUNCTION webhooks_tell();
CREATE TRIGGER webhooks_tell_again AFTER UPDATE ON choices_current
    REFERENCING OLD TABLE AS said_before NEW TABLE AS now_said
    FOR EACH STATEMENT EXECUTE FUNCTION webhooks_tell();
"""
UNTELL = """
DROP TRIGGER webhooks_tell_first ON choices_current;
DROP TRIGGER webhooks_tell_again ON choices_current;
DROP FUNCTION webhooks_tell();
"""

# Kept apart so that the two statements above can not differ in it. Runs in the migration of this room.
CONCERNS = """
CREATE FUNCTION webhooks_concerns(endpoint webhooks_endpoint, purpose uuid) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT endpoint.state <> 'ended' AND (
        NOT EXISTS (SELECT FROM webhooks_endpoint_purposes WHERE endpoint_id = endpoint.id)
        OR EXISTS (SELECT FROM webhooks_endpoint_purposes WHERE endpoint_id = endpoint.id AND purpose_id = purpose)
    )
$$;
"""
NO_CONCERNS = "DROP FUNCTION webhooks_concerns(webhooks_endpoint, uuid);"
