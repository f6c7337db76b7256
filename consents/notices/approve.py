"""A second member of staff lets a notice to very many people go."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.users.models import User
from consents.notices.models import Notice, NoticeEvent
from consents.notices.tasks import send_due
from consents.notices.turn import State, take, who


class SamePerson(Refusal):
    code = "same-person"
    status = 409
    message = _("You made this notice. Somebody else must approve it.")


@transaction.atomic
def approve(notice: Notice, *, actor: User) -> Notice:
    """Raises PermissionDenied, NotNow, SamePerson."""
    notice = take(notice, actor, {State.WAITING})
    if notice.made_by == who(actor):
        raise SamePerson
    notice.state, notice.approved_by = State.RUNNING, who(actor)
    notice.save(update_fields=["state", "approved_by"])
    NoticeEvent.objects.create(notice=notice, deed=NoticeEvent.Deed.APPROVED, who=who(actor))
    send_due.delay_on_commit()  # type: ignore[attr-defined]  # celery-types does not know Django's tasks
    return notice
