"""Asking for a scan: of our own sites only, and one at a time of each."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from consents.cookies.models import Site
from consents.cookies.scan_models import LONGEST_ADDRESS, Scan
from consents.cookies.scanning.addresses import origin_of, page_of
from consents.cookies.sites import OriginNotRegistered

LIMITS = {"depth", "pages"}


class NotAnAddress(Refusal):
    code = "not-an-address"
    field = "address"
    message = _("This is not the address of a page, such as https://shop.example/.")


class OutOfBounds(Refusal):
    code = "out-of-bounds"


class BeingScanned(Refusal):
    code = "being-scanned"
    status = 409
    message = _("This site is being scanned already. Wait for the report.")


def ask(address: str, *, depth: int | None = None, pages: int | None = None, scheduled: bool = False) -> Scan:
    """Nothing runs yet. Raises Refusal."""
    url = _checked(address.strip())
    site = Site.objects.current().filter(origins__origin=origin_of(url)).first()
    if site is None:
        raise OriginNotRegistered(field="address")
    scan = Scan(site=site, address=url, scheduled=scheduled)
    scan.depth = scan.depth if depth is None else depth
    scan.pages = scan.pages if pages is None else pages
    _check_limits(scan)
    try:
        with transaction.atomic():
            scan.save()
    except IntegrityError as error:
        if "cookies_scan_one_at_a_time" not in str(error):
            raise
        raise BeingScanned from error
    return scan


def ask_and_queue(address: str, *, depth: int | None = None, pages: int | None = None, scheduled: bool = False) -> Scan:
    """For whoever does not wait for it. Raises Refusal."""
    # Here, because the task leads back to this package.
    from consents.cookies.tasks import run_scan

    scan = ask(address, depth=depth, pages=pages, scheduled=scheduled)
    run_scan.delay_on_commit(str(scan.pk))  # type: ignore[attr-defined]  # celery-types does not know Django's tasks
    return scan


def _checked(url: str) -> str:
    """With its query, which some sites need; without a name and a password, which nobody is to read in a report."""
    if not origin_of(url) or "@" in urlsplit(url).netloc or not url.isprintable() or " " in url:
        raise NotAnAddress
    page = page_of(url)
    if len(page) > LONGEST_ADDRESS:
        raise NotAnAddress
    return page


def _check_limits(scan: Scan) -> None:
    try:
        scan.clean_fields(exclude={field.name for field in Scan._meta.fields} - LIMITS)
    except ValidationError as error:
        field, words = next(iter(error.message_dict.items()))
        raise OutOfBounds(" ".join(words), field=field) from error
