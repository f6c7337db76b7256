"""More data, more recipients or another use ask again; less of it is another version; mended words are none."""

import pytest
from django.db import transaction

from consents.catalogue import effects
from consents.catalogue.effects import Effect
from consents.catalogue.load import load, rehearsal
from consents.catalogue.models import Purpose, PurposeVersion, Retention
from consents.catalogue.told import sentences
from consents.catalogue.yaml_file import CatalogueRefused
from tests.consents.catalogues import SMALL, ads

pytestmark = pytest.mark.django_db

MORE_DATA = ("[registration]", "[registration, location]")
NEW_NUMBER = ("    basis", "    version: 2\n    basis")


def version() -> tuple[int, int]:
    """Of the purpose `ads`: its number, and since which it asks."""
    purpose = Purpose.objects.get(slug="ads")
    return purpose.version, purpose.asks_since


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (MORE_DATA, ["New data: Location."]),
        (("[registration]", "[location]"), ["New data: Location.", "No longer used: Registration details."]),
        (("[processors]", "[processors, adnorth]"), ["New recipients: AdNorth."]),
        (
            ("basis: consent", "basis: contract"),
            ["Legal basis: Our contract with you (until now: Your consent)."],
        ),
        (("    basis", "    channel: sms\n    basis"), ["Channel: Text message (until now: none)."]),
    ],
)
def test_what_means_more_asks_again(change: tuple[str, str], told: list[str]) -> None:
    load(ads())
    (raised,) = load(ads(change)).raised
    assert (raised.slug, raised.number, raised.asks) == ("ads", 2, True)
    assert sentences(raised.changes) == told
    assert version() == (2, 2)
    assert load(ads(change)).raised == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("    recipients: [processors]\n", ""), ["No longer given to: Helpers."]),
        (
            ("retention: account", "retention: account\n    service: shop"),
            ["Service: The shop (until now: none)."],
        ),
        (("    basis", "    parent: picks\n    basis"), ["Part of: Picks (until now: none)."]),
        (
            ("    basis", "    validity: P12M\n    basis"),
            ["How long consent holds: 12 months (until now: until withdrawn)."],
        ),
        (
            ("    basis", "    validities: {EU_GDPR/DE: P6M}\n    basis"),
            ["How long consent holds elsewhere: EU_GDPR/DE: 6 months (until now: none)."],
        ),
    ],
)
def test_what_means_less_is_another_version_and_asks_nobody(change: tuple[str, str], told: list[str]) -> None:
    load(ads())
    (raised,) = load(ads(change)).raised
    assert (raised.number, raised.asks) == (2, False)
    assert sentences(raised.changes) == told
    assert version() == (2, 1)
    # And back: what was left out is more again.
    (back,) = load(ads()).raised
    assert (back.number, back.asks) == (3, "consent holds" not in told[0])


def test_mended_words_are_no_version() -> None:
    load(ads())
    assert load(ads(("We show you ads.", "We show you some ads."))).raised == []
    assert version() == (1, 1)


@pytest.mark.parametrize(
    ("old", "new", "asks", "told"),
    [
        (
            "period: P30D",
            "period: P5W",
            True,
            "5 weeks after you close your account (until now: 30 days after you close your account)",
        ),
        ("period: P30D", "period: P29D", False, "29 days after"),
        ("    period: P30D\n", "", False, "Until you close your account"),
        ("account-closed", "consent-withdrawn", True, "30 days after you withdraw your consent"),
    ],
)
def test_data_kept_longer_asks_again_wherever_it_is_kept(old: str, new: str, asks: bool, told: str) -> None:
    load(ads())
    raised = load(SMALL.replace(old, new).encode()).raised
    assert [(each.slug, each.number, each.asks) for each in raised] == [("picks", 2, asks), ("ads", 2, asks)]
    assert told in sentences(raised[0].changes)[0]


def test_a_purpose_that_moves_into_a_part_of_its_whole_asks_nobody() -> None:
    inner = "  inner:\n    parent: picks\n    basis: consent\n    categories: [registration]\n"
    inner += "    retention: account\n    text: {en: {name: Inner, description: A part.}}\n"

    def file(parent: str) -> bytes:
        data = ads(("    recipients: [processors]\n", f"    parent: {parent}\n")).decode()
        return data.replace("  ads:", inner + "  ads:").encode()

    load(file("picks"))
    assert [(each.slug, each.asks) for each in load(file("inner")).raised] == [("ads", False)]
    assert [(each.slug, each.asks) for each in load(file("picks")).raised] == [("ads", True)]


# Versions that the file itself says


def test_another_use_is_declared_by_another_version() -> None:
    load(ads())
    changed = ads(NEW_NUMBER, ("We show you ads.", "We sell your name."))
    (raised,) = load(changed).raised
    assert (raised.number, raised.asks, raised.changes) == (2, True, [])
    assert version() == (2, 2)
    assert load(changed).raised == []


def test_a_declared_version_need_not_ask_where_nothing_is_more() -> None:
    load(ads())
    load(ads(("    basis", "    version: 2\n    asks_since: 1\n    basis"), ("[processors]", "[]")))
    assert version() == (2, 1)


