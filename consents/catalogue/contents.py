"""The sections of the catalogue file that belong to this room."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.catalogue.kinds import OPENING_EVENTS, Channel, LegalBasis, RecipientKind, RetentionEvent, Safeguard
from consents.catalogue.models import DataCategory, Purpose, Recipient, Retention, Service
from consents.catalogue.sections import (
    Duration,
    Durations,
    Flag,
    Link,
    Links,
    Number,
    OneOf,
    Row,
    Rows,
    Section,
    Words,
    register,
)

COUNTRY = Words(pattern="[A-Z]{2}", hint=gettext_lazy("A country is two capital letters of ISO 3166."))


def _ends(row: Row, rows: Rows) -> Iterator[str]:
    if row.values["counts_from"] in OPENING_EVENTS and not row.values["period"]:
        yield _("What counts from its collection or last use needs a period.")


def _sound(row: Row, rows: Rows) -> Iterator[str]:
    yield from _not_its_own_ancestor(row, rows)
    yield from _within_its_whole(row, rows)
    version, asks_since = row.values["version"], row.values["asks_since"]
    if asks_since is not None and (version is None or asks_since > version):
        yield _("“asks_since” must be a version up to the one that “version” says.")
    if row.values["essential"] and (row.values["gpc"] or row.values["validity"] or row.values["validities"]):
        yield _("Only what rests on consent expires or is ended by GPC.")


def _within_its_whole(row: Row, rows: Rows) -> Iterator[str]:
    """Whoever reads the whole has read of all that its parts do; so a part can stand for one vendor."""
    if not row.values["parent"]:
        return
    whole = rows["purposes"][row.values["parent"].slug]
    for column in ("categories", "recipients"):
        known = {reference.slug for reference in whole.values[column]}
        for reference in row.values[column]:
            if reference.slug not in known:
                words = _("“%(slug)s” is not in the %(section)s of “%(whole)s”, which this is a part of.")
                yield words % {"slug": reference.slug, "section": column, "whole": whole.slug}


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
            "validity": Duration(),
            "validities": Durations(),
            "gpc": Flag(),
            "version": Number(),
            "asks_since": Number(follows="version"),
        },
        described=True,
        derived=_essential,
        rule=_sound,
    ),
)


def register_sections() -> None:
    for section in SECTIONS:
        register(section)
