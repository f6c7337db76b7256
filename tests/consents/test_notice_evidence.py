"""What people were told, when and by which way can be proved, and nobody changes it afterwards."""

import smtplib
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.subjects.life import freeze
from accounts.users.models import User
from consents.notices.line import Line
from consents.notices.models import Attempt, Delivery, Result
from consents.notices.send import send_due
from dsar.datamap.own import PrivacyCenter
from dsar.datamap.systems import Identities
from tests.consents.notices import tell_all
from tests.people import subject_of


def test_an_attempt_says_who_was_told_what_and_when(alice: User) -> None:
    notice = tell_all()
    before = timezone.now()
    send_due()
    attempt = Attempt.objects.select_related("result").get()
    assert (attempt.delivery.notice, attempt.subject, attempt.channel, attempt.number) == (
        notice,
        subject_of(alice),
        "email",
        1,
    )
    assert attempt.text.body == "From **tomorrow** on.\n\nBye & <b>good</b>."
    assert (attempt.result.kind, attempt.result.code) == ("accepted", "")
    assert before <= attempt.began_at <= attempt.result.at == Delivery.objects.get().sent_at


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such person")}), "refused", "smtp-550"),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"greylisted")}), "deferred", "smtp-450"),
    ],
)
def test_what_the_mail_server_said_is_kept(
    alice: User, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: str, code: str
) -> None:
    def refusing(*args: Any) -> None:
        raise error

    monkeypatch.setattr(Line, "send", refusing)
    tell_all()
    send_due()
    assert Result.objects.values_list("kind", "code").get() == (kind, code)


def test_why_somebody_was_not_told_is_kept(alice: User) -> None:
    tell_all()
    freeze(subject_of(alice))
    send_due()
    assert Result.objects.values_list("kind", "code").get() == ("skipped", "erasure-asked")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE notices_attempt SET began_at = now()",
        "UPDATE notices_result SET kind = 'accepted', code = ''",
        "DELETE FROM notices_attempt",
        "DELETE FROM notices_result",
        "TRUNCATE notices_attempt CASCADE",
        "TRUNCATE notices_result",
        "UPDATE notices_noticetext SET body = 'x'",
        "DELETE FROM notices_noticetext",
        "TRUNCATE notices_noticetext",
    ],
)
def test_nobody_changes_what_was_said_and_done(alice: User, sql: str) -> None:
    tell_all()
    send_due()
    with connection.cursor() as cursor:
        # Foreign keys wait for the end of the transaction, and TRUNCATE would not start before.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(sql)
    assert Result.objects.get().attempt.text.notice.texts.count() == 2


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"kind": "lost"}, "notices_result_kind"),
        ({"kind": "accepted", "code": "smtp-250"}, "notices_result_kind"),
        ({"kind": "refused", "code": ""}, "notices_result_kind"),
        ({"kind": "unknown", "code": "unknown"}, "notices_result_pkey"),
    ],
)
def test_an_attempt_has_one_result_of_a_known_kind(alice: User, values: Any, constraint: str) -> None:
    tell_all()
    send_due()
    attempt = Attempt.objects.get()
    if constraint != "notices_result_pkey":
        attempt = another(attempt)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Result.objects.create(attempt=attempt, subject=attempt.subject, at=timezone.now(), **values)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"number": 0}, "notices_attempt_number"),
        ({"channel": "pigeon"}, "notices_attempt_channel"),
        ({"number": 1}, "notices_attempt_once"),
    ],
)
def test_an_attempt_has_a_number_of_its_own_and_a_known_way(alice: User, values: Any, constraint: str) -> None:
    tell_all()
    send_due()
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        another(Attempt.objects.get(), **values)


def another(attempt: Attempt, **values: Any) -> Attempt:
    columns = {name: getattr(attempt, name) for name in ("delivery", "subject", "text", "channel", "claim", "began_at")}
    return Attempt.objects.create(**columns | {"number": 2, "worker": "another"} | values)


def test_it_is_part_of_a_persons_own_copy(alice: User, bob: User) -> None:
    tell_all()
    send_due()
    who = Identities.of(subject_of(alice))
    (tried,) = PrivacyCenter().rows(who, "notices.Attempt")
    (became,) = PrivacyCenter().rows(who, "notices.Result")
    assert (tried["channel"], tried["number"]) == ("email", 1)
    assert (became["kind"], became["attempt"]) == ("accepted", tried["id"])
