"""What a choice says to a person, in a sentence."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.subjects.models import Subject
from consents.choices.models import Event, Method

WHERE: dict[str, str | Promise] = {
    Method.BANNER: gettext_lazy("on the cookie banner"),
    Method.PREFERENCES: gettext_lazy("in the cookie settings"),
    Method.PORTAL: gettext_lazy("in the portal"),
    Method.APP: gettext_lazy("in the app"),
    Method.API: gettext_lazy("through the API"),
    Method.GPC: gettext_lazy("by the browser’s privacy signal"),
    Method.UNSUBSCRIBE: gettext_lazy("by an unsubscribe link"),
    Method.GUARDIAN: gettext_lazy("in the portal"),
    Method.IMPORT: gettext_lazy("in earlier records"),
    Method.PAPER: gettext_lazy("on paper"),
    Method.EXPIRY: gettext_lazy("by the passing of time"),
}


def sentence(event: Event, subject: Subject, viewer: Subject) -> str:
    """ "Refused by you on 3 March 2026 in the portal". `subject` is whose page it is."""
    words = {
        "decided": event.get_decision_display(),
        "day": date_format(timezone.localtime(event.said_at), "DATE_FORMAT"),
        "where": WHERE[event.method],
    }
    if event.method == Method.EXPIRY:
        return _("%(decided)s on %(day)s") % words
    if decided_by(event, subject, viewer):
        return _("%(decided)s by you on %(day)s %(where)s") % words
    if event.actor_id is None:
        return _("%(decided)s by themself on %(day)s %(where)s") % words
    return _("%(decided)s by a guardian on %(day)s %(where)s") % words


def decided_by(event: Event, subject: Subject, viewer: Subject) -> bool:
    """Whether it was the viewer. An event of the subject may be that of a device which turned out to be theirs."""
    return event.actor_id == viewer.pk or (event.actor_id is None and subject == viewer)


def said_by(event: Event, subject: Subject, viewer: Subject) -> str:
    if event.method == Method.EXPIRY:
        return _("Nobody")
    if decided_by(event, subject, viewer):
        return _("You")
    return _("The person themself") if event.actor_id is None else _("A guardian")


def written_down_by(event: Event) -> str:
    """Who entered what the person said elsewhere; empty where the person did it themself."""
    kind = event.recorder.partition(":")[0]
    return {"staff": _("written down by our staff"), "system": _("passed on by one of our systems")}.get(kind, "")
