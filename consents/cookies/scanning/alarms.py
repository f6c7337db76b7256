"""Which sites need somebody, by what was last seen of them."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.staff.alarms import Alarm
from consents.cookies.models import Scan
from consents.cookies.scan_models import State
from consents.cookies.scanning import report


def alarms() -> Iterator[Alarm]:
    """Until what was found is declared, or the next scan does not find it any more."""
    scans = Scan.objects.newest().filter(site__retired_at=None).select_related("site").order_by("site__slug")
    for scan in scans:
        if words := _wrong(scan):
            yield Alarm(
                _("Scan of %(site)s") % {"site": scan.site}, words, reverse("admin:cookies_scan_change", args=[scan.pk])
            )


def _wrong(scan: Scan) -> str:
    if scan.state == State.FAILED:
        return _("It could not be scanned: %(fault)s") % {"fault": scan.get_fault_display()}
    return report.faults(count) if (count := report.still_faulty(scan)) else ""