def test_versions_of_a_file_from_elsewhere_are_kept() -> None:
    load(ads(("    basis", "    version: 7\n    asks_since: 5\n    basis")))
    assert version() == (7, 5)
    load(ads(("    basis", "    version: 9\n    asks_since: 8\n    basis"), MORE_DATA))
    assert version() == (9, 8)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([NEW_NUMBER], [("    basis", "    version: 1\n    basis")], "has version 2 already"),
        ([NEW_NUMBER], [NEW_NUMBER, MORE_DATA], "(New data: Location.). Write “version: 3”."),
        (
            [NEW_NUMBER],
            [("    basis", "    version: 2\n    asks_since: 1\n    basis")],
            "Only another version can ask again",
        ),
        ([], [("    basis", "    version: 2\n    asks_since: 1\n    basis"), MORE_DATA], "It must ask again"),
        ([], [("    basis", "    version: 2\n    asks_since: 3\n    basis")], "a version up to the one"),
        ([], [("    basis", "    asks_since: 1\n    basis")], "a version up to the one"),
        ([], [("    basis", "    version: 0\n    basis")], "a number from 1 to 32767"),
        ([], [("    basis", "    version: two\n    basis")], "a whole number"),
    ],
)
def test_a_version_that_can_not_be_is_refused(
    before: list[tuple[str, str]], after: list[tuple[str, str]], words: str
) -> None:
    load(ads(*before))
    stood = version()
    with pytest.raises(CatalogueRefused) as refused:
        load(ads(*after))
    assert words in str(refused.value.message)
    assert "Line 3" in str(refused.value.message)
    assert version() == stood


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("    basis", "    validity: a year\n    basis"), "not an ISO 8601 duration"),
        (("    basis", "    validities: {Europe: P6M}\n    basis"), "written like EU_GDPR"),
        (("    basis", "    validities: [P6M]\n    basis"), "keys with values"),
        (("    basis", "    gpc: maybe\n    basis"), "true or false"),
        (("basis: consent", "basis: contract\n    gpc: true"), "Only what rests on consent"),
        (("    basis", "    service: shoe\n    basis"), "Did you mean “shop”?"),
        (("description: We show you ads.", 'description: "We \\0show"'), "control character"),
    ],
)
def test_bad_values_are_refused(change: tuple[str, str], words: str) -> None:
    with pytest.raises(CatalogueRefused) as refused:
        load(ads(change))
    assert words in str(refused.value.message)


# A part of a whole


def test_a_vendor_is_a_part_with_one_recipient() -> None:
    data = ads(("[processors]", "[adnorth]"), ("    basis", "    parent: picks\n    basis")).decode()
    load(data.replace("recipients: [processors]", "recipients: [processors, adnorth]").encode())
    vendor = Purpose.objects.get(slug="ads").vendor
    assert vendor is not None
    assert vendor.slug == "adnorth"
    assert Purpose.objects.get(slug="picks").vendor is None


def test_a_part_uses_nothing_that_its_whole_does_not() -> None:
    with pytest.raises(CatalogueRefused) as refused:
        load(ads(MORE_DATA, ("    basis", "    parent: picks\n    basis")))
    assert "“location” is not in the categories of “picks”" in str(refused.value.message)


# Effect


def test_the_people_who_are_asked_again_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def count(purpose_id: object, since: int) -> Effect:
        asked.append((purpose_id, since))
        return Effect(412, 300)

    monkeypatch.setattr(effects, "_counters", [count, lambda purpose_id, since: Effect(1, 1)])
    load(ads())
    with rehearsal():
        (raised,) = load(ads(MORE_DATA)).raised
    assert raised.effect == Effect(413, 301)
    assert asked == [(Purpose.objects.get(slug="ads").pk, 2)]
    assert version() == (1, 1)
    (raised,) = load(ads(("    recipients: [processors]\n", ""))).raised
    assert raised.effect == Effect(0, 0)


# In transactions of their own


@pytest.mark.django_db(transaction=True)
def test_every_version_keeps_what_it_meant_in_the_database() -> None:
    load(ads())
    load(ads(MORE_DATA))
    load(SMALL.replace("period: P30D", "period: P60D").encode())
    versions = PurposeVersion.objects.filter(purpose__slug="ads")
    assert [(each.number, each.asks, each.meaning["categories"], each.meaning["kept_for"]) for each in versions] == [
        (1, True, ["registration"], "P30D"),
        (2, True, ["location", "registration"], "P30D"),
        (3, True, ["registration"], "P60D"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_retired_purpose_that_comes_back_is_compared_with_what_it_meant() -> None:
    load(ads())
    without = SMALL[: SMALL.index("  ads:")]
    load(without.replace("period: P30D", "period: P60D").encode())
    assert Purpose.objects.get(slug="ads").retired_at is not None
    assert version() == (1, 1)
    report = load(SMALL.replace("period: P30D", "period: P60D").encode())
    assert [(each.slug, each.number, each.asks) for each in report.raised] == [("ads", 2, True)]
    assert Retention.objects.get(slug="account").period == "P60D"


@pytest.mark.django_db(transaction=True)
def test_a_refused_file_leaves_no_version() -> None:
    load(ads())
    with pytest.raises(CatalogueRefused), transaction.atomic():
        load(ads(("    basis", "    version: 2\n    asks_since: 1\n    basis"), MORE_DATA))
    assert PurposeVersion.objects.filter(purpose__slug="ads").count() == 1
