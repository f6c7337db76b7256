"""Why a mail was not sent, in words for staff. The rows keep codes, as the words of mail servers quote addresses."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORDS: dict[str, str | Promise] = {
    "cancelled": gettext_lazy("The notice was cancelled before its turn came"),
    "not-allowed": gettext_lazy("The person does not allow it any more"),
    "erased": gettext_lazy("The person is erased"),
    "erasure-asked": gettext_lazy("The person has asked to be erased"),
    "no-address": gettext_lazy("No address is known"),
    "invalid-address": gettext_lazy("The address is none that mail can be sent to"),
    "unknown": gettext_lazy("Given up, as each try ended with the worker’s death"),
    "connection": gettext_lazy("The connection to the mail server broke"),
    "internal": gettext_lazy("The mail could not be written; the log of the workers says why"),
}
BY_SERVER = re.compile(r"(smtp|sender)-(\d{3})")


def in_words(code: str) -> str:
    """The code itself where nobody has found words for it."""
    if found := BY_SERVER.fullmatch(code):
        return _by_server(*found.groups())
    return str(WORDS.get(code, code))


def _by_server(whom: str, number: str) -> str:
    if whom == "sender":
        return _("The mail server refuses us as the sender (%(number)s)") % {"number": number}
    if number.startswith("5"):
        return _("The mail server refused it for good (%(number)s)") % {"number": number}
    return _("The mail server refused it for now (%(number)s)") % {"number": number}
