"""The page of a notice to many: how it stands, what may be done with it, and its record as a file."""

import csv
import tracemalloc
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.notices.attempt import Journal
from consents.notices.claim import claim_batch
from consents.notices.export import export
from consents.notices.models import Delivery, Notice, NoticeEvent
from consents.notices.pause import pause
from consents.notices.reasons import in_words
from consents.notices.send import send_due
from consents.notices.sight import sight
from consents.notices.turn import who
from tests.consents.notices import colleague, for_many, people, tell_all, with_smtp
from tests.people import staff_with, subject_of

State = Notice.State
Deed = NoticeEvent.Deed


@pytest.fixture
def staff(dana: User) -> Client:
    client = Client()
    client.force_login(dana)
    return client


def path(notice: Notice, deed: str = "change") -> str:
    return f"/staff/notices/notice/{notice.pk}/{deed}/"


def words(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def press(client: Client, notice: Notice, deed: str, **fields: str) -> str:
    return words(client.post(path(notice, deed), fields, follow=True))


def buttons(page: str, notice: Notice) -> set[str]:
    return {
        deed for deed in ("approve", "pause", "resume", "cancel", "test") if f'action="{path(notice, deed)}"' in page
    }


def outcome(user: User, **columns: Any) -> None:
    Delivery.objects.filter(subject=subject_of(user)).update(due_at=None, **columns)


# How it stands


def test_it_counts_by_outcome_and_language_and_says_the_reasons_in_words(
    alice: User, bob: User, charlie: User, staff: Client
) -> None:
    notice = tell_all()
    outcome(alice, state="sent", sent_at=timezone.now(), read_at=timezone.now(), language="de")
    outcome(bob, state="failed", error="smtp-550")
    seen = sight(notice)
    assert (seen.whole.people, seen.whole.over, seen.whole.waiting, seen.percent) == (3, 2, 1, 66)
    assert {name: (found.sent, found.failed, found.read) for name, found in seen.languages.items()} == {
        "English": (0, 1, 0),
        "German": (1, 0, 1),
    }
    assert seen.rate > 0
    assert seen.done_by is not None
    page = words(staff.get(path(notice)))
    assert '<progress max="3" value="2"' in page
    assert "The mail server refused it for good (550)" in page
    assert "2 of 3 (66 %)" in page


def test_the_reasons_of_all_languages_are_added_up(alice: User, bob: User, charlie: User) -> None:
    notice = tell_all()
    Delivery.objects.update(state="skipped", error="no-address", due_at=None)
    Delivery.objects.filter(subject=subject_of(bob)).update(language="de")
    Delivery.objects.filter(subject=subject_of(charlie)).update(
        state="pending", error="smtp-450", due_at=timezone.now()
    )
    assert [(reason.words, reason.state, reason.number) for reason in sight(notice).reasons] == [
        ("No address is known", "Skipped", 2),
        ("The mail server refused it for now (450)", "Tried again later", 1),
    ]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("smtp-550", "The mail server refused it for good (550)"),
        ("sender-530", "The mail server refuses us as the sender (530)"),
        ("cancelled", "The notice was cancelled before its turn came"),
        ("something-new", "something-new"),
        ("", ""),
    ],
)
def test_a_reason_has_words_or_stays_a_code(code: str, said: str) -> None:
    assert in_words(code) == said


def test_a_notice_to_nobody_has_its_page(staff: Client, db: None) -> None:
    notice = tell_all()
    assert notice.people == 0
    assert "<progress" in words(staff.get(path(notice)))


def test_a_notice_to_one_person_has_no_buttons(alice: User, staff: Client) -> None:
    notice = Notice.objects.create(kind="x")
    assert "<progress" not in words(staff.get(path(notice)))


def test_the_page_asks_as_much_for_many_as_for_few(alice: User, staff: Client) -> None:
    few = tell_all()
    people(20)
    many = tell_all()
    staff.get(path(few))
    asked = []
    for notice in (few, many):
        with CaptureQueriesContext(connection) as queries:
            staff.get(path(notice))
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 15


