"""What a reader of a version is shown beside it."""

from django.conf import settings
from django.utils.translation import get_language

from consents.notices.write import nearest
from consents.policies.models import Version, VersionText


def before(version: Version) -> Version | None:
    """The version that was published before this one; for a draft, the last one published."""
    published = Version.objects.published().filter(document=version.document_id).order_by("-sequence")
    return (published.filter(sequence__lt=version.sequence) if version.sequence else published).first()


def in_one_language(old: Version, new: Version) -> tuple[VersionText, VersionText]:
    """The texts of two versions, in the reader's language or the nearest that both have. Each has some text."""
    codes = sorted({text.language for text in old.texts.all()} & {text.language for text in new.texts.all()})
    wanted = get_language() or settings.LANGUAGE_CODE
    language = nearest(wanted, codes) if codes else wanted
    texts = old.text_in(language), new.text_in(language)
    assert texts[0] is not None
    assert texts[1] is not None
    return texts[0], texts[1]
