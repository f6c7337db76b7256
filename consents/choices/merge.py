"""What a device or a guest decided, once it turned out to be somebody."""

from django.db import connection

from accounts.guardians.authority import may_decide
from accounts.subjects.models import Subject
from consents.webhooks.tell import TELL_MERGED

# What held for either was the rule applied to its own history, so that the rule applied to these two is the rule
# applied to both histories as one. Of two that the rule cannot tell apart the earlier stands, as in one history.
TAKE_OVER = """
WITH gone AS (
    DELETE FROM choices_current WHERE subject_id = %(source)s
    RETURNING purpose_id, event_id, version, decision, since, expires_at
)
INSERT INTO choices_current (subject_id, purpose_id, event_id, version, decision, since, expires_at)
SELECT %(person)s, purpose_id, event_id, version, decision, since, expires_at FROM gone
WHERE %(grants)s OR decision <> 'granted'
ON CONFLICT (subject_id, purpose_id) DO UPDATE SET
    event_id = EXCLUDED.event_id, version = EXCLUDED.version, decision = EXCLUDED.decision,
    since = EXCLUDED.since, expires_at = EXCLUDED.expires_at
WHERE (EXCLUDED.since, EXCLUDED.decision <> 'granted', choices_current.event_id)
    > (choices_current.since, choices_current.decision <> 'granted', EXCLUDED.event_id)
"""


def take_over(source: Subject, person: Subject) -> None:
    """The events stay with whom they were said by; only what holds moves, and the systems hear what that is.

    What a device allowed for somebody who turns out to be a minor was not the minor's to allow: it does not move.
    """
    grants = may_decide(person, person)
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OVER, {"source": source.pk, "person": person.pk, "grants": grants})
        cursor.execute(TELL_MERGED, {"person": person.pk})
