"""Purposes as rows of the preference centre."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from accounts.subjects.models import Subject
from consents.catalogue.kinds import LegalBasis
from consents.catalogue.models import Purpose
from consents.choices.forms import ChoicesForm, answer_name, text_name
from consents.choices.words import sentence


@dataclass(frozen=True)
class Row:
    """What `parts/choice_row.html` shows."""

    field_name: str
    text_name: str
    text_sha256: str
    name: str
    sentence: str
    categories: Sequence[str]
    recipients: Sequence[str]
    retention: str
    legal_basis: str
    decision: str | None = None
    line: str = ""
    error: str = ""


def optional_rows(form: ChoicesForm, subject: Subject, viewer: Subject) -> list[Row]:
    undecided = _("You have not decided yet.") if subject == viewer else _("Nobody has decided yet.")
    rows = []
    for purpose, choice in form.standing:
        field = form[answer_name(purpose)]
        row = Row(
            **_described(purpose),
            decision=field.value(),
            line=sentence(choice.event, viewer) if choice else undecided,
            error=" ".join(map(str, field.errors)),
        )
        rows.append(row)
    return rows


def essential_rows(purposes: Iterable[Purpose]) -> list[Row]:
    rows = [Row(**_described(purpose)) for purpose in purposes]
    return [replace(row, line=_("Always on. The basis: %(basis)s") % {"basis": row.legal_basis}) for row in rows]


def _described(purpose: Purpose) -> dict[str, Any]:
    basis = LegalBasis(purpose.legal_basis)
    return {
        "field_name": answer_name(purpose),
        "text_name": text_name(purpose),
        "text_sha256": purpose.text.sha256,
        "name": purpose.text.name,
        "sentence": purpose.text.description,
        "categories": [category.text.name for category in purpose.categories.all()],
        "recipients": [recipient.text.name for recipient in purpose.recipients.all()],
        "retention": purpose.retention.duration,
        "legal_basis": _("%(basis)s (GDPR Art. %(article)s)") % {"basis": basis.label, "article": basis.article},
    }
