"""A purpose has the version of its number, whichever way it was written, and what a version meant stays."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from consents.catalogue.meaning import Change
from consents.catalogue.models import (
    DataCategory,
    DataCategoryText,
    Purpose,
    PurposeVersion,
    Recipient,
    Retention,
    Service,
)
from consents.catalogue.told import told_of
from tests.consents.purposes import make_purpose

EARLIER = datetime(2026, 1, 1, tzinfo=UTC)


def version_of(purpose: Purpose) -> PurposeVersion:
    return PurposeVersion.objects.get(purpose=purpose, number=purpose.version)


@pytest.mark.django_db
def test_a_version_says_what_the_purpose_means() -> None:
    news = make_purpose("news")
    news.categories.add(DataCategory.objects.create(slug="usage"), DataCategory.objects.create(slug="address"))
    news.recipients.add(Recipient.objects.create(slug="printer", kind="processor"))
    news.service = Service.objects.create(slug="shop")
    news.parent = make_purpose("everything")
    news.validity, news.channel = "P12M", "post"
    news.save()
    version = version_of(news)
    assert version.meaning == {
        "basis": "consent",
        "channel": "post",
        "categories": ["address", "usage"],
        "recipients": ["printer"],
        "retention": "usage",
        "kept_from": "account-closed",
        "kept_for": "",
        "service": "shop",
        "parent": "everything",
        "validity": "P12M",
        "validities": {},
    }
    assert (version.number, version.asks) == (1, True)


@pytest.mark.django_db
def test_another_number_is_another_version() -> None:
    news = make_purpose("news")
    Purpose.objects.filter(pk=news.pk).update(version=2, channel="sms")
    Purpose.objects.filter(pk=news.pk).update(version=3, asks_since=3)
    versions = PurposeVersion.objects.filter(purpose=news)
    assert [(each.number, each.asks, each.meaning["channel"]) for each in versions] == [
        (1, True, ""),
        (2, False, "sms"),
        (3, True, "sms"),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalogue_purpose SET channel = 'sms'",
        "INSERT INTO catalogue_purpose_categories (purpose_id, datacategory_id)"
        " SELECT p.id, c.id FROM catalogue_purpose p, catalogue_datacategory c",
        "DELETE FROM catalogue_purpose_recipients",
        "UPDATE catalogue_retention SET period = 'P30D'",
    ],
)
def test_nothing_changes_its_meaning_under_its_number(statement: str) -> None:
    with transaction.atomic():
        news = make_purpose("news")
        news.recipients.add(Recipient.objects.create(slug="printer", kind="processor"))
        DataCategory.objects.create(slug="usage")
    meant = version_of(news).meaning
    with (
        pytest.raises(IntegrityError, match="catalogue_meaning_is_versioned"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.execute("UPDATE catalogue_purpose SET version = 2")
    assert PurposeVersion.objects.get(purpose=news, number=1).meaning == meant
    assert PurposeVersion.objects.get(purpose=news, number=2).meaning != meant


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalogue_purposeversion SET asks = false",
        "DELETE FROM catalogue_purposeversion",
        "TRUNCATE catalogue_purposeversion",
    ],
)
def test_a_version_is_frozen_with_the_end_of_its_transaction(statement: str) -> None:
    make_purpose("news")
    with pytest.raises(IntegrityError, match="published and can not change"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_purpose_asks_only_since_a_version_it_had() -> None:
    with pytest.raises(IntegrityError, match="catalogue_purpose_version"):
        Purpose.objects.filter(pk=make_purpose("news").pk).update(asks_since=2)


@pytest.mark.django_db
def test_retiring_a_purpose_or_mending_its_words_makes_no_version() -> None:
    news = make_purpose("news")
    Purpose.objects.filter(pk=news.pk).update(retired_at=EARLIER, position=7)
    news.texts.update(language="de")
    assert PurposeVersion.objects.count() == 1
    assert Retention.objects.count() == 1


@pytest.mark.django_db
def test_to_tell_what_changed_costs_the_same_for_one_purpose_and_for_many(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    names = {slug: DataCategory.objects.create(slug=slug) for slug in ("usage", "address")}
    for slug, category in names.items():
        DataCategoryText.objects.create(category=category, language="en", name=slug.title())
    # The entries and their words.
    with django_assert_num_queries(2):
        told = told_of({slug: [Change("categories", [slug], [], asks=True)] for slug in names})
    assert told == {"usage": ["New data: Usage."], "address": ["New data: Address."]}
