"""Everybody who is told gets one mail, whatever happens to the workers, the mail server and the addresses."""

import os
import smtplib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.subjects.life import entomb, freeze, open_account, thaw
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.notices import send as sending
from consents.notices.announce import announce
from consents.notices.audience import ACCOUNTS
from consents.notices.blocks import to_text
from consents.notices.claim import claim_batch, kept, release
from consents.notices.line import Line
from consents.notices.models import Delivery, Notice, NoticeText
from consents.notices.outcome import RETRIES
from consents.notices.send import send_batch, send_due
from consents.notices.tell import tell
from consents.notices.write import NoticeDraft
from privacycenter import environment
from tests.people import subject_of

State = Delivery.State
DRAFTS = {
    "en": NoticeDraft("We change something", "From **tomorrow** on.\n\nBye & <b>good</b>.", "Read it"),
    "de": NoticeDraft("Wir ändern etwas", "Ab **morgen**."),
}


def tell_all() -> Notice:
    return announce("policy-change", DRAFTS, "/policies/", ACCOUNTS)


def people(number: int) -> list[User]:
    """Bare accounts, as signing up does more than a mail needs."""
    return [
        User.objects.create(email=f"person{count}@example.org", subject=open_account(language="en"))
        for count in range(number)
    ]


def recipients() -> list[str]:
    return [message.to[0] for message in mail.outbox]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Exception], None]:
    """Makes the mail server answer with an error for one address."""
    errors: dict[str, Exception] = {}
    real = Line.send

    def refusing(line: Line, message: Any) -> None:
        if error := errors.get(message.to[0]):
            raise error
        real(line, message)

    monkeypatch.setattr(Line, "send", refusing)
    return errors.__setitem__


# What a mail says


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
    html = message.alternatives[0].content
    assert "<strong>tomorrow</strong>" in html
    assert "&lt;b&gt;good&lt;/b&gt;" in html
    assert ">Read it</a>" in html
    assert message.alternatives[0].mimetype == "text/html"


def test_each_person_reads_it_in_their_language_or_the_nearest(db: None) -> None:
    for number, language in enumerate(["de", "de-at", "en", "fr", ""]):
        User.objects.create(email=f"{number}@example.org", subject=open_account(language=language))
    tell_all()
    found = Delivery.objects.order_by("subject__user__email").values_list("language", flat=True)
    assert list(found) == ["de", "de", "en", "en", "en"]
    send_due()
    assert sorted(message.subject for message in mail.outbox)[-2:] == ["Wir ändern etwas", "Wir ändern etwas"]


# Who is told


def test_the_audience_is_written_by_a_constant_number_of_statements(
    db: None, django_assert_num_queries: Callable[..., Any]
) -> None:
    people(10)
    with django_assert_num_queries(5):  # two are the savepoint of the transaction
        tell_all()
    people_more = [open_account() for _ in range(300)]
    with django_assert_num_queries(5):
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


def erase(user: User) -> Subject:
    subject = subject_of(user)
    subject.profile.delete()
    user.delete()
    entomb(subject, evidence_until=timezone.localdate() + timedelta(days=1))
    return subject


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


# Exactly once


def test_sending_twice_sends_once(alice: User, bob: User) -> None:
    tell_all()
    send_due()
    send_due()
    assert sorted(recipients()) == [alice.email, bob.email]
    assert Notice.objects.get().finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once() -> None:
    emails = {user.email for user in people(120)}
    tell_all()
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        try:
            send_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mail.outbox) == len(emails)
    assert set(recipients()) == emails
    assert not Delivery.objects.exclude(state=State.SENT).exists()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_another_transaction_is_claiming_is_passed_over() -> None:
    people(3)
    tell_all()
    found: list[int] = []

    def work() -> None:
        try:
            found.append(len(claim_batch().deliveries))
        finally:
            connection.close()

    with transaction.atomic():
        assert len(claim_batch(size=2).deliveries) == 2
        # Without SKIP LOCKED it would wait here for ever.
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(timeout=10)
    assert found == [1]