def test_the_list_shows_how_far_each_is(alice: User, bob: User, staff: Client) -> None:
    tell_all()
    outcome(alice, state="failed", error="smtp-550")
    assert "1 of 2" in words(staff.get("/staff/notices/notice/"))


def test_the_history_names_who_did_what(alice: User, dana: User, staff: Client) -> None:
    notice = tell_all(dana)
    pause(notice, actor=dana)
    page = words(staff.get(path(notice))).split('class="events"')[1]
    assert "Made, dana@example.org" in page
    assert "Paused, dana@example.org" in page


def test_it_is_there_in_german(alice: User, staff: Client) -> None:
    notice = tell_all()
    with override("de"):
        page = words(staff.get(path(notice), headers={"accept-language": "de"}))
    assert "Mails je Minute" in page


# What may be done


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (State.WAITING, {"approve", "cancel", "test"}),
        (State.RUNNING, {"pause", "cancel", "test"}),
        (State.PAUSED, {"resume", "cancel", "test"}),
        (State.STOPPED, {"resume", "cancel", "test"}),
        (State.CANCELLED, {"test"}),
        (State.FINISHED, {"test"}),
    ],
)
def test_the_buttons_are_those_that_the_state_allows(
    alice: User, staff: Client, state: str, offered: set[str], settings: Settings
) -> None:
    if state == State.WAITING:
        for_many(settings, APPROVAL_SIZE=0)
    notice = tell_all()
    if state == State.STOPPED:
        NoticeEvent.objects.create(notice=notice, deed=Deed.STOPPED, tried=30, failed=3)
    if state not in {State.WAITING, State.RUNNING}:
        Notice.objects.update(state=state, finished_at=timezone.now() if state == State.FINISHED else None)
    assert buttons(words(staff.get(path(notice))), notice) == offered


def test_who_made_it_is_told_that_somebody_else_must_approve_it(
    alice: User, dana: User, staff: Client, settings: Settings
) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    notice = tell_all(dana)
    page = words(staff.get(path(notice)))
    assert "approve" not in buttons(page, notice)
    assert "somebody else must approve it" in page
    assert "Somebody else must approve it." in press(staff, notice, "approve")


def test_another_editor_approves_it(alice: User, dana: User, settings: Settings) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    notice = tell_all(dana)
    editor = staff_with(Duty.EDITOR)
    assert "You approved it." in press(editor, notice, "approve")
    send_due()
    assert len(mail.outbox) == 1


def test_pausing_and_resuming_and_pressing_twice(alice: User, staff: Client) -> None:
    notice = tell_all()
    assert "It waits from now on." in press(staff, notice, "pause")
    assert "state of this notice is “Paused”" in press(staff, notice, "pause")
    assert "It is being sent again." in press(staff, notice, "resume")
    assert notice.events.count() == 3


def test_cancelling_is_asked_first(alice: User, staff: Client) -> None:
    notice = tell_all()
    page = press(staff, notice, "cancel")
    assert "will not get it: 1." in page
    notice.refresh_from_db()
    assert notice.state == State.RUNNING
    assert "It is cancelled." in press(staff, notice, "cancel", sure="1")
    notice.refresh_from_db()
    assert notice.state == State.CANCELLED


@pytest.mark.parametrize("duty", [Duty.AUDITOR, Duty.SUPPORT])
def test_others_see_and_can_do_nothing(alice: User, duty: Duty) -> None:
    notice = tell_all()
    client = staff_with(duty)
    assert buttons(words(client.get(path(notice))), notice) == set()
    for deed in ("approve", "pause", "resume", "cancel", "test"):
        assert client.post(path(notice, deed), {"sure": "1"}).status_code == 403
    assert client.get(path(notice, "export")).status_code == 200


def test_nobody_else_gets_near(alice: User, client_for: Callable[[User], Client]) -> None:
    notice = tell_all()
    for client in (Client(), client_for(alice), staff_with(None)):
        assert client.get(path(notice)).status_code in {302, 403}
        assert client.get(path(notice, "export")).status_code in {302, 403}
        assert client.post(path(notice, "pause")).status_code in {302, 403}
    notice.refresh_from_db()
    assert notice.state == State.RUNNING


