"""Purposes as rows of the preference centre."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.subjects.models import Subject
from consents.catalogue.durations import in_words
from consents.catalogue.kinds import LegalBasis
from consents.catalogue.models import Purpose, Recipient
from consents.choices import law
from consents.choices.changes import changes
from consents.choices.forms import ChoicesForm, answer_name, text_name, version_name
from consents.choices.models import Current, Decision
from consents.choices.words import sentence
from consents.webhooks.told import Told, told


@dataclass(frozen=True)
class Detail:
    name: str
    note: str = ""


@dataclass(frozen=True)
class Row:
    """What `parts/choice_row.html` shows."""

    field_name: str
    name: str
    sentence: str
    text_name: str = ""
    text_sha256: str = ""
    version_name: str = ""
    version: int = 1
    slug: str = ""
    essential: bool = False
    gpc: bool = False
    categories: Sequence[Detail] = ()
    recipients: Sequence[Detail] = ()
    service: str = ""
    retention: str = ""
    validity: str = ""
    legal_basis: str = ""
    decision: str | None = None
    # Why the person is asked anew: in two words, and in a sentence.
    mark: str = ""
    why: str = ""
    changes: Sequence[str] = ()
    line: str = ""
    receipt_href: str = ""
    # Which systems heard of a no.
    told: Sequence[Told] = ()
    error: str = ""
    parts: Sequence["Row"] = ()


def optional_rows(form: ChoicesForm, subject: Subject, viewer: Subject) -> list[Row]:
    """In the order of the catalogue, each with its parts inside."""
    outdated = [(purpose, choice) for purpose, choice in form.standing if choice and choice.is_outdated(purpose)]
    more = changes(outdated)
    heard = told(
        choice.event_id for _purpose, choice in form.standing if choice and choice.decision != Decision.GRANTED
    )
    rows = {
        purpose.pk: replace(
            _optional(form, purpose, choice, subject, viewer),
            changes=more.get(purpose.pk, ()),
            told=heard.get(choice.event_id, ()) if choice else (),
        )
        for purpose, choice in form.standing
    }
    parts: dict[UUID | None, list[UUID]] = {}
    for purpose, _choice in form.standing:
        parts.setdefault(purpose.parent_id if purpose.parent_id in rows else None, []).append(purpose.pk)
    return _with_parts(rows, parts, None)


def _with_parts(rows: Mapping[UUID, Row], parts: Mapping[UUID | None, list[UUID]], whole: UUID | None) -> list[Row]:
    return [replace(rows[pk], parts=_with_parts(rows, parts, pk)) for pk in parts.get(whole, ())]


def asked_again(rows: Iterable[Row]) -> list[Row]:
    """What was decided once and must be decided anew."""
    return [row for row in _each(rows) if row.mark]


def honoured(rows: Iterable[Row]) -> list[Row]:
    """What a browser's privacy signal says no to, and is not done."""
    return [row for row in _each(rows) if row.gpc and row.decision != Decision.GRANTED]


def _each(rows: Iterable[Row]) -> Iterator[Row]:
    """The parts too."""
    for row in rows:
        yield row
        yield from _each(row.parts)


def essential_rows(purposes: Iterable[Purpose]) -> list[Row]:
    rows = [Row(**_described(purpose), essential=True) for purpose in purposes]
    return [
        replace(row, line=_("Always on. The basis: %(basis)s") % {"basis": row.legal_basis}, legal_basis="")
        for row in rows
    ]


def _optional(form: ChoicesForm, purpose: Purpose, choice: Current | None, subject: Subject, viewer: Subject) -> Row:
    field = form[answer_name(purpose)]
    mark, why = _asked(purpose, choice)
    period = law.validity(purpose, subject.jurisdiction)
    return Row(
        **_described(purpose),
        decision=field.value(),
        mark=mark,
        why=why,
        line=_line(choice, subject, viewer),
        receipt_href=choice.event.get_absolute_url() if choice else "",
        validity=_("%(period)s, then we ask you again") % {"period": in_words(period)} if period else "",
        error=" ".join(map(str, field.errors)),
    )


def _asked(purpose: Purpose, choice: Current | None) -> tuple[str, str]:
    """Why the person is asked anew, in two words and in a sentence; none: they are not."""
    if choice is None:
        return "", ""
    if choice.is_outdated(purpose):
        return _("Changed since you decided"), _changed(choice)
    if choice.is_over(timezone.now()):
        return _("Expired"), _("A yes to this holds for a time only, and that time is over. It is not done any more.")
    return "", ""


def _changed(choice: Current) -> str:
    if choice.decision == Decision.GRANTED:
        return _("This means more today than when it was allowed, so it is not done until you allow it anew.")
    return _("This means more today than when it was refused. It is still not done.")


def _line(choice: Current | None, subject: Subject, viewer: Subject) -> str:
    if choice is None:
        return _("You have not decided yet.") if subject == viewer else _("Nobody has decided yet.")
    said = sentence(choice.event, subject, viewer)
    if choice.expires_at is None or choice.is_over(timezone.now()):
        return said
    until = date_format(timezone.localtime(choice.expires_at), "DATE_FORMAT")
    return _("%(said)s, until %(day)s") % {"said": said, "day": until}


def _described(purpose: Purpose) -> dict[str, Any]:
    basis = LegalBasis(purpose.legal_basis)
    return {
        "slug": purpose.slug,
        "gpc": purpose.gpc,
        "field_name": answer_name(purpose),
        "text_name": text_name(purpose),
        "text_sha256": purpose.text.sha256,
        "version_name": version_name(purpose),
        "version": purpose.version,
        "name": purpose.text.name,
        "sentence": purpose.text.description,
        "service": purpose.service.text.name if purpose.service else "",
        "categories": [Detail(each.text.name, each.text.description) for each in purpose.categories.all()],
        "recipients": [Detail(each.text.name, _recipient(each)) for each in purpose.recipients.all()],
        "retention": purpose.retention.duration,
        "legal_basis": _("%(basis)s (GDPR Art. %(article)s)") % {"basis": basis.label, "article": basis.article},
    }


def _recipient(recipient: Recipient) -> str:
    """ "Company of our group, in CN (Standard contractual clauses)"."""
    kind = recipient.get_kind_display()
    if not recipient.country:
        return kind
    words = {"kind": kind, "country": recipient.country, "safeguard": recipient.get_safeguard_display()}
    if not recipient.safeguard:
        return _("%(kind)s, in %(country)s") % words
    return _("%(kind)s, in %(country)s (%(safeguard)s)") % words
