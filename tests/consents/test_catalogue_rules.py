"""What the database itself refuses to hold in the catalogue, and how the catalogue is asked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from consents.catalogue.durations import in_words, is_duration
from consents.catalogue.kinds import LegalBasis, RecipientKind, RetentionEvent
from consents.catalogue.models import DataCategory, Purpose, PurposeText, Recipient, Retention
from consents.catalogue.text_hash import text_hash

pytestmark = pytest.mark.django_db


def retention(**values: Any) -> Retention:
    return Retention.objects.create(**{"slug": "account", "counts_from": "account-closed", **values})


def purpose(slug: str = "news", **values: Any) -> Purpose:
    kept = Retention.objects.first() or retention()
    return Purpose.objects.create(
        **{"slug": slug, "essential": False, "legal_basis": "consent", "retention": kept, **values}
    )


# Constraints


@pytest.mark.parametrize(
    ("constraint", "make"),
    [
        ("catalogue_purpose_optional_by_consent", lambda: purpose(essential=True)),
        ("catalogue_purpose_optional_by_consent", lambda: purpose(legal_basis="contract")),
        ("catalogue_purpose_legal_basis", lambda: purpose(essential=True, legal_basis="because")),
        ("catalogue_purpose_channel", lambda: purpose(channel="pigeon")),
        ("catalogue_purpose_slug", lambda: purpose("News")),
        ("catalogue_purpose_slug", lambda: purpose("news--mail")),
        ("catalogue_purpose_slug", lambda: purpose("")),
        ("catalogue_datacategory_slug", lambda: DataCategory.objects.create(slug="a b")),
        ("catalogue_recipient_slug", lambda: Recipient.objects.create(slug="-a", kind="partner")),
        ("catalogue_recipient_kind", lambda: Recipient.objects.create(slug="a", kind="friend")),
        ("catalogue_recipient_country", lambda: Recipient.objects.create(slug="a", kind="partner", country="d1")),
        ("catalogue_recipient_safeguard", lambda: Recipient.objects.create(slug="a", kind="partner", safeguard="hope")),
        ("catalogue_retention_slug", lambda: retention(slug="a\n")),
        ("catalogue_retention_counts_from", lambda: retention(counts_from="new-year")),
        ("catalogue_retention_period", lambda: retention(period="30 days")),
        ("catalogue_retention_period", lambda: retention(period="P")),
        ("catalogue_retention_ends", lambda: retention(counts_from="collected")),
    ],
)
def test_the_database_refuses(constraint: str, make: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make()


def test_a_purpose_can_not_be_part_of_itself() -> None:
    news = purpose()
    with pytest.raises(IntegrityError, match="not_its_own_parent"):
        Purpose.objects.filter(pk=news.pk).update(parent=news)


def test_a_purpose_has_one_text_per_language() -> None:
    news = purpose()
    PurposeText.objects.create(purpose=news, language="en", name="News")
    with pytest.raises(IntegrityError, match="purposetext_once"):
        PurposeText.objects.create(purpose=news, language="en", name="Novelties")


def test_no_way_of_writing_leaves_an_old_hash_beside_new_words() -> None:
    PurposeText.objects.create(purpose=purpose(), language="en", name="News")
    refused = pytest.raises(IntegrityError, match="purposetext_sha256")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalogue_purposetext SET name = 'Sale'")


@pytest.mark.parametrize(
    ("name", "description"),
    [("News", "We write."), ("Cafe\u0301", "\u0301 100 % 'O'' \\n {x}"), ("中", ""), ("", "\n")],
)
def test_the_database_and_we_compute_the_same_hash(name: str, description: str) -> None:
    text = PurposeText.objects.create(purpose=purpose(), language="en", name=name, description=description)
    assert text.sha256 == text_hash(name, description)


def test_the_hash_does_not_depend_on_how_an_accent_is_typed() -> None:
    assert text_hash("Cafe\u0301", "x") == text_hash("Café", "x")
    assert text_hash("News", "We write.") == "34bb42bbde10f98d3e1cf2b4198e32d8297e8caaa66fa63ed86ab278b8075c72"


# Queries


def test_current_leaves_out_what_was_retired() -> None:
    purpose("old", retired_at="2026-01-01T00:00Z")
    purpose("new")
    assert [each.slug for each in Purpose.objects.current()] == ["new"]


def test_optional_is_what_a_person_may_choose() -> None:
    purpose("news")
    purpose("service", essential=True, legal_basis="contract")
    assert [each.slug for each in Purpose.objects.optional()] == ["news"]
    assert [each.slug for each in Purpose.objects.essential()] == ["service"]


def test_purposes_come_in_their_order() -> None:
    purpose("b", position=1)
    purpose("a", position=2)
    assert [each.slug for each in Purpose.objects.current()] == ["b", "a"]


@pytest.mark.parametrize(
    ("languages", "asked", "found"),
    [
        (["en", "de"], "de", "de"),
        (["en", "de"], "de-at", "de"),
        (["en", "de-at", "de"], "de-AT", "de-at"),
        (["en", "de"], "fr", "en"),
        (["de", "fr"], "it", "de"),
    ],
)
def test_a_text_is_in_the_language_asked_for_or_in_the_nearest(languages: list[str], asked: str, found: str) -> None:
    news = purpose()
    for language in languages:
        PurposeText.objects.create(purpose=news, language=language, name=f"News in {language}")
    assert Purpose.objects.with_texts(asked).get().text.name == f"News in {found}"


def test_without_a_language_the_reader_s_own_counts() -> None:
    news = purpose()
    for language in ("en", "de"):
        PurposeText.objects.create(purpose=news, language=language, name=f"News in {language}")
    with override("de"):
        assert Purpose.objects.with_texts().get().text.name == "News in de"
        assert Purpose.objects.get().text.name == "News in de"


def test_an_entry_without_any_text_is_called_by_its_slug() -> None:
    purpose("news")
    assert Purpose.objects.with_texts("en").get().text.name == "news"


def test_details_cost_the_same_number_of_queries_for_any_number_of_purposes(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    category = DataCategory.objects.create(slug="registration")
    recipient = Recipient.objects.create(slug="partners", kind=RecipientKind.PARTNER)
    for slug in "abcdef":
        one = purpose(slug)
        one.categories.add(category)
        one.recipients.add(recipient)
    with django_assert_num_queries(8):
        for each in Purpose.objects.current().with_details("en"):
            assert each.text.name
            assert [one.text.name for one in each.categories.all()] == ["registration"]
            assert [one.text.name for one in each.recipients.all()] == ["partners"]
            assert each.retention.text.name


# Words


def test_legal_bases_name_their_article() -> None:
    assert LegalBasis.CONSENT.article == "6(1)(a)"
    assert LegalBasis.LEGITIMATE_INTERESTS.article == "6(1)(f)"


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        ("P1D", "1 day"),
        ("P13M", "13 months"),
        ("P1Y6M", "1 year, 6 months"),
        ("PT30M", "30 minutes"),
        ("P2W", "2 weeks"),
    ],
)
def test_a_duration_is_told_in_words(duration: str, words: str) -> None:
    assert in_words(duration) == words


@pytest.mark.parametrize("text", ["", "P", "PT", "1D", "P1", "P1DT", "P-1D", "P1.5D", "P1D\n", "P99999D", "P1D1Y"])
def test_what_is_no_duration(text: str) -> None:
    assert not is_duration(text)


def test_a_retention_says_when_it_ends() -> None:
    closed = RetentionEvent.ACCOUNT_CLOSED
    assert Retention(counts_from=closed, period="P30D").duration == "30 days after you close your account"
    assert Retention(counts_from=closed).duration == "Until you close your account"
