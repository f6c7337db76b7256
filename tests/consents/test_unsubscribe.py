"""The links that end what was allowed: one click, no sign-in, whoever the person is or was."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from accounts.subjects.life import freeze, open_subject
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices import links
from consents.choices.may import may
from consents.choices.models import Event, Method
from consents.mailing.unsubscribe import NoSuchLink, headers, link, ticket_of, token
from tests.consents.notices import erase
from tests.consents.purposes import make_purpose, say
from tests.people import subject_of

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(autouse=True)
def topics(db: None) -> None:
    """Three that come by mail or push, and one that reaches nobody."""
    for slug, channel in [("news", "email"), ("surveys", "email"), ("news-push", "push"), ("ads", "")]:
        make_purpose(slug)
        Purpose.objects.filter(slug=slug).update(channel=channel)
    make_purpose("service", essential=True)


@pytest.fixture
def subject(alice: User) -> Subject:
    say(alice, news=True, surveys=True, news_push=True, ads=True)
    return subject_of(alice)


def path(subject: Subject, slug: str = "news") -> str:
    return link(subject.pk, slug).removeprefix("http://testserver")


def allowed(subject: Subject) -> set[str]:
    return {slug for slug in ("news", "surveys", "news-push", "ads") if may(subject, slug)}


def test_one_click_by_a_mail_provider_ends_the_topic_at_once(subject: Subject) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(path(subject), ONE_CLICK)
    assert response.status_code == 200
    assert allowed(subject) == {"surveys", "news-push", "ads"}
    event = Event.objects.latest("id")
    assert (event.purpose.slug, event.decision, event.method) == ("news", "withdrawn", Method.UNSUBSCRIBE)
    assert event.actor is None
    assert event.opened_evidence()["by"] == "one-click"


def test_one_click_may_come_as_a_form_with_parts_or_without(subject: Subject) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    assert Client().post(path(subject), body, content_type="multipart/form-data; boundary=x").status_code == 200
    assert "news" not in allowed(subject)
    posted = Client().post(
        path(subject, "surveys"), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert posted.status_code == 200
    assert "surveys" not in allowed(subject)


def test_looking_changes_nothing(subject: Subject) -> None:
    for method in (Client().get, Client().head, Client().options):
        method(path(subject))
    assert allowed(subject) == {"news", "surveys", "news-push", "ads"}
    assert Event.objects.count() == 4


def test_channels_are_separate(subject: Subject) -> None:
    Client().post(path(subject), {"end": "channel"})
    assert allowed(subject) == {"news-push", "ads"}


def test_everything_optional_ends_by_one_button(subject: Subject) -> None:
    Client().post(path(subject), {"end": "all"})
    assert allowed(subject) == set()
    assert may(subject, "service")


def test_a_topic_without_a_channel_ends_nothing_else(subject: Subject) -> None:
    assert b'value="channel"' not in Client().get(path(subject, "ads")).content
    Client().post(path(subject, "ads"), {"end": "channel"})
    assert allowed(subject) == {"news", "surveys", "news-push", "ads"}
    Client().post(path(subject, "ads"), {"end": "topic"})
    assert allowed(subject) == {"news", "surveys", "news-push"}


def test_nonsense_that_is_posted_ends_the_topic_and_nothing_more(subject: Subject) -> None:
    Client().post(path(subject), {"end": "the world"})
    assert allowed(subject) == {"surveys", "news-push", "ads"}


def test_the_undecided_are_refused_too_so_that_nobody_asks_again(bob: User) -> None:
    Client().post(path(subject_of(bob)), ONE_CLICK)
    assert Event.objects.get().decision == "refused"


def test_a_second_click_says_done_and_records_nothing(subject: Subject) -> None:
    first = Client().post(path(subject), ONE_CLICK)
    second = Client().post(path(subject), ONE_CLICK)
    assert first.content.count(b"Done.") == second.content.count(b"Done.") == 1
    assert Event.objects.filter(method=Method.UNSUBSCRIBE).count() == 1


def test_the_page_is_the_same_for_everybody_and_names_nobody(alice: User, bob: User, subject: Subject) -> None:
    pages = [Client().get(path(each)).content for each in (subject, subject_of(bob))]
    gone = erase(bob)
    pages.append(Client().get(path(gone)).content)
    # What differs is the token of the form for the language, which is random.
    bare = {page.split(b"</main>")[0].split(b"<main")[1] for page in pages}
    assert len(bare) == 1
    assert alice.email.encode() not in pages[0]
    assert b"Alice" not in pages[0]


def test_an_erased_person_is_told_that_it_is_done(bob: User) -> None:
    made = path(subject_of(bob))
    gone = erase(bob)
    response = Client().post(made, ONE_CLICK)
    assert (response.status_code, b"Done." in response.content) == (200, True)
    assert not Event.objects.for_subject(gone).exists()


def test_somebody_of_whom_no_row_is_left_is_told_that_it_is_done() -> None:
    response = Client().post(f"/unsubscribe/{token(uuid4(), 'news')}/", ONE_CLICK)
    assert b"Done." in response.content


def test_who_asked_for_erasure_can_still_unsubscribe_signed_in_or_not(
    alice: User, subject: Subject, client_for: Callable[[User], Client]
) -> None:
    browser = client_for(alice)
    freeze(subject)
    assert browser.get(path(subject)).status_code == 200
    assert browser.post(path(subject), {"end": "topic"}).status_code == 200
    assert Event.objects.latest("id").decision == "withdrawn"


def test_a_minor_needs_no_guardian_to_unsubscribe(mia: User, bob: User) -> None:
    say(mia, actor=bob, method=Method.GUARDIAN, news=True)
    Client().post(path(subject_of(mia)), ONE_CLICK)
    assert not may(subject_of(mia), "news")


def test_the_link_of_a_guest_ends_it_for_the_account_they_became(subject: Subject) -> None:
    guest = open_subject(Subject.Stage.GUEST)
    Subject.objects.filter(pk=guest.pk).update(merged_into=subject)
    Client().post(path(guest), ONE_CLICK)
    assert "news" not in allowed(subject)


def test_a_topic_that_is_no_longer_done_is_done(subject: Subject) -> None:
    Purpose.objects.filter(slug="news").update(retired_at="2026-01-01T00:00Z")
    assert Client().get(path(subject)).status_code == 200
    response = Client().post(path(subject), ONE_CLICK)
    assert response.status_code == 200
    assert b"no longer done at all" in response.content


def test_what_is_not_done_by_consent_has_no_link(subject: Subject) -> None:
    for slug in ("service", "nothing-of-ours"):
        assert Client().get(path(subject, slug)).status_code == 404
        assert Client().post(path(subject, slug), ONE_CLICK).status_code == 404


@pytest.mark.parametrize("broken", ["x", "ä", "AAAA", "=", "%00", "a" * 4000])
def test_a_broken_link_is_a_page_that_says_so(broken: str) -> None:
    response = Client().get(f"/unsubscribe/{broken}/")
    assert response.status_code == 404
    assert b"Perhaps a part of it is missing" in response.content


def test_a_link_that_was_altered_anywhere_opens_nothing(subject: Subject) -> None:
    good = token(subject.pk, "news")
    for at in range(len(good)):
        altered = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        # The last character has bits that mean nothing.
        if altered[:-1] != good[:-1]:
            with pytest.raises(NoSuchLink):
                ticket_of(altered)


def test_links_tell_nothing_and_differ_each_time(alice: User, subject: Subject) -> None:
    made = {link(subject.pk, "news") for _ in range(3)}
    assert len(made) == 3
    assert not any(word in each for each in made for word in (str(subject.pk), subject.pk.hex, "news", "alice"))


def test_the_page_says_what_still_comes(subject: Subject) -> None:
    for response in (Client().get(path(subject)), Client().post(path(subject), ONE_CLICK)):
        assert b"We still write to you where the law makes us" in response.content


def test_the_headers_are_those_of_rfc_8058_and_its_older_sisters(subject: Subject) -> None:
    made = headers(subject.pk, "news")
    assert made["List-Unsubscribe"].startswith("<http://testserver/unsubscribe/")
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert made["List-Id"] == "<news.testserver>"
    assert made["List-Help"] == "<http://testserver/choices/>"


def test_other_rooms_get_links_without_knowing_who_makes_them(subject: Subject) -> None:
    made = links.unsubscribe(subject.pk, "news")
    Client().post(made.removeprefix("http://testserver"), ONE_CLICK)
    assert "news" not in allowed(subject)


def test_where_nobody_makes_links_asking_for_one_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_makers", [])
    with pytest.raises(LookupError):
        links.unsubscribe(uuid4(), "news")
