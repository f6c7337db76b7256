"""A notice that was paused, or that stopped by itself, goes on."""

from django.db import transaction

from accounts.users.models import User
from consents.notices.judge import so_far
from consents.notices.models import Notice, NoticeEvent
from consents.notices.tasks import send_due
from consents.notices.turn import State, take, who


@transaction.atomic
def resume(notice: Notice, *, actor: User) -> Notice:
    """Who resumes what stopped by itself has looked at the failures until now: from here on only new ones count.

    Raises PermissionDenied, NotNow.
    """
    notice = take(notice, actor, {State.PAUSED, State.STOPPED})
    event = NoticeEvent(notice=notice, deed=NoticeEvent.Deed.RESUMED, who=who(actor))
    if notice.state == State.STOPPED:
        event.tried, event.failed = so_far(notice)
        notice.first_batch_to = None
    notice.state = State.RUNNING
    notice.save(update_fields=["state", "first_batch_to"])
    event.save()
    send_due.delay_on_commit()  # type: ignore[attr-defined]  # celery-types does not know Django's tasks
    return notice