def test_what_a_dead_worker_held_is_sent_when_its_lease_is_over(alice: User, settings: Settings) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        tell_all()
        Delivery.objects.update(due_at=timezone.now())
        assert len(claim_batch().deliveries) == 1
        send_due()
        assert mail.outbox == []
        clock.shift(settings.LEASE)
        send_due()
        assert recipients() == [alice.email]


def test_of_a_dead_workers_batch_only_the_one_in_flight_may_come_twice(
    settings: Settings, db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    people(5)

    class Killed(BaseException):
        """Nothing catches it, as nothing catches SIGKILL."""

    real = sending._record

    def die_before_third_record(delivery: Delivery, *args: Any) -> None:
        if len(mail.outbox) == 3:
            raise Killed
        real(delivery, *args)

    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        tell_all()
        Delivery.objects.update(due_at=timezone.now())
        with monkeypatch.context() as patch:
            patch.setattr(sending, "_record", die_before_third_record)
            with pytest.raises(Killed):
                send_due()
        assert Delivery.objects.filter(state=State.SENDING).count() == 1
        clock.shift(settings.LEASE)
        send_due()
    assert len(mail.outbox) == 6
    assert len(set(recipients())) == 5
    twice = [message for message in mail.outbox if recipients().count(message.to[0]) == 2]
    assert len({message.message()["Message-ID"] for message in twice}) == 1
    assert "may arrive twice" in caplog.text
    assert "@example.org" not in caplog.text


def test_a_worker_that_lost_its_lease_sends_nothing_more(alice: User) -> None:
    tell_all()
    batch = claim_batch()
    Delivery.objects.update(due_at=timezone.now())
    claim_batch()
    send_batch(batch)
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
def test_a_living_worker_keeps_its_lease(settings: Settings) -> None:
    settings.LEASE = timedelta(milliseconds=60)
    people(1)
    tell_all()
    batch = claim_batch()
    before = Delivery.objects.get().due_at
    renewed = threading.Event()

    def watch() -> bool:
        assert before is not None
        return bool((Delivery.objects.get().due_at or before) > before + settings.LEASE)

    with kept(batch):
        deadline = timezone.now() + timedelta(seconds=10)
        while not watch() and timezone.now() < deadline:
            renewed.wait(0.01)
        assert watch()


def test_a_message_that_kills_every_worker_is_given_up(alice: User) -> None:
    tell_all()
    Delivery.objects.update(attempts=len(RETRIES) + 1)
    send_due()
    assert mail.outbox == []
    assert Delivery.objects.get().error == "unknown"


# What goes wrong with one mail stays with it


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such bob@example.org")}), State.FAILED, "smtp-550"),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"greylisted")}), State.PENDING, "smtp-450"),
        (smtplib.SMTPDataError(554, b"spam"), State.FAILED, "smtp-554"),
        (smtplib.SMTPDataError(421, b"closing"), State.PENDING, "smtp-421"),
        (smtplib.SMTPSenderRefused(530, b"sign in first", "x"), State.PENDING, "sender-530"),
        (smtplib.SMTPServerDisconnected("gone"), State.PENDING, "connection"),
        (TimeoutError(), State.PENDING, "connection"),
        (RuntimeError("a mistake of ours"), State.PENDING, "internal"),
    ],
)
def test_one_bad_address_does_not_stop_the_others(
    alice: User, bob: User, charlie: User, refuse: Any, error: Exception, state: str, reason: str
) -> None:
    refuse(bob.email, error)
    tell_all()
    send_due()
    assert sorted(recipients()) == [alice.email, charlie.email]
    delivery = Delivery.objects.get(subject=subject_of(bob))
    assert (delivery.state, delivery.error) == (state, reason)
    assert (Notice.objects.get().finished_at is None) == (state == State.PENDING)


def test_an_address_that_is_none_fails_for_good(alice: User, bob: User, settings: Settings) -> None:
    User.objects.filter(pk=bob.pk).update(email="bob@example.org, eve@example.org")
    tell_all()
    Delivery.objects.filter(subject=subject_of(bob)).update(due_at=timezone.now() - timedelta(days=1))
    with_smtp(settings)
    send_due()
    assert Delivery.objects.get(subject=subject_of(bob)).error == "invalid-address"
    assert Delivery.objects.get(subject=subject_of(alice)).state == State.SENT