def test_looking_at_an_address_does_nothing(alice: User, staff: Client) -> None:
    notice = tell_all()
    for deed in ("approve", "pause", "resume", "cancel", "test"):
        assert staff.get(path(notice, deed)).status_code == 405
    assert staff.post(path(Notice(pk=UUID(int=1)), "pause")).status_code == 404


# A test to oneself


def test_a_test_is_the_letter_marked_as_one_and_nobodys_delivery(alice: User, dana: User, staff: Client) -> None:
    notice = tell_all()
    assert "2 tests were sent to dana@example.org." in press(staff, notice, "test")
    assert [(message.to, message.subject) for message in mail.outbox] == [
        (["dana@example.org"], "Test: Wir ändern etwas"),
        (["dana@example.org"], "Test: We change something"),
    ]
    assert Delivery.objects.count() == 1
    assert Delivery.objects.get().state == Delivery.State.PENDING
    assert notice.events.get(deed=Deed.TESTED).who == who(dana)


def test_a_test_that_the_mail_server_does_not_take_is_told(
    alice: User, staff: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with_smtp(settings, port=9)
    notice = tell_all()
    assert "The mail server did not take the test." in press(staff, notice, "test")
    assert not notice.events.filter(deed=Deed.TESTED).exists()
    assert "was not taken: Unreachable" in caplog.text
    assert "dana@" not in caplog.text


# The record as a file


def test_the_file_has_a_row_for_each_delivery_and_no_address(alice: User, bob: User, staff: Client) -> None:
    notice = tell_all()
    outcome(bob, state="failed", error="smtp-550")
    response: Any = staff.get(path(notice, "export"))
    text = b"".join(response.streaming_content).decode()
    rows = {row["subject"]: row for row in csv.DictReader(text.splitlines())}
    assert set(rows) == {str(subject_of(user).pk) for user in (alice, bob)}
    row = rows[str(subject_of(bob).pk)]
    assert (row["state"], row["reason"]) == ("failed", "smtp-550")
    assert row["reason_in_words"] == "The mail server refused it for good (550)"
    assert "@" not in text
    assert response["Content-Disposition"] == f'attachment; filename="notice-{notice.pk}.csv"'


@pytest.mark.django_db(transaction=True)
def test_memory_does_not_grow_with_the_file() -> None:
    people(1)
    notice = tell_all()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO subjects_subject SELECT (jsonb_populate_record(NULL::subjects_subject,"
            " to_jsonb(subjects_subject) || jsonb_build_object('id', gen_random_uuid()))).*"
            " FROM subjects_subject, generate_series(1, 30000)"
        )
        cursor.execute(
            "INSERT INTO notices_delivery (notice_id, bulk, subject_id, language)"
            " SELECT %s, true, id, 'en' FROM subjects_subject ON CONFLICT DO NOTHING",
            [notice.pk],
        )
    lines = export(notice)
    next(lines)
    tracemalloc.start()
    try:
        number = sum(1 for _line in lines)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert number == 30001
    assert peak < 8_000_000


def test_the_front_page_names_what_waits_and_what_stopped(
    alice: User, dana: User, staff: Client, settings: Settings
) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    notice = tell_all(colleague())
    link = f'<a href="{path(notice)}">'
    assert link in words(staff.get("/staff/"))
    assert "It is for 1 person and waits" in words(staff.get("/staff/"))
    assert link not in words(staff_with(Duty.SUPPORT).get("/staff/"))


def test_the_page_renews_itself_only_while_something_happens(alice: User, dana: User, staff: Client) -> None:
    notice = tell_all(dana)
    assert 'data-every="5"' in words(staff.get(path(notice)))
    pause(notice, actor=dana)
    assert "data-every" not in words(staff.get(path(notice)))


def test_mails_of_which_nobody_knows_whether_they_arrived_are_counted(staff: Client, alice: User, dana: User) -> None:
    notice = tell_all(dana)
    batch = claim_batch()
    assert "Worker died" not in words(staff.get(path(notice)))
    Journal(batch.claim).begin(batch.deliveries[0])
    Delivery.objects.update(due_at=timezone.now())
    send_due()
    assert "1 mail, which may have come twice" in words(staff.get(path(notice)))
