"""Why a paper is not entered."""

from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal


class NotEntered(Refusal):
    """Nothing was stored."""


class NoScan(NotEntered):
    code = "no-scan"
    field = "scan"
    message = _("The scan must be a PDF, a JPEG or a PNG.")


class ScanTooLarge(NotEntered):
    code = "scan-too-large"
    field = "scan"
    message = _("The scan is larger than 5 MB. Scan it in grey, or with fewer dots.")


class NotYetSigned(NotEntered):
    code = "not-yet-signed"
    field = "signed_on"
    message = _("This day is still to come.")


class EnteredBefore(NotEntered):
    code = "entered-before"
    status = 409
    message = _("This scan was entered before, for this person.")
