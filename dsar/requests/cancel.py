from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.guardians.authority import may_decide
from accounts.subjects.addresses import emails_of
from accounts.subjects.life import thaw
from accounts.subjects.models import Subject
from accounts.users.confirmed import hand_over
from dsar.requests import news
from dsar.requests.ask import NotYoursToDecide
from dsar.requests.models import Request, RequestEvent
from dsar.work import cancel as work


class TooLate(Refusal):
    code = "too-late"
    status = 409
    message = _("This can not be stopped any more: the work has begun, or it is over.")


@transaction.atomic
def cancel(request: Request, *, actor: Subject) -> None:
    """Stop a deletion before its work begins; the account is back as it was. Raises TooLate, NotYoursToDecide."""
    if actor.pk != request.asked_by_id and not may_decide(actor, request.subject):
        raise NotYoursToDecide
    # First here, then the plan: what the plan's end would do to the request finds it closed.
    scheduled = Request.objects.filter(pk=request.pk, state=Request.State.SCHEDULED)
    if not scheduled.update(state=Request.State.CANCELLED, closed_at=timezone.now()):
        raise TooLate
    assert request.plan
    if not work.cancel(request.plan):
        raise TooLate
    request.refresh_from_db()
    thaw(request.subject)
    hand_over(emails_of(request.subject))
    news.remember(request, RequestEvent.Kind.CANCELLED, news.by(request, actor))
    news.inform(request, "erasure-cancelled")
