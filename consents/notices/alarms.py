"""Which notices need somebody: those that stopped by themselves, and those that wait for a second person."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.staff.alarms import Alarm
from consents.notices.models import Notice, NoticeEvent

State = Notice.State


def alarms() -> Iterator[Alarm]:
    waits = Notice.objects.to_many().filter(state__in=[State.STOPPED, State.WAITING], finished_at=None)
    for notice in waits.order_by("pk"):
        words = _stopped(notice) if notice.state == State.STOPPED else _waiting(notice)
        title = _("Notice “%(notice)s”") % {"notice": notice}
        yield Alarm(title, words, reverse("admin:notices_notice_change", args=[notice.pk]))


def _stopped(notice: Notice) -> str:
    last = notice.events.filter(deed=NoticeEvent.Deed.STOPPED).latest("pk")
    words = _("It stopped by itself: %(failed)d of %(tried)d mails could not be delivered.")
    return words % {"failed": last.failed, "tried": last.tried}


def _waiting(notice: Notice) -> str:
    words = ngettext(
        "It is for %(people)d person and waits until somebody else than who made it approves it.",
        "It is for %(people)d people and waits until somebody else than who made it approves it.",
        notice.people,
    )
    return words % {"people": notice.people}
