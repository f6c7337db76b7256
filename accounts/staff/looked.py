"""Writing down that staff looked at somebody's data, before they see it. What nobody wrote down nobody was shown."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from accounts.staff.models import KEPT, Look
from accounts.subjects.models import Subject
from accounts.users.models import User

BATCH = 10_000


def looked(staff: User, subject: Subject, what: Look.What, number: UUID | None = None) -> Look:
    """Each look is a row: how often somebody looked tells as much as that they did.

    It is written under the person, whichever of their devices or guests it was about.
    """
    person = subject.merged_into or subject
    return Look.objects.create(who=f"staff:{staff.pk}", subject=person, what=what, number=number)


def forget_looks() -> None:
    """Deletes what is past its time, in batches, so that nobody waits for a long transaction. Safe to run twice."""
    # A minute later than the database allows: its clock is not ours.
    old = Look.objects.before(timezone.now() - KEPT - timedelta(minutes=1)).order_by("at").values("pk")
    while Look.objects.filter(pk__in=old[:BATCH]).delete()[0]:
        pass
