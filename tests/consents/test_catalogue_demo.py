"""The texts of the demo are our own, and say what the real policy promises."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import QuerySet

from consents.catalogue.kinds import RecipientKind
from consents.catalogue.load import load
from consents.catalogue.models import DataCategory, Purpose, Recipient, Service
from consents.cookies.models import Tracker
from consents.policies.import_text import anchors

DEMO = Path(settings.BASE_DIR) / "privacycenter" / "demo"
REAL_POLICY = Path(settings.BASE_DIR).parent / "shared/data/hotsales-privacy-policy.txt"
PARTS = ["applies", "collect", "use it for", "share", "protect", "young people", "changes"]


def part(version: str, number: int) -> str:
    text = (DEMO / f"policy-{version}.en.md").read_text()
    return re.split(r"^## ", text, flags=re.MULTILINE)[number]


def items(text: str) -> int:
    return len(re.findall(r"^\d+\. ", text.partition("\n")[2], flags=re.MULTILINE))


@pytest.mark.parametrize(("version", "parts"), [("1.0", 7), ("2.0", 8)])
def test_a_version_has_the_seven_parts_in_order(version: str, parts: int) -> None:
    text = (DEMO / f"policy-{version}.en.md").read_text()
    headings = re.findall(r"^## (\d)\. (.+)$", text, flags=re.MULTILINE)
    # The title is a column of its own, so the text begins with its first paragraph.
    assert not text.startswith("#")
    assert [int(number) for number, _title in headings] == list(range(1, parts + 1))
    assert all(word in title for word, (_number, title) in zip(PARTS, headings, strict=False))
    assert len(set(anchors(title for _number, title in headings))) == parts


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_version_has_six_collections_nine_uses_and_ten_cases_of_sharing(version: str) -> None:
    assert [items(part(version, number)) for number in (2, 3, 4)] == [6, 9, 10]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_the_organisation_is_named_by_its_placeholder_only(version: str) -> None:
    text = (DEMO / f"policy-{version}.en.md").read_text()
    assert "{{ organisation }}" in text
    assert "{" not in text.replace("{{ organisation }}", "")
    assert "HOTSALES" not in text


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_no_sentence_is_copied_from_the_real_policy(version: str) -> None:
    if not REAL_POLICY.exists():
        pytest.skip("The real policy is not beside this checkout (../shared/data/hotsales-privacy-policy.txt).")
    ours = re.findall(r"\w+", (DEMO / f"policy-{version}.en.md").read_text().lower())
    theirs = re.findall(r"\w+", REAL_POLICY.read_text().lower())
    runs = {tuple(theirs[at : at + 9]) for at in range(len(theirs) - 8)}
    assert [run for at in range(len(ours) - 8) if (run := tuple(ours[at : at + 9])) in runs] == []


def test_the_second_version_says_what_changed() -> None:
    assert "tracking" in (DEMO / "policy-2.0.en.summary.md").read_text()
    assert part("1.0", 4) != part("2.0", 4)


CATEGORIES = {"registration", "payment", "device-log", "location", "search-browsing", "messages", "content-metadata"}
ESSENTIAL = {"service", "security", "analysis", "software-updates", "legal-duties", "disputes", "emergencies"}
OPTIONAL = {
    *("marketing-mail", "marketing-push", "recommendations", "third-party-promotion", "partner-sharing"),
    *("ads", "ads-adnorth", "ads-bidway", "surveys", "cookies-analytics", "cookies-marketing", "other-with-consent"),
}


def slugs(entries: QuerySet[Any]) -> set[str]:
    return set(entries.values_list("slug", flat=True))


@pytest.mark.django_db
def test_the_catalogue_of_the_demo_loads_and_names_everything_of_the_policy() -> None:
    load((DEMO / "catalogue.yaml").read_bytes())
    assert slugs(DataCategory.objects.current()) == CATEGORIES
    assert slugs(Purpose.objects.optional()) == OPTIONAL
    assert slugs(Purpose.objects.essential()) == ESSENTIAL
    assert set(Recipient.objects.values_list("kind", flat=True)) == set(RecipientKind.values)


@pytest.mark.django_db
def test_every_entry_of_the_demo_is_told_in_every_language() -> None:
    load((DEMO / "catalogue.yaml").read_bytes())
    languages = {code for code, _name in settings.LANGUAGES}
    for model in (DataCategory, Recipient, Service, Purpose, Tracker):
        for entry in model.objects.all():
            assert set(entry.texts.values_list("language", flat=True)) == languages, entry.slug


@pytest.mark.django_db
def test_every_category_and_recipient_of_the_demo_is_used() -> None:
    load((DEMO / "catalogue.yaml").read_bytes())
    assert not DataCategory.objects.filter(purposes=None).exists()
    assert not Recipient.objects.filter(purposes=None).exists()
    assert not Service.objects.filter(purposes=None).exists()


@pytest.mark.django_db
def test_what_sells_or_shares_data_or_targets_advertising_is_ended_by_gpc() -> None:
    load((DEMO / "catalogue.yaml").read_bytes())
    ended = slugs(Purpose.objects.filter(gpc=True))
    assert ended == {"ads", "ads-adnorth", "ads-bidway", "partner-sharing", "cookies-marketing"}
    partners = Purpose.objects.optional().filter(recipients__kind=RecipientKind.PARTNER)
    assert slugs(partners) <= ended


@pytest.mark.django_db
def test_the_vendors_of_advertising_are_chosen_one_by_one() -> None:
    load((DEMO / "catalogue.yaml").read_bytes())
    vendors = {part.slug: part.vendor.slug for part in Purpose.objects.filter(parent__slug="ads") if part.vendor}
    assert vendors == {"ads-adnorth": "adnorth", "ads-bidway": "bidway"}


@pytest.mark.django_db
def test_the_cookies_of_the_demo_are_those_that_the_portal_sets() -> None:
    load((DEMO / "catalogue.yaml").read_bytes())
    named = dict(Tracker.objects.needed().values_list("name", "lifetime"))
    assert {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "messages"} <= {
        *named
    }
    assert named[settings.SESSION_COOKIE_NAME] == f"P{settings.SESSION_COOKIE_AGE // 86400}D"
    assert named[settings.CSRF_COOKIE_NAME] == f"P{settings.CSRF_COOKIE_AGE // 86400}D"
    assert settings.LANGUAGE_COOKIE_AGE is None
    assert named[settings.LANGUAGE_COOKIE_NAME] == ""
