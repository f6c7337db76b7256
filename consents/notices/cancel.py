"""A notice to many is called off. What was not sent by then never is."""

from django.db import transaction

from accounts.users.models import User
from consents.notices.models import Delivery, Notice, NoticeEvent
from consents.notices.skip import skip
from consents.notices.tasks import send_due
from consents.notices.turn import State, take, who


@transaction.atomic
def cancel(notice: Notice, *, actor: User) -> Notice:
    """What a worker has taken but not begun is taken from it at once; the rest a task skips.

    Raises PermissionDenied, NotNow.
    """
    notice = take(notice, actor, {State.WAITING, State.RUNNING, State.PAUSED, State.STOPPED})
    notice.state = State.CANCELLED
    notice.save(update_fields=["state"])
    NoticeEvent.objects.create(notice=notice, deed=NoticeEvent.Deed.CANCELLED, who=who(actor))
    skip(Delivery.objects.filter(notice=notice).not_begun())
    send_due.delay_on_commit()  # type: ignore[attr-defined]  # celery-types does not know Django's tasks
    return notice
