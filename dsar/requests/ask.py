from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.guardians.authority import may_decide
from accounts.subjects.life import freeze
from accounts.subjects.models import Subject
from accounts.users.freshness import require_fresh
from accounts.users.leaving import sign_out_everywhere
from dsar.requests import news
from dsar.requests.clock import due_on
from dsar.requests.models import Request, RequestEvent
from dsar.work.start import start


class NotYoursToDecide(Refusal):
    code = "not-yours-to-decide"
    status = 403
    message = _("You can not decide this for this person.")


class AskYourGuardian(NotYoursToDecide):
    code = "ask-your-guardian"
    message = _("You are under 18: please ask your parent or guardian to delete your account from theirs.")


class BeingErased(Refusal):
    code = "being-erased"
    status = 409
    message = _("The data is being deleted already.")


@transaction.atomic
def ask(subject: Subject, kind: str, *, actor: Subject, signed_in_at: datetime | None) -> Request:
    """A new request, or the one of this kind that is still open. Raises StaleSignIn, NotYoursToDecide, BeingErased."""
    require_fresh(signed_in_at)
    require_authority(subject, kind, actor)
    # In line with others who ask for the same person at this moment.
    subject = Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    open_requests = Request.objects.open().filter(subject=subject)
    if found := open_requests.filter(kind=kind).first():
        return found
    if open_requests.filter(kind=Request.Kind.ERASURE).exclude(state=Request.State.SCHEDULED).exists():
        raise BeingErased
    return _ask_erasure(subject, actor) if kind == Request.Kind.ERASURE else _ask_copy(subject, actor)


def require_authority(subject: Subject, kind: str, actor: Subject) -> None:
    """Minors may see what is known about them; deleting it is decided by whoever answers for them.

    Raises NotYoursToDecide.
    """
    if kind == Request.Kind.ACCESS and actor == subject:
        return
    if not may_decide(actor, subject):
        raise AskYourGuardian if actor == subject else NotYoursToDecide


def _ask_copy(subject: Subject, actor: Subject) -> Request:
    request = _new(subject, actor, Request.Kind.ACCESS, Request.State.WORKING)
    news.inform(request, "request-received")
    request.plan = start(Request.Kind.ACCESS, subject, reference=request.reference, recipient=actor)
    request.save(update_fields=["plan"])
    return request


def _ask_erasure(subject: Subject, actor: Subject) -> Request:
    """Frozen and signed out at once; erased when the time to think it over has passed."""
    until = timezone.now() + settings.ERASURE_GRACE
    request = _new(subject, actor, Request.Kind.ERASURE, Request.State.SCHEDULED, grace_until=until)
    request.plan = start(Request.Kind.ERASURE, subject, reference=request.reference, starts_at=until, recipient=actor)
    request.save(update_fields=["plan"])
    freeze(subject)
    sign_out_everywhere(subject)
    news.inform(request, "erasure-scheduled")
    return request


def _new(
    subject: Subject, actor: Subject, kind: str, state: Request.State, *, grace_until: datetime | None = None
) -> Request:
    request = Request.objects.create(
        subject=subject,
        asked_by=actor,
        kind=kind,
        state=state,
        due_on=due_on(timezone.localdate(), subject.jurisdiction),
        grace_until=grace_until,
    )
    news.remember(request, RequestEvent.Kind.ASKED, news.by(request, actor))
    return request
