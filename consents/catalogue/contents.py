"""The sections of the catalogue file that belong to this room."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.catalogue.kinds import OPENING_EVENTS, Channel, LegalBasis, RecipientKind, RetentionEvent, Safeguard
from consents.catalogue.models import DataCategory, Purpose, Recipient, Retention, Service
from consents.catalogue.sections import Duration, Flag, Link, Links, OneOf, Row, Rows, Section, Words, register

COUNTRY = Words(pattern="[A-Z]{2}", hint=gettext_lazy("A country is two capital letters of ISO 3166."))


def _ends(row: Row, rows: Rows) -> Iterator[str]:
    if row.values["counts_from"] in OPENING_EVENTS and not row.values["period"]:
        yield _("What counts from its collection or last use needs a period.")


def _not_its_own_ancestor(row: Row, rows: Rows) -> Iterator[str]:
    passed = set()
    above: Row | None = row
    while above and above.slug not in passed:
        passed.add(above.slug)
        parent = above.values["parent"]
        above = rows["purposes"][parent.slug] if parent else None
    if above and above.slug == row.slug:
        yield _("A purpose can not be part of itself.")


def _essential(row: Row) -> dict[str, Any]:
    """Whatever does not rest on consent is done without asking."""
    return {"essential": row.values["legal_basis"] != LegalBasis.CONSENT}


SECTIONS = (
    Section("categories", DataCategory, {"sensitive": Flag()}),
    Section(
        "recipients",
        Recipient,
        {
            "kind": OneOf(choices=RecipientKind, required=True),
            "country": COUNTRY,
            "safeguard": OneOf(choices=Safeguard),
        },
    ),
    Section(
        "retentions",
        Retention,
        {
            "from": OneOf(choices=RetentionEvent, column="counts_from", required=True),
            "period": Duration(),
            "law": Words(),
        },
        rule=_ends,
    ),
    Section("services", Service, {}, required=False),
    Section(
        "purposes",
        Purpose,
        {
            "basis": OneOf(choices=LegalBasis, column="legal_basis", required=True),
            "channel": OneOf(choices=Channel),
            "parent": Link(section="purposes"),
            "service": Link(section="services"),
            "categories": Links(section="categories", required=True),
            "recipients": Links(section="recipients"),
            "retention": Link(section="retentions", required=True),
        },
        described=True,
        derived=_essential,
        rule=_not_its_own_ancestor,
    ),
)


def register_sections() -> None:
    for section in SECTIONS:
        register(section)
