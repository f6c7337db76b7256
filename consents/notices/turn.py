"""How staff turn a notice from one state to another: one after the other, and each time on record."""

from collections.abc import Collection

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.users.models import User
from consents.notices.models import Notice

State = Notice.State


class NotNow(Refusal):
    code = "not-now"
    status = 409


def who(actor: User) -> str:
    return f"staff:{actor.pk}"


def take(notice: Notice, actor: User, states: Collection[Notice.State]) -> Notice:
    """The notice as it is now, kept from everybody else until the end of the transaction.

    Raises PermissionDenied, and NotNow where it is in none of these states: somebody else, or one's own first click,
    was faster.
    """
    if not actor.has_perm("notices.steer_notice"):
        raise PermissionDenied
    # Deliveries and events that point at it may be written meanwhile.
    found = Notice.objects.to_many().select_for_update(no_key=True).filter(pk=notice.pk).first()
    if found is None:
        raise NotNow(_("This notice is for one person. It can not be held up."))
    if found.state not in states:
        words = _("Nothing was done, as by now the state of this notice is “%(state)s”.")
        raise NotNow(words % {"state": found.get_state_display()})
    return found
