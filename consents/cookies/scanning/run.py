"""Carrying out a scan that was asked for. Safe to call twice: whoever comes second finds it held, or over."""

import logging
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from consents.cookies.models import SiteOrigin, Tracker
from consents.cookies.scan_models import TRIES, Fault, Finding, Phase, Scan, State
from consents.cookies.scanning.addresses import host_of, origin_of
from consents.cookies.scanning.browser import BrokenOff
from consents.cookies.scanning.compare import compare
from consents.cookies.scanning.sights import Sights
from consents.cookies.scanning.walk import Route, walk

log = logging.getLogger(__name__)

# Of each site; the older ones go when a new one is there.
KEPT = 20


def run(pk: UUID) -> Scan | None:
    """The scan as it ended. None: there was nothing to do, or somebody else does it."""
    if (scan := claim(pk)) is None:
        return None
    origins = list(scan.site.origins.values_list("origin", flat=True))
    if scan.site.retired_at or origin_of(scan.address) not in origins:
        return _fail(scan, Fault.NOT_REGISTERED)
    try:
        sights = walk(Route(scan.address, _ours(), scan.depth, scan.pages))
    except BrokenOff as broken:
        log.warning("Scan %s broke off: %s.", scan.pk, broken.fault, exc_info=broken.__cause__)
        return _fail(scan, broken.fault)
    return _write(scan, sights, {host_of(origin) for origin in [*origins, scan.address]})


def _ours() -> frozenset[str]:
    """The hosts of the organisation, that of the script included: to ask one for something tells nobody else."""
    origins = SiteOrigin.objects.values_list("origin", flat=True)
    return frozenset(host_of(origin) for origin in [*origins, settings.BASE_URL])


def claim(pk: UUID) -> Scan | None:
    """A scan whose worker has been silent for longer than a scan takes is begun again, three times in all."""
    now = timezone.now()
    due = Scan.objects.due().filter(pk=pk)
    over = {"state": State.FAILED, "fault": Fault.GIVEN_UP, "finished_at": now, "claim": None}
    due.filter(tries__gte=TRIES).update(**over)
    mine = uuid4()
    taken = due.update(state=State.RUNNING, claim=mine, tries=F("tries") + 1, started_at=now, due_at=now + Scan.lease())
    return Scan.objects.select_related("site").get(claim=mine) if taken else None


def start_due() -> int:
    """Sends what waits: its message was lost, or its worker died. Just asked for is left to the message on its way."""
    from consents.cookies.tasks import run_scan

    late = Scan.objects.due().filter(due_at__lte=timezone.now() - settings.LEASE)
    ids = list(late.values_list("pk", flat=True))
    for pk in ids:
        run_scan.delay_on_commit(str(pk))  # type: ignore[attr-defined]  # celery-types does not know Django's tasks
    return len(ids)


@transaction.atomic
def _write(scan: Scan, sights: Sights, hosts: set[str]) -> Scan | None:
    if not _still_mine(scan):
        return None
    trackers = list(Tracker.objects.current().used_on(scan.site.slug).select_related("purpose"))
    found = compare(sights, trackers, hosts)
    for finding in found:
        finding.scan = scan
    Finding.objects.bulk_create(found)
    scan.visited = len(sights.pages)
    scan.unanswered = len(sights.unanswered)
    scan.kept_out = len(sights.kept_out)
    scan.refusal_pressed = sights.pressed.get(Phase.REFUSED)
    scan.acceptance_pressed = sights.pressed.get(Phase.ACCEPTED)
    scan.out_of_time, scan.overflowed = sights.out_of_time, sights.overflowed
    return _end(scan, State.DONE)


@transaction.atomic
def _fail(scan: Scan, fault: Fault) -> Scan | None:
    if not _still_mine(scan):
        return None
    scan.fault = fault
    return _end(scan, State.FAILED)


def _still_mine(scan: Scan) -> bool:
    """Whoever was taken for dead and was only slow has nothing to say any more."""
    return Scan.objects.select_for_update().filter(pk=scan.pk, claim=scan.claim).exists()


def _end(scan: Scan, state: State) -> Scan:
    scan.state, scan.finished_at, scan.claim = state, timezone.now(), None
    scan.save()
    # Not as a slice of a delete, which SQL does not know.
    kept = list(scan.site.scans.order_by("-id").values_list("pk", flat=True)[:KEPT])
    scan.site.scans.exclude(pk__in=kept).delete()
    return scan
