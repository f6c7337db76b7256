"""A notice to many waits until somebody resumes it."""

from django.db import transaction
from django.utils import timezone

from accounts.users.models import User
from consents.notices.models import Delivery, Notice, NoticeEvent
from consents.notices.turn import State, take, who


@transaction.atomic
def pause(notice: Notice, *, actor: User) -> Notice:
    """What a worker has taken but not begun is taken from it; only what it takes at this very moment may still go.

    Raises PermissionDenied, NotNow.
    """
    notice = take(notice, actor, {State.RUNNING})
    notice.state = State.PAUSED
    notice.save(update_fields=["state"])
    NoticeEvent.objects.create(notice=notice, deed=NoticeEvent.Deed.PAUSED, who=who(actor))
    taken = Delivery.objects.filter(notice=notice).not_begun()
    taken.update(state=Delivery.State.PENDING, claim=None, due_at=timezone.now())
    return notice
