"""The trigger that makes messages out of current choices that changed: part of the very statement that changes them.

The room of the choices, which stands above this one, runs it in its migration. What counts is the decision and the
version of the purpose it is about; a choice that was only said again tells nobody anything new. Imports tell nobody
either: the systems had these records before we did.

A person may have been told of under several numbers: as the device and the guest they once were. A system that heard of
one of these goes on hearing of it, or it would believe for ever what the guest said last.

The act allows no part without its whole. But a merger can leave a yes to a part that one of them said beside a no to
the whole that the other said: such a yes does not count, and is told as one that ended.

Where nobody is told, and for most rows that is so, it costs one look at a table with a handful of rows.
"""

# What follows from the messages about a person that were just made, as the CTE `told`. OFFSET 0 makes each look-up one
# in an index, whatever the planner thinks of the number of messages.
FORMER_NUMBERS = """
        INSERT INTO webhooks_message (endpoint_id, subject_id, purpose_id, event_id, version, decision)
        SELECT told.endpoint_id, former.id, told.purpose_id, told.event_id, told.version, told.decision
        FROM told CROSS JOIN LATERAL (
            SELECT id FROM subjects_subject WHERE merged_into_id = told.subject_id OFFSET 0
        ) former
        WHERE webhooks_news(told.endpoint_id, former.id, told.purpose_id, told.version, told.decision);
"""

# Only what moved by a merger stands under another number than it was said under: a usual choice costs no look more.
DECISION = """CASE
                WHEN event.subject_id = said.subject_id THEN said.decision
                ELSE webhooks_decision(said.subject_id, said.purpose_id, said.decision)
            END"""

TELL = f"""
CREATE FUNCTION webhooks_news(asked_endpoint uuid, asked_subject uuid, asked_purpose uuid, now_version integer,
    now_decision text) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM webhooks_message WHERE subject_id = asked_subject AND endpoint_id = asked_endpoint
    ) AND coalesce((
        SELECT (version, decision) IS DISTINCT FROM (now_version, now_decision) FROM webhooks_message
        WHERE subject_id = asked_subject AND endpoint_id = asked_endpoint AND purpose_id = asked_purpose
        ORDER BY id DESC LIMIT 1
    ), true)
$$;
CREATE FUNCTION webhooks_decision(asked_subject uuid, asked_purpose uuid, said_decision text) RETURNS text
STABLE LANGUAGE sql AS $$
    WITH RECURSIVE whole AS (
        SELECT above.id, above.parent_id, above.essential
        FROM catalogue_purpose AS part JOIN catalogue_purpose AS above ON above.id = part.parent_id
        WHERE said_decision = 'granted' AND part.id = asked_purpose AND NOT part.essential
        UNION
        SELECT above.id, above.parent_id, above.essential
        FROM whole JOIN catalogue_purpose AS above ON above.id = whole.parent_id
    )
    SELECT CASE WHEN EXISTS (
        SELECT FROM whole WHERE NOT essential AND NOT EXISTS (
            SELECT FROM choices_current
            WHERE subject_id = asked_subject AND purpose_id = whole.id AND decision = 'granted'
        )
    ) THEN 'expired' ELSE said_decision END
$$;
CREATE FUNCTION webhooks_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM webhooks_endpoint WHERE state <> 'ended') THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        WITH told AS (
            INSERT INTO webhooks_message (endpoint_id, subject_id, purpose_id, event_id, version, decision)
            SELECT endpoint.id, said.subject_id, said.purpose_id, said.event_id, said.version, {DECISION}
            FROM now_said said
            JOIN choices_event event ON event.id = said.event_id AND event.method <> 'import'
            JOIN webhooks_endpoint endpoint ON webhooks_concerns(endpoint, said.purpose_id)
            RETURNING endpoint_id, subject_id, purpose_id, event_id, version, decision
        ){FORMER_NUMBERS}
    ELSE
        WITH told AS (
            INSERT INTO webhooks_message (endpoint_id, subject_id, purpose_id, event_id, version, decision)
            SELECT endpoint.id, said.subject_id, said.purpose_id, said.event_id, said.version, {DECISION}
            FROM now_said said
            JOIN said_before before ON before.id = said.id
                AND (before.decision, before.version) IS DISTINCT FROM (said.decision, said.version)
            JOIN choices_event event ON event.id = said.event_id AND event.method <> 'import'
            JOIN webhooks_endpoint endpoint ON webhooks_concerns(endpoint, said.purpose_id)
            RETURNING endpoint_id, subject_id, purpose_id, event_id, version, decision
        ){FORMER_NUMBERS}
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER webhooks_tell_first AFTER INSERT ON choices_current
    REFERENCING NEW TABLE AS now_said
    FOR EACH STATEMENT EXECUTE FUNCTION webhooks_tell();
CREATE TRIGGER webhooks_tell_again AFTER UPDATE ON choices_current
    REFERENCING OLD TABLE AS said_before NEW TABLE AS now_said
    FOR EACH STATEMENT EXECUTE FUNCTION webhooks_tell();
"""  # noqa: S608  # only words of our own
UNTELL = """
DROP TRIGGER webhooks_tell_first ON choices_current;
DROP TRIGGER webhooks_tell_again ON choices_current;
DROP FUNCTION webhooks_tell();
DROP FUNCTION webhooks_decision(uuid, uuid, text);
DROP FUNCTION webhooks_news(uuid, uuid, uuid, integer, text);
"""

# After a merger, for each number of the person of which a system has heard: what holds for the person, if that is not
# what the system heard last. Also what came by an import, since it takes the place of something that was told. And what
# a number allowed that is allowed to nobody any more, because it was not theirs to allow, has come to an end.
TELL_MERGED = """
WITH numbers AS (
    SELECT id FROM subjects_subject WHERE id = %(person)s OR merged_into_id = %(person)s
), endpoints AS (
    SELECT endpoint FROM webhooks_endpoint AS endpoint WHERE endpoint.state <> 'ended'
), ended AS (
    SELECT DISTINCT ON (endpoint_id, subject_id, purpose_id)
        endpoint_id, subject_id, purpose_id, event_id, version, decision
    FROM webhooks_message WHERE subject_id IN (SELECT id FROM numbers)
    ORDER BY endpoint_id, subject_id, purpose_id, id DESC
)
INSERT INTO webhooks_message (endpoint_id, subject_id, purpose_id, event_id, version, decision)
SELECT (endpoint).id, numbers.id, purpose_id, event_id, version, told.decision
FROM numbers CROSS JOIN endpoints JOIN choices_current AS current ON current.subject_id = %(person)s
CROSS JOIN LATERAL webhooks_decision(current.subject_id, purpose_id, current.decision) AS told(decision)
WHERE webhooks_concerns(endpoint, purpose_id)
    AND webhooks_news((endpoint).id, numbers.id, purpose_id, version, told.decision)
UNION ALL
SELECT endpoint_id, subject_id, purpose_id, event_id, version, 'expired'
FROM ended JOIN endpoints ON (endpoint).id = endpoint_id
WHERE decision = 'granted' AND webhooks_concerns(endpoint, purpose_id) AND NOT EXISTS (
    SELECT FROM choices_current AS current
    WHERE current.subject_id = %(person)s AND current.purpose_id = ended.purpose_id
)
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
