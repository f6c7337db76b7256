"""The section "cookies" of the catalogue file."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from consents.catalogue.sections import Duration, Link, OneOf, Row, Rows, Section, Words, register
from consents.cookies.models import LegalException, Party, Storage, Tracker


def _lawful(row: Row, rows: Rows) -> Iterator[str]:
    if row.values["party"] == Party.THIRD and not row.values["provider"]:
        yield _("Another company must be named: “provider” is missing.")
    purpose = rows["purposes"][row.values["purpose"].slug]
    if purpose.values["essential"] and not row.values["legal_exception"]:
        yield _("Its purpose is not a matter of consent, so “exception” must say why it may be used without.")


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
            },
            required=False,
            rule=_lawful,
        )
    )
