"""The question of `check.py` as a function of the database.

There its plan is kept for as long as a connection lives; planning takes longer than answering for one person. A
migration makes it, so a change of it needs a migration that runs CHECK again.
"""

# The rule is that of `may.py`. Whoever was merged is asked about as the person they turned out to be. LIMIT 1 makes
# each look-up one in an index; without it the planner reads whole tables for some thousands of people.
CHECK = """
CREATE OR REPLACE FUNCTION choices_check(asked_purpose text, asked_ids uuid[], asked_hashes text[], with_people boolean)
RETURNS TABLE (essential boolean, allowed boolean[], people uuid[])
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT purpose.essential,
        array_agg(coalesce(
            purpose.retired_at IS NULL
            AND coalesce(person.stage, said.stage) <> 'tombstone'
            AND (CASE WHEN person.id IS NULL THEN said.frozen_at ELSE person.frozen_at END) IS NULL
            AND (
                purpose.essential
                OR current.decision = 'granted' AND current.version >= purpose.asks_since
                    AND (current.expires_at IS NULL OR current.expires_at > now())
            ), false
        ) ORDER BY asked.position),
        array_agg(coalesce(person.id, said.id) ORDER BY asked.position) FILTER (WHERE with_people)
    FROM catalogue_purpose AS purpose
    CROSS JOIN unnest(asked_ids, asked_hashes) WITH ORDINALITY AS asked(id, hash, position)
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
        WHERE subject_id = coalesce(person.id, said.id) AND purpose_id = purpose.id LIMIT 1
    ) AS current ON true
    WHERE purpose.slug = asked_purpose
    GROUP BY purpose.essential;
END $$;
"""
UNCHECK = "DROP FUNCTION choices_check(text, uuid[], text[], boolean);"
