"""What follows for a request when its plan goes on or ends, and when its archive is fetched."""

from django.urls import reverse
from django.utils import timezone

from dsar.archives.models import Archive
from dsar.requests import news
from dsar.requests.models import Request, RequestEvent
from dsar.work.models import Plan


def work_goes_on(plan: Plan) -> None:
    """It began, or staff had it tried again."""
    request = _request(plan)
    retried = request.state == Request.State.STUCK
    _to(request, Request.State.WORKING)
    news.remember(request, RequestEvent.Kind.RETRIED if retried else RequestEvent.Kind.BEGAN)


def copy_ended(plan: Plan) -> None:
    request = _request(plan)
    match plan.state:
        case Plan.State.DONE:
            archive = Archive.objects.get(plan_id=plan.pk)
            _to(request, Request.State.DONE)
            news.remember(request, RequestEvent.Kind.READY)
            _tell_ready(request, archive)
        case _:
            _ended_otherwise(request, plan)


def erasure_ended(plan: Plan) -> None:
    request = _request(plan)
    match plan.state:
        case Plan.State.DONE:
            _to(request, Request.State.DONE)
            news.remember(request, RequestEvent.Kind.DONE)
            link = reverse("requests:certificate", args=[plan.certificate.token])
            news.say_farewell(request, link=link, address=plan.email)
        case _:
            _ended_otherwise(request, plan)


def archive_handed_over(archive: Archive) -> None:
    request = Request.objects.get(plan=archive.plan_id)
    news.remember(request, RequestEvent.Kind.DOWNLOADED, news.by(request, archive.recipient))


def _ended_otherwise(request: Request, plan: Plan) -> None:
    if plan.state == Plan.State.STUCK:
        _get_stuck(request)
    elif request.is_open:
        # Not by the person, who would have closed it first: the subject was erased.
        _to(request, Request.State.CANCELLED)
        news.remember(request, RequestEvent.Kind.OVERTAKEN)


def _get_stuck(request: Request) -> None:
    """One mail, however often staff try in vain."""
    is_news = not request.events.filter(kind=RequestEvent.Kind.STUCK).exists()
    _to(request, Request.State.STUCK)
    news.remember(request, RequestEvent.Kind.STUCK)
    if is_news:
        news.inform(request, "request-failed")


def _tell_ready(request: Request, archive: Archive) -> None:
    link = reverse("archives:download", args=[archive.pk])
    facts = {"expires_at": archive.expires_at, "is_incomplete": bool(archive.missing)}
    news.inform(request, "archive-ready", link=link, **facts)


def _to(request: Request, state: Request.State) -> None:
    request.state = state
    request.closed_at = timezone.now() if state in {Request.State.DONE, Request.State.CANCELLED} else None
    request.save(update_fields=["state", "closed_at"])


def _request(plan: Plan) -> Request:
    """By the reference, which the request has before it has its plan."""
    return (
        Request.objects.select_for_update(of=("self",))
        .select_related("subject", "asked_by")
        .get(reference=plan.reference)
    )
