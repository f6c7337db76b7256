"""Scans that nobody asks for: of each site in its turn, and of one at a time, so that workers are there for people."""

import logging

from django.conf import settings
from django.utils import timezone

from accounts.calls.refusals import Refusal
from consents.cookies.models import Site
from consents.cookies.scan_models import Scan
from consents.cookies.scanning.ask import ask_and_queue

log = logging.getLogger(__name__)


def scan_next_site() -> Scan | None:
    """None: no site is due, or one of these scans is not over. Two at once ask for one scan of a site, or for two."""
    every = settings.SCANNER["EVERY"]
    if every is None or Scan.objects.open().filter(scheduled=True).exists():
        return None
    for site in Site.objects.not_scanned_since(timezone.now() - every):
        # The one that was registered first.
        origin = site.origins.earliest("pk").origin
        try:
            return ask_and_queue(f"{origin}/", scheduled=True)
        except Refusal as refusal:
            log.warning("Site %s is not scanned: %s.", site.slug, refusal.code)
    return None
