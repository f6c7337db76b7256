"""The question of `check.py` as a function of the database.

There its plan is kept for as long as a connection lives; planning takes longer than answering for one person. A
migration makes it, so a change of it needs a migration that runs CHECK again.
"""

# Whoever was merged is asked about as the person they turned out to be. LIMIT 1 makes each look-up one in an index;
# without it the planner reads whole tables for some thousands of people. Names of variables differ from those of
# columns, because of two that are the same the column would be meant. What the purpose is a part of is found once,
# however many are asked about; only where there is any are more choices looked up. What is done without asking is done
# whatever is said to that which it is a part of.
CHECK = """
CREATE OR REPLACE FUNCTION choices_check(
    asked_purpose text, asked_ids uuid[], asked_hashes text[], with_people boolean, moment timestamptz
)
RETURNS TABLE (essential boolean, allowed boolean[], people uuid[])
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    this_id uuid;
    this_essential boolean;
    this_since smallint;
    this_parent uuid;
    is_done boolean;
    wholes uuid[];
    wholes_since smallint[];
BEGIN
    SELECT id, essential, asks_since, parent_id, retired_at IS NULL
    INTO this_id, this_essential, this_since, this_parent, is_done
    FROM catalogue_purpose WHERE slug = asked_purpose;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF this_parent IS NOT NULL AND NOT this_essential THEN
        WITH RECURSIVE whole AS (
            SELECT id, parent_id, essential, asks_since, retired_at FROM catalogue_purpose WHERE id = this_parent
            UNION
            SELECT above.id, above.parent_id, above.essential, above.asks_since, above.retired_at
            FROM whole JOIN catalogue_purpose AS above ON above.id = whole.parent_id
        )
        SELECT is_done AND bool_and(retired_at IS NULL),
            array_agg(id) FILTER (WHERE NOT essential), array_agg(asks_since) FILTER (WHERE NOT essential)
        INTO is_done, wholes, wholes_since FROM whole;
    END IF;
    RETURN QUERY
    SELECT this_essential,
        array_agg(coalesce(
            is_done
            AND coalesce(person.stage, said.stage) <> 'tombstone'
            AND (CASE WHEN person.id IS NULL THEN said.frozen_at ELSE person.frozen_at END) IS NULL
            AND (
                this_essential
                OR current.decision = 'granted' AND current.version >= this_since
                    AND (current.expires_at IS NULL OR current.expires_at > moment)
            )
            AND (
                wholes IS NULL
                OR cardinality(wholes) = (
                    SELECT count(*)
                    FROM unnest(wholes, wholes_since) AS whole(id, since)
                    CROSS JOIN LATERAL (
                        SELECT decision, version, expires_at FROM choices_current
                        WHERE subject_id = coalesce(person.id, said.id) AND purpose_id = whole.id LIMIT 1
                    ) AS held
                    WHERE held.decision = 'granted' AND held.version >= whole.since
                        AND (held.expires_at IS NULL OR held.expires_at > moment)
                )
            ), false
        ) ORDER BY asked.position),
        array_agg(coalesce(person.id, said.id) ORDER BY asked.position) FILTER (WHERE with_people)
    FROM unnest(asked_ids, asked_hashes) WITH ORDINALITY AS asked(id, hash, position)
    LEFT JOIN LATERAL (
        SELECT id, stage, frozen_at, merged_into_id FROM subjects_subject
        WHERE id = coalesce(asked.id, (SELECT subject_id FROM subjects_address WHERE hash = asked.hash LIMIT 1))
        LIMIT 1
    ) AS said ON true
    LEFT JOIN LATERAL (
        SELECT id, stage, frozen_at FROM subjects_subject WHERE id = said.merged_into_id LIMIT 1
    ) AS person ON true
    LEFT JOIN LATERAL (
        SELECT decision, version, expires_at FROM choices_current
        WHERE subject_id = coalesce(person.id, said.id) AND purpose_id = this_id LIMIT 1
    ) AS current ON true;
END $$;
"""
UNCHECK = "DROP FUNCTION choices_check(text, uuid[], text[], boolean, timestamptz);"
