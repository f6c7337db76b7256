"""What a notice says, to whom, and in which language."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from accounts.subjects.life import freeze, open_account, thaw
from accounts.users.models import User
from consents.notices.audience import ACCOUNTS
from consents.notices.blocks import to_text
from consents.notices.mail import header
from consents.notices.models import Delivery
from consents.notices.send import send_due
from consents.notices.tell import tell
from tests.consents.notices import erase, parsed, people, recipients, sent_to, tell_all, with_smtp
from tests.people import subject_of

State = Delivery.State


def test_a_mail_has_both_parts_and_says_that_no_person_wrote_it(alice: User, settings: Settings) -> None:
    tell_all()
    send_due()
    delivery = Delivery.objects.get()
    (message,) = mail.outbox
    sent = message.message()
    assert message.subject == "We change something"
    assert message.to == [alice.email]
    assert sent["Message-ID"] == f"<{delivery.pk}@testserver>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert "From tomorrow on.\n\nBye & <b>good</b>." in message.body
    assert f"{settings.BASE_URL}/policies/" in message.body
    assert isinstance(message, mail.EmailMultiAlternatives)
    ((html, kind),) = message.alternatives
    assert isinstance(html, str)
    assert "<strong>tomorrow</strong>" in html
    assert "&lt;b&gt;good&lt;/b&gt;" in html
    assert ">Read it</a>" in html
    assert kind == "text/html"


def test_each_person_reads_it_in_their_language_or_the_nearest(db: None) -> None:
    for number, language in enumerate(["de", "de-at", "en", "fr", ""]):
        User.objects.create(email=f"{number}@example.org", subject=open_account(language=language))
    tell_all()
    found = Delivery.objects.order_by("subject__user__email").values_list("language", flat=True)
    assert list(found) == ["de", "de", "en", "en", "en"]
    send_due()
    assert sorted(message.subject for message in mail.outbox)[-2:] == ["Wir ändern etwas", "Wir ändern etwas"]


def test_the_plain_part_reads_without_marks() -> None:
    text = (
        "Hello *you*.\n\n## What changes\n\n3. One [here](https://x.example/a)\n\n   still one\n4. Two\n   - inner\n\n"
        "<https://y.example> and `code`"
    )
    assert to_text(text) == (
        "Hello you.\n\nWhat changes\n------------\n\n3. One here <https://x.example/a>\n\n   still one\n4. Two\n"
        "   • inner\n\nhttps://y.example and code"
    )


# Who is told


def test_the_audience_is_written_by_a_constant_number_of_statements(
    db: None, django_assert_num_queries: Callable[..., Any]
) -> None:
    people(10)
    with django_assert_num_queries(8):  # two are the savepoint of the transaction
        tell_all()
    people_more = [open_account() for _ in range(300)]
    with django_assert_num_queries(8):
        notice = tell_all()
    assert notice.deliveries.count() == 10 + len(people_more)


def test_who_asked_to_be_erased_is_not_among_the_audience(alice: User, bob: User) -> None:
    freeze(subject_of(alice))
    assert ACCOUNTS.count() == 1
    tell_all()
    assert Delivery.objects.get().subject == subject_of(bob)


def test_who_asks_to_be_erased_during_the_sending_gets_nothing_more(alice: User, bob: User) -> None:
    tell_all()
    freeze(subject_of(alice))
    send_due()
    assert recipients() == [bob.email]
    skipped = Delivery.objects.get(subject=subject_of(alice))
    assert (skipped.state, skipped.error) == (State.SKIPPED, "erasure-asked")


def test_who_was_erased_during_the_sending_gets_nothing(alice: User) -> None:
    tell_all()
    erase(alice)
    send_due()
    assert mail.outbox == []
    assert Delivery.objects.get().error == "erased"


def test_news_of_ones_own_request_come_while_erasure_is_asked(alice: User, a_kind: str) -> None:
    freeze(subject_of(alice))
    tell(subject_of(alice), a_kind, context={})
    send_due()
    assert recipients() == [alice.email]


def test_the_last_mail_reaches_an_erased_person_and_its_address_is_forgotten(alice: User, a_kind: str) -> None:
    email = alice.email
    subject = erase(alice)
    tell(subject, a_kind, context={}, address=email)
    sealed = Delivery.objects.get().address
    assert sealed is not None
    assert email.encode() not in bytes(sealed)
    send_due()
    assert recipients() == [email]
    assert Delivery.objects.get().address is None


def test_an_address_opens_in_its_own_delivery_only(alice: User, bob: User, a_kind: str) -> None:
    tell(subject_of(alice), a_kind, context={}, address="once@example.org")
    other = tell(subject_of(bob), a_kind, context={})
    Delivery.objects.filter(notice=other).update(address=Delivery.objects.exclude(notice=other).get().address)
    send_due()
    assert recipients() == ["once@example.org"]
    assert Delivery.objects.get(notice=other).error == "internal"


@pytest.fixture
def a_kind(tmp_path: Any, settings: Settings) -> str:
    """A kind of notice with a template of its own."""
    (tmp_path / "notices").mkdir()
    template = "Subject: News of {{ reference }} & more\nAction: Look\n\nHello.\n\nIt is *done*: {{ reference }}."
    (tmp_path / "notices" / "a-kind.md").write_text(template)
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    return "a-kind"


def test_one_person_is_told_in_words_from_a_template(alice: User, a_kind: str) -> None:
    notice = tell(subject_of(alice), a_kind, link="/requests/", context={"reference": "A-1"})
    text = notice.texts.get()
    assert (text.subject, text.action) == ("News of A-1 & more", "Look")
    assert text.body == "Hello.\n\nIt is *done*: A-1."
    send_due()
    assert "A-1" in mail.outbox[0].subject
    assert "Reference A-1" in mail.outbox[0].body


def test_what_one_person_waits_for_goes_before_what_many_are_told(alice: User, bob: User, a_kind: str) -> None:
    tell_all()
    tell(subject_of(bob), a_kind, context={})
    send_due()
    assert recipients()[0] == bob.email
    assert "News" in mail.outbox[0].subject


def test_who_comes_back_from_an_erasure_finds_the_notice_in_the_portal(alice: User) -> None:
    tell_all()
    freeze(subject_of(alice))
    send_due()
    thaw(subject_of(alice))
    assert Delivery.objects.for_subject(subject_of(alice)).unread().count() == 1


# What many are told is printed once


def test_each_copy_differs_only_in_what_is_its_own(alice: User, bob: User, settings: Settings) -> None:
    with_smtp(settings)
    tell_all()
    send_due()
    (one,), (other,) = ([parsed(mail) for mail in sent_to(user.email)[-1:]] for user in (alice, bob))
    assert (one["To"], other["To"]) == (alice.email, bob.email)
    for message, user in ((one, alice), (other, bob)):
        delivery = Delivery.objects.get(subject=subject_of(user))
        assert message["Message-ID"] == f"<{delivery.pk}@testserver>"
        assert message["Date"]
        del message["To"], message["Message-ID"], message["Date"], message["X-RcptTo"]
    assert one.as_bytes() == other.as_bytes()
    assert "From tomorrow on." in one.get_body(("plain",)).get_content()
    assert "<strong>tomorrow</strong>" in one.get_body(("html",)).get_content()


def test_a_copy_goes_to_an_address_in_any_script(alice: User, bob: User, settings: Settings) -> None:
    User.objects.filter(pk=bob.pk).update(email="bob@bücher.example")
    with_smtp(settings)
    tell_all()
    send_due()
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}
    assert parsed(sent_to("bob@xn--bcher-kva.example")[-1])["To"] == "bob@xn--bcher-kva.example"


@pytest.mark.parametrize("value", ["bob@example.org\r\nBcc: eve@example.org", "bob@example.org\n", "bøb@example.org"])
def test_a_header_is_one_line_in_ascii(value: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # each says its own
        header("To", value)
