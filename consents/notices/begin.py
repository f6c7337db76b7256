"""A notice to many whose deliveries were made starts, or waits for a second person."""

from django.conf import settings
from django.db.models import Subquery

from accounts.users.models import User
from consents.notices.finish import finish
from consents.notices.models import Delivery, Notice, NoticeEvent
from consents.notices.tasks import send_due
from consents.notices.turn import who


def begin(notice: Notice, people: int, approved_by: User | None) -> None:
    """In the transaction that made it."""
    two_persons = people > settings.CAMPAIGNS["APPROVAL_SIZE"]
    Notice.objects.filter(pk=notice.pk).update(
        people=people,
        two_persons=two_persons,
        approved_by=who(approved_by) if approved_by else "",
        first_batch_to=_end_of_first_batch(notice, people),
        state=Notice.State.WAITING if two_persons and not approved_by else Notice.State.RUNNING,
    )
    notice.refresh_from_db()
    _record(notice)
    if not people:
        finish({notice.pk})
    send_due.delay_on_commit()  # type: ignore[attr-defined]  # celery-types does not know Django's tasks


def _end_of_first_batch(notice: Notice, people: int) -> Subquery | None:
    """None where the first batch would be all of it."""
    size = settings.CAMPAIGNS["CANARY"]
    if not 0 < size < people:
        return None
    mine = Delivery.objects.filter(notice=notice, pk__gt=notice.pk).order_by("pk")
    return Subquery(mine.values("pk")[size - 1 : size])


def _record(notice: Notice) -> None:
    deeds = {NoticeEvent.Deed.MADE: notice.made_by, NoticeEvent.Deed.APPROVED: notice.approved_by}
    NoticeEvent.objects.bulk_create(
        NoticeEvent(notice=notice, deed=deed, who=actor)
        for deed, actor in deeds.items()
        if actor or deed == NoticeEvent.Deed.MADE
    )
