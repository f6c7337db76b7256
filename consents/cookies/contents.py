"""The section "cookies" of the catalogue file."""

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from consents.catalogue.sections import Duration, Link, OneOf, Row, Rows, Section, Words, register
from consents.cookies.models import HOST, REQUEST_WORDS, LegalException, Party, Site, Storage, Tracker


def _lawful(row: Row, rows: Rows) -> Iterator[str]:
    if row.values["party"] == Party.THIRD and not row.values["provider"]:
        yield _("Another company must be named: “provider” is missing.")
    if row.values["storage"] == Storage.REQUEST and not _is_request(row):
        yield str(REQUEST_WORDS)
    purpose = rows["purposes"][row.values["purpose"].slug]
    if purpose.values["essential"] and not row.values["legal_exception"]:
        yield _("Its purpose is not a matter of consent, so “exception” must say why it may be used without.")
    site = row.values["site_id"]
    if site is not None and not Site.objects.filter(slug=site).exists():
        yield _("There is no site “%(slug)s”. Staff make it, in the admin.") % {"slug": site}


def _is_request(row: Row) -> bool:
    named = re.fullmatch(HOST, row.values["name"]) is not None
    return named and row.values["party"] == Party.THIRD and not row.values["lifetime"]


def _site(row: Row) -> dict[str, Any]:
    """A form says nothing by an empty text."""
    return {"site_id": row.values["site_id"] or None}


def register_sections() -> None:
    register(
        Section(
            "cookies",
            Tracker,
            {
                "name": Words(required=True),
                "storage": OneOf(choices=Storage, required=True),
                "party": OneOf(choices=Party, required=True),
                "provider": Words(),
                "lifetime": Duration(),
                "exception": OneOf(choices=LegalException, column="legal_exception"),
                "purpose": Link(section="purposes", required=True),
                "site": Words(longest=64, column="site_id", default=None),
            },
            required=False,
            derived=_site,
            rule=_lawful,
        )
    )
