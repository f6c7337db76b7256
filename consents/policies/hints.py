"""What the catalogue says has changed since a version of a policy: it helps to decide whether the next is material."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from consents.catalogue.meaning import changes
from consents.catalogue.models import Purpose, PurposeVersion
from consents.catalogue.told import told_of
from consents.policies.models import Version


class Hint(NamedTuple):
    """`weighty`: more data, more recipients, another use or a longer time, and never less of it."""

    name: str
    sentences: list[str]
    weighty: bool


def purposes_now() -> dict[str, int]:
    """Slug and version of each purpose there is: what a policy that is published now is about."""
    return dict(Purpose.objects.current().values_list("slug", "version"))


def hints(previous: Version) -> list[Hint]:
    """By how the catalogue differs from what `previous` is tied to, weighty ones first."""
    before: dict[str, int] = previous.catalogue
    purposes = {purpose.slug: purpose for purpose in Purpose.objects.with_texts()}
    now = {slug: purpose for slug, purpose in purposes.items() if purpose.retired_at is None}
    found = [Hint(now[slug].text.name, [_("This purpose is new.")], True) for slug in now if slug not in before]
    found += _changed({slug: number for slug, number in before.items() if slug in now}, now)
    # A use that ends takes nothing from anybody, but a promise may hang on it.
    gone = [slug for slug in before if slug not in now]
    found += [Hint(purposes[slug].text.name, [_("This purpose is over.")], False) for slug in gone]
    return sorted(found, key=lambda hint: not hint.weighty)


def _changed(before: Mapping[str, int], now: Mapping[str, Purpose]) -> list[Hint]:
    changed = {slug: number for slug, number in before.items() if now[slug].version != number}
    meant = PurposeVersion.objects.filter(purpose__slug__in=changed).select_related("purpose")
    meanings = {(each.purpose.slug, each.number): each.meaning for each in meant}
    found = {
        slug: changes(meanings[slug, number], meanings[slug, now[slug].version]) for slug, number in changed.items()
    }
    return [
        Hint(
            now[slug].text.name,
            sentences or [_("It is described in other words.")],
            any(change.asks for change in found[slug]),
        )
        for slug, sentences in told_of(found).items()
    ]
