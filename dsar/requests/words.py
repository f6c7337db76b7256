"""What a request's page says in sentences: how it stands, and what happens next."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsar.archives.models import Archive
from dsar.requests.models import Request, RequestEvent

TAGS: dict[str, str] = {
    Request.State.SCHEDULED: "waiting",
    Request.State.WORKING: "working",
    Request.State.STUCK: "problem",
    Request.State.DONE: "done",
    Request.State.CANCELLED: "stopped",
}


@dataclass(frozen=True)
class Words:
    sentence: str
    next: str = ""


def words(request: Request, archive: Archive | None = None) -> Words:
    when = {
        "due": date_format(request.due_on),
        "until": _moment(request.grace_until),
        "closed": _moment(request.closed_at),
    }
    if request.kind == Request.Kind.ERASURE:
        return _erasure(request.state, when)
    return _copy(request.state, when, archive)


def _copy(state: str, when: dict[str, str], archive: Archive | None) -> Words:
    match state:
        case Request.State.WORKING:
            return Words(
                _("You will have your copy by %(due)s at the latest. It usually takes minutes.") % when,
                _(
                    "We collect what every system holds about you and put it into one file. We mail you when it is"
                    " ready; you may close this page."
                ),
            )
        case Request.State.STUCK:
            return _stuck(when)
        case Request.State.CANCELLED:
            return Words(_("This ended on %(closed)s, because the account was deleted.") % when)
    return _copy_done(when, archive)


def _copy_done(when: dict[str, str], archive: Archive | None) -> Words:
    if archive is None:
        return Words(_("This was completed on %(closed)s.") % when)
    if archive.state != Archive.State.READY:
        return Words(
            _("This was completed on %(closed)s.") % when,
            _("The file is no longer here. You can ask for a new one at any time."),
        )
    return Words(
        _("Your copy is ready until %(expires)s.") % {"expires": _moment(archive.expires_at)},
        _("Download it once, after confirming that it is you. Then it is deleted here."),
    )


def _erasure(state: str, when: dict[str, str]) -> Words:
    match state:
        case Request.State.SCHEDULED:
            return Words(
                _("Your account will be deleted on %(until)s. Until then you can stop it.") % when,
                _(
                    "Nothing is used until then, and nothing is lost if you stop it. Afterwards we delete your data in"
                    " every system, look again whether anything is left, and mail you a certificate, by %(due)s at the"
                    " latest."
                )
                % when,
            )
        case Request.State.WORKING:
            return Words(
                _("Your data is being deleted. It will be done by %(due)s at the latest.") % when,
                _("When nothing is left we mail you a certificate. This account stops working then."),
            )
        case Request.State.STUCK:
            return _stuck(when)
        case Request.State.CANCELLED:
            return Words(_("You stopped this on %(closed)s. Your account is as it was.") % when)
    return Words(_("Your data was deleted on %(closed)s.") % when, _("We mailed you the certificate."))


def _stuck(when: dict[str, str]) -> Words:
    return Words(
        _("Something on our side went wrong. It is still promised by %(due)s.") % when,
        _(
            "Our staff were called and will have it tried again. What is done already stays done; you need not do"
            " anything."
        ),
    )


def _moment(at: datetime | None) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT") if at else ""


# What people do, as told to somebody else than who did it.
BY_OTHERS = {
    RequestEvent.Kind.ASKED: gettext_lazy("%(who)s asked for this."),
    RequestEvent.Kind.DOWNLOADED: gettext_lazy("%(who)s downloaded the copy."),
    RequestEvent.Kind.CANCELLED: gettext_lazy("%(who)s stopped the deletion."),
}


def happened(event: RequestEvent, *, is_subject: bool) -> str:
    """One line of the history, for the subject or for the guardian."""
    by_reader = event.by == (RequestEvent.By.SUBJECT if is_subject else RequestEvent.By.GUARDIAN)
    if by_reader or event.by == RequestEvent.By.SYSTEM:
        return event.get_kind_display()
    who = _("Your guardian") if is_subject else _("The minor")
    return BY_OTHERS[RequestEvent.Kind(event.kind)] % {"who": who}
