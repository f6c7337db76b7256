"""What a reader of a version is shown beside it."""

from consents.notices.write import nearest
from consents.policies.models import Version, VersionText


def before(version: Version) -> Version | None:
    """The version that was published before this one; for a draft, the last one published."""
    published = Version.objects.published().filter(document=version.document_id).order_by("-sequence")
    return (published.filter(sequence__lt=version.sequence) if version.sequence else published).first()


def after(version: Version) -> Version | None:
    """The version that was published after this one."""
    published = Version.objects.published().filter(document=version.document_id)
    return published.filter(sequence__gt=version.sequence or 0).order_by("sequence").first()


def in_one_language(old: Version, new: Version, wanted: str) -> tuple[VersionText, VersionText]:
    """The texts of two versions, in the language wanted or the nearest that both have. Each has some text."""
    codes = sorted({text.language for text in old.texts.all()} & {text.language for text in new.texts.all()})
    language = nearest(wanted, codes) if codes else wanted
    texts = old.text_in(language), new.text_in(language)
    assert texts[0] is not None
    assert texts[1] is not None
    return texts[0], texts[1]
