"""The preference centre beyond saying yes and no: parts of purposes, what must be decided anew, the privacy signal."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from accounts.users.models import User
from consents.catalogue.models import DataCategory, DataCategoryText, Purpose, Recipient, RecipientText
from consents.choices.may import may
from consents.choices.models import Current, Event, Method
from consents.webhooks.models import Endpoint, Message
from tests.consents.centre import as_shown, page, row, save, shown
from tests.consents.purposes import make_purpose, say

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    ads = make_purpose("ads")
    Purpose.objects.filter(pk=make_purpose("partner-ads").pk).update(parent=ads)
    make_purpose("mail")


def means_more(slug: str) -> None:
    Purpose.objects.filter(slug=slug).update(version=2, asks_since=2)


def test_a_part_stands_inside_its_whole(client_for: SignIn, alice: User) -> None:
    html = page(client_for(alice))
    whole, part, other = (html.index(f'id="choice-{slug}"') for slug in ("ads", "partner-ads", "mail"))
    assert whole < html.index('<div class="choice-parts">') < part < other


def test_refusing_the_whole_refuses_its_parts(client_for: SignIn, alice: User) -> None:
    client = client_for(alice)
    save(client, ads="granted", partner_ads="granted")
    save(client, ads="refused")
    assert not may(alice.subject, "ads")
    assert not may(alice.subject, "partner-ads")
    assert Event.objects.filter(decision="withdrawn").count() == 2


def test_a_part_can_be_refused_alone(client_for: SignIn, alice: User) -> None:
    client = client_for(alice)
    save(client, ads="granted", partner_ads="refused")
    assert may(alice.subject, "ads")
    assert not may(alice.subject, "partner-ads")


@pytest.mark.parametrize("whole", ["refused", ""])
def test_a_part_is_not_allowed_without_its_whole(client_for: SignIn, alice: User, whole: str) -> None:
    html = shown(save(client_for(alice), partner_ads="granted", **({"ads": whole} if whole else {})))
    assert "Allow “Ads” first: this is a part of it." in row(html, "partner-ads")
    assert not Event.objects.exists()


def test_refuse_all_asks_nothing_of_what_was_chosen_before(client_for: SignIn, alice: User) -> None:
    client = client_for(alice)
    client.post("/choices/", as_shown(page(client)) | {"choice-partner-ads": "granted", "all": "refused"})
    assert set(Event.objects.values_list("decision", flat=True)) == {"refused"}
    assert Event.objects.count() == 3


def test_what_means_more_since_is_marked_and_asked_anew_with_nothing_preselected(
    client_for: SignIn, alice: User
) -> None:
    client = client_for(alice)
    save(client, ads="granted", mail="granted")
    means_more("ads")
    html = page(client)
    assert "Changed since you decided" in row(html, "ads")
    assert "it is not done until you allow it anew" in row(html, "ads")
    assert "checked" not in row(html, "ads")
    assert re.search(r'<h2 id="asked">.*?<a href="#choice-ads">Ads</a>', html, re.DOTALL)
    assert "Changed since" not in row(html, "mail")
    assert not may(alice.subject, "ads")
    save(client, ads="granted")
    assert may(alice.subject, "ads")
    assert "Please decide anew" not in page(client)


def test_what_is_new_in_it_is_named(client_for: SignIn, alice: User) -> None:
    client = client_for(alice)
    save(client, ads="granted")
    means_more("ads")
    give("ads", "location", "partner")
    html = row(page(client), "ads")
    assert "New data: Location." in html
    assert "New recipients: Partners." in html


def give(slug: str, data: str, recipient: str) -> None:
    """The purpose uses this data and gives it to somebody, from now on."""
    category = DataCategory.objects.create(slug=data)
    DataCategoryText.objects.create(category=category, language="en", name="Location", description="Where you are.")
    partner = Recipient.objects.create(slug=recipient, kind="partner", country="CN", safeguard="standard-clauses")
    RecipientText.objects.create(recipient=partner, language="en", name="Partners", description="")
    purpose = Purpose.objects.get(slug=slug)
    purpose.categories.add(category)
    purpose.recipients.add(partner)


def test_saving_other_rows_decides_nothing_on_what_is_asked_anew(client_for: SignIn, alice: User) -> None:
    client = client_for(alice)
    save(client, ads="granted")
    means_more("ads")
    save(client, mail="refused")
    assert Event.objects.filter(purpose__slug="ads").count() == 1


def test_a_refusal_is_asked_anew_too_and_refusing_again_is_recorded(client_for: SignIn, alice: User) -> None:
    client = client_for(alice)
    save(client, ads="refused")
    means_more("ads")
    assert "It is still not done." in row(page(client), "ads")
    save(client, ads="refused")
    assert list(Event.objects.filter(purpose__slug="ads").values_list("version", flat=True).order_by("pk")) == [1, 2]


def test_the_version_that_the_page_showed_is_recorded_even_if_it_means_more_meanwhile(
    client_for: SignIn, alice: User
) -> None:
    client = client_for(alice)
    form = as_shown(page(client)) | {"choice-mail": "granted"}
    means_more("mail")
    client.post("/choices/", form)
    assert Event.objects.get().version == 1
    assert not may(alice.subject, "mail")
    assert "Changed since you decided" in row(page(client), "mail")


@pytest.mark.parametrize("version", ["0", "-1", "x", "99999", "7"])
def test_a_version_that_never_was_stores_nothing(client_for: SignIn, alice: User, version: str) -> None:
    client = client_for(alice)
    form = as_shown(page(client)) | {"choice-mail": "granted", "version-mail": version}
    assert "There is a problem" in unescape(client.post("/choices/", form).content.decode())
    assert not Event.objects.exists()


def test_until_when_a_yes_holds_is_said_and_that_we_ask_again(client_for: SignIn, alice: User) -> None:
    Purpose.objects.filter(slug="mail").update(version=2, validity="P12M")
    client = client_for(alice)
    save(client, mail="granted")
    ends = Current.objects.get().expires_at
    assert ends is not None
    assert f"until {ends.day} {ends:%B %Y}" in row(page(client), "mail")
    assert "12 months, then we ask you again" in row(page(client), "mail")


def test_what_time_ended_is_marked_at_once_and_asked_anew(client_for: SignIn, alice: User) -> None:
    client = client_for(alice)
    save(client, mail="granted")
    Current.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    html = page(client)
    assert "<strong>Expired</strong>" in row(html, "mail")
    assert "checked" not in row(html, "mail")
    assert '<a href="#choice-mail">Mail</a>' in html


def test_the_privacy_signal_is_said_to_be_honoured_while_it_is_sent(client_for: SignIn, alice: User) -> None:
    Purpose.objects.filter(slug="ads").update(gpc=True)
    client = client_for(alice)
    honoured = "Your browser’s privacy signal is honoured"
    signalled = page(client, **{"Sec-GPC": "1"})
    assert re.search(honoured + r'.*?<a href="#choice-ads">', signalled, re.DOTALL)
    assert '<a href="#choice-mail">' not in signalled
    assert honoured not in page(client, **{"Sec-GPC": "0"})
    assert honoured not in page(client)


def test_the_signal_ends_an_older_yes_once(client_for: SignIn, alice: User) -> None:
    Purpose.objects.filter(slug="ads").update(gpc=True)
    say(alice, ads=True, mail=True)
    client = client_for(alice)
    for _visit in range(2):
        assert "privacy signal is honoured" in page(client, **{"Sec-GPC": "1"})
    assert not may(alice.subject, "ads")
    assert may(alice.subject, "mail")
    events = Event.objects.filter(method=Method.GPC).order_by("id")
    assert [(event.purpose.slug, event.decision) for event in events] == [
        ("ads", "withdrawn"),
        ("partner-ads", "refused"),
    ]
    assert "by you" in row(page(client), "ads")
    assert "by the browser’s privacy signal" in row(page(client), "ads")


def test_what_is_allowed_here_in_spite_of_the_signal_holds(client_for: SignIn, alice: User) -> None:
    Purpose.objects.filter(slug="ads").update(gpc=True)
    client = client_for(alice)
    form = as_shown(page(client, **{"Sec-GPC": "1"})) | {"choice-ads": "granted"}
    client.post("/choices/", form, headers={"Sec-GPC": "1"})
    assert "privacy signal is honoured" not in page(client, **{"Sec-GPC": "1"})
    assert may(alice.subject, "ads")


def test_a_guardian_s_browser_speaks_for_the_guardian_only(client_for: SignIn, mia: User, bob: User) -> None:
    Purpose.objects.filter(slug="ads").update(gpc=True)
    page(client_for(bob), f"/choices/for/{mia.subject_id}/", **{"Sec-GPC": "1"})
    assert {event.subject_id for event in Event.objects.all()} == {bob.subject_id}


def test_all_receipts_are_a_link_away(client_for: SignIn, alice: User, mia: User, bob: User) -> None:
    say(alice, ads=True)
    client = client_for(alice)
    for path in ("/choices/", "/choices/history/"):
        assert 'href="/choices/receipts/all.json" download' in page(client, path)
    assert len(json.loads(b"".join(client.get("/choices/receipts/all.json").streaming_content))) == 1  # type: ignore[attr-defined]
    minors = f"/choices/for/{mia.subject_id}/"
    assert f'href="{minors}receipts/all.json" download' in page(client_for(bob), minors)


def test_a_row_tells_which_data_and_who_gets_it_and_where(client_for: SignIn, alice: User) -> None:
    give("ads", "location", "partner")
    html = page(client_for(alice))
    for words in ("Location", "Where you are.", "Partners", "in CN (Standard contractual clauses)"):
        assert words in row(html, "ads")
    assert "Nobody but us" in row(html, "mail")


def test_a_decided_row_leads_to_its_receipt_and_its_history(client_for: SignIn, alice: User) -> None:
    client = client_for(alice)
    save(client, mail="refused")
    html = row(page(client), "mail")
    assert f'href="/choices/receipts/{Event.objects.get().pk}/"' in html
    assert 'href="/choices/history/?purpose=mail"' in html
    assert "receipts" not in row(page(client), "ads")


def heard_of(event: Event, state: str, name: str) -> None:
    endpoint = Endpoint.objects.create(name=name, url="https://shop.example/hook")
    delivered = state == Message.State.DELIVERED
    Message.objects.create(
        endpoint=endpoint,
        event_id=event.pk,
        subject=event.subject,
        purpose=event.purpose,
        version=event.version,
        decision=event.decision,
        state=state,
        due_at=None if delivered else timezone.now(),
        delivered_at=timezone.now() if delivered else None,
    )


def test_a_withdrawal_shows_which_systems_confirmed_it(client_for: SignIn, alice: User) -> None:
    say(alice, ads=True)
    event, _its_part = say(alice, ads=False)
    heard_of(event, Message.State.DELIVERED, "Shop")
    heard_of(event, Message.State.PENDING, "Mail delivery")
    client = client_for(alice)
    for html in (row(page(client), "ads"), page(client, "/choices/history/")):
        told = " ".join(html.split())
        assert re.search(r"Shop <span[^>]*>confirmed on \d", told)
        assert re.search(r"Mail delivery <span[^>]*>Not yet confirmed<", told)
