"""Purposes as rows of the preference centre."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.subjects.models import Subject
from consents.catalogue.kinds import LegalBasis
from consents.catalogue.models import Purpose
from consents.choices.forms import ChoicesForm, answer_name, text_name
from consents.choices.models import Current
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


def optional_rows(form: ChoicesForm, viewer: Subject) -> list[Row]:
    return [_optional(form, purpose, choice, viewer) for purpose, choice in form.standing]


def essential_rows(purposes: Iterable[Purpose]) -> list[Row]:
    return [Row(**_described(purpose)) for purpose in purposes]


def _optional(form: ChoicesForm, purpose: Purpose, choice: Current | None, viewer: Subject) -> Row:
    field = form[answer_name(purpose)]
    return Row(
        **_described(purpose),
        decision=field.value(),
        line=sentence(choice.event, viewer) if choice else "",
        error=" ".join(map(str, field.errors)),
    )


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
