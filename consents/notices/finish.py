"""Notices none of whose deliveries waits any more are finished."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consents.notices.models import Notice, NoticeEvent

State = Notice.State


@transaction.atomic
def finish(notices: Collection[UUID]) -> None:
    """Also one that was paused or stopped after its last mail had gone out. Safe to run twice."""
    over = Notice.objects.filter(pk__in=notices, state__in=[State.RUNNING, State.PAUSED, State.STOPPED]).through()
    found = dict(over.select_for_update(no_key=True).values_list("pk", "audience"))
    if not found:
        return
    Notice.objects.filter(pk__in=found).update(state=State.FINISHED, finished_at=timezone.now())
    NoticeEvent.objects.bulk_create(
        NoticeEvent(notice_id=pk, deed=NoticeEvent.Deed.FINISHED) for pk, audience in found.items() if audience
    )
