"""Writing drafts: from nothing, from a file, from the version before. Publishing them is another act."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from consents.policies.import_text import decode, to_markdown
from consents.policies.models import Document, Version, VersionText


class Published(Refusal):
    code = "already-published"
    field = "number"
    status = 409
    message = _("The version with this number is published and can not change.")


class Unusable(Refusal):
    code = "invalid"


@transaction.atomic
def draft(
    document: str, *, language: str, title: str, body: str, summary: str = "", number: str = "", material: bool = False
) -> VersionText:
    """A text of a draft: of the version `number`, else of the newest draft there is, else of the next version.

    Makes the document where there is none. A text that the draft has in this language is replaced.
    """
    owner, _created = Document.objects.get_or_create(slug=document, defaults={"title": title})
    _valid(owner)
    owner = Document.objects.select_for_update().get(pk=owner.pk)
    version = _version(owner, number)
    if version.is_published:
        raise Published
    if material:
        version.material = True
    _valid(version)
    version.save()
    text = VersionText.objects.filter(version=version, language=language).first()
    text = text or VersionText(version=version, language=language)
    text.title, text.body, text.summary = title, body, summary or text.summary
    _valid(text)
    text.save()
    return text


def draft_from_file(data: bytes, *, document: str, language: str, number: str = "", title: str = "") -> VersionText:
    """From a plain text, as people type it. Raises Refusal in words where it is none."""
    imported = to_markdown(decode(data))
    return draft(
        document, language=language, title=title or imported.title or document, body=imported.body, number=number
    )


@transaction.atomic
def next_version(version: Version) -> Version:
    """A draft that begins with the texts of this version, under the next number."""
    document = Document.objects.select_for_update().get(pk=version.document_id)
    following = Version.objects.create(document=document, number=next_number(document))
    VersionText.objects.bulk_create(
        VersionText(version=following, language=text.language, title=text.title, body=text.body)
        for text in version.texts.all()
    )
    return following


def next_number(document: Document) -> str:
    parts = [version.number_parts for version in document.versions.all()]
    if not parts:
        return "1.0"
    major, minor = max(parts)
    return f"{major}.{minor + 1}"


def _version(document: Document, number: str) -> Version:
    versions = document.versions.select_for_update()
    if number:
        return versions.filter(number=number).first() or Version(document=document, number=number)
    newest = versions.filter(state=Version.State.DRAFT).order_by("-id").first()
    return newest or Version(document=document, number=next_number(document))


def _valid(row: Document | Version | VersionText) -> None:
    try:
        row.full_clean(exclude=["id"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Unusable(" ".join(messages), field="number" if field == "__all__" else field) from error