def with_smtp(settings: Settings, **options: Any) -> None:
    """The real mail sink instead of Django's outbox."""
    mailer = environment.mailer(os.environ["SMTP_URL"])
    settings.MAILERS = {**settings.MAILERS, "notices": mailer | {"OPTIONS": mailer["OPTIONS"] | options}}


def test_temporary_failures_are_tried_again_later_and_later_and_then_given_up(alice: User, refuse: Any) -> None:
    refuse(alice.email, smtplib.SMTPRecipientsRefused({"x": (451, b"later")}))
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        tell_all()
        Delivery.objects.update(due_at=timezone.now())
        for number, wait in enumerate(RETRIES, start=1):
            send_due()
            delivery = Delivery.objects.get()
            assert (delivery.attempts, delivery.state) == (number, State.PENDING)
            assert delivery.due_at == timezone.now() + wait
            clock.shift(wait)
        send_due()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == (State.FAILED, "smtp-451")
    assert Notice.objects.get().finished_at is not None


def test_a_mail_server_that_does_not_answer_costs_no_attempt(alice: User, bob: User, settings: Settings) -> None:
    with_smtp(settings, port=9)
    tell_all()
    send_due()
    assert set(Delivery.objects.values_list("state", "attempts", "claim")) == {(State.PENDING, 0, None)}
    assert not Delivery.objects.due(timezone.now()).exists()


def test_what_was_not_attempted_is_given_back(alice: User, bob: User) -> None:
    tell_all()
    batch = claim_batch()
    release(batch, wait=timedelta(0))
    assert len(claim_batch().deliveries) == 2


# What the database holds


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "sent"},
        {"state": "sending"},
        {"state": "failed", "due_at": None},
        {"state": "skipped", "due_at": None},
        {"due_at": None},
        {"state": "sent", "due_at": None, "sent_at": datetime(2026, 1, 1, tzinfo=UTC), "address": b"x"},
        {"state": "lost", "due_at": None},
    ],
)
def test_the_columns_of_a_delivery_fit_its_state(alice: User, columns: dict[str, Any]) -> None:
    tell_all()
    with pytest.raises(IntegrityError, match="notices_state_has_its_columns"), transaction.atomic():
        Delivery.objects.update(**columns)


def test_a_person_is_told_once(alice: User) -> None:
    notice = tell_all()
    with pytest.raises(IntegrityError, match="notices_told_once"), transaction.atomic():
        Delivery.objects.create(notice=notice, subject=subject_of(alice), language="en")


@pytest.mark.parametrize(
    "sql",
    ["UPDATE notices_noticetext SET body = 'x'", "DELETE FROM notices_noticetext", "TRUNCATE notices_noticetext"],
)
def test_what_was_said_can_not_be_changed(alice: User, sql: str) -> None:
    tell_all()
    with connection.cursor() as cursor:
        # Foreign keys wait for the end of the transaction, and TRUNCATE would not start before.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(sql)
    assert NoticeText.objects.count() == 2


@pytest.mark.parametrize("link", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "x"])
def test_a_link_leads_nowhere_else(db: None, link: str) -> None:
    with pytest.raises(IntegrityError, match="notices_link_is_a_path"), transaction.atomic():
        Notice.objects.create(kind="x", link=link)


def test_who_comes_back_from_an_erasure_finds_the_notice_in_the_portal(alice: User) -> None:
    tell_all()
    freeze(subject_of(alice))
    send_due()
    thaw(subject_of(alice))
    assert Delivery.objects.for_subject(subject_of(alice)).unread().count() == 1


def test_the_plain_part_reads_without_marks() -> None:
    text = (
        "Hello *you*.\n\n## What changes\n\n3. One [here](https://x.example/a)\n\n   still one\n4. Two\n   - inner\n\n"
        "<https://y.example> and `code`"
    )
    assert to_text(text) == (
        "Hello you.\n\nWhat changes\n------------\n\n3. One here <https://x.example/a>\n\n   still one\n4. Two\n"
        "   • inner\n\nhttps://y.example and code"
    )
