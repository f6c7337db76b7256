"""A version is published once, binds from its day on, and everybody affected is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django import Settings

from accounts.calls.refusals import Refusal
from accounts.staff.duties import Duty, sync
from accounts.subjects.life import freeze, open_account
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.notices.models import Delivery, Notice
from consents.notices.send import send_due
from consents.notices.turn import who
from consents.policies.models import Document, Version, VersionText
from consents.policies.publish import publish
from tests.at_once import at_once
from tests.consents.notices import for_many
from tests.consents.policies import approved, approver, release, write
from tests.people import subject_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


# What is refused, and at which field


def refused(version: Version, actor: User) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as caught:
        publish(approved(version, actor), actor=actor)
    version.refresh_from_db()
    assert not version.is_published
    assert str(caught.value.message).endswith(".")
    return caught.value.code, caught.value.field


def test_a_version_without_a_text_is_refused(dana: User) -> None:
    document = Document.objects.create(slug="privacy", title="Privacy")
    version = Version.objects.create(document=document, number="1.0")
    assert refused(version, dana) == ("no-text", "body")


def test_a_version_with_an_empty_text_in_one_language_is_refused(dana: User) -> None:
    version = write("1.0")
    VersionText.objects.create(version=version, language="de", title="Titel", body=" \n")
    assert refused(version, dana) == ("no-text", "body")


def test_a_material_change_without_a_summary_in_each_language_is_refused(dana: User) -> None:
    release("1.0", dana)
    version = write("2.0", summary="More.")
    write("2.0", language="de")
    Version.objects.filter(pk=version.pk).update(material=True)
    assert refused(version, dana) == ("no-summary", "summary")


def test_a_change_that_would_bind_people_in_the_past_is_refused(dana: User) -> None:
    release("1.0", dana)
    version = write("1.1")
    Version.objects.filter(pk=version.pk).update(effective_at=timezone.now() - timedelta(minutes=1))
    assert refused(version, dana) == ("effective-in-the-past", "effective_at")


def test_the_first_version_may_have_been_in_force_before(dana: User) -> None:
    since = timezone.now() - timedelta(days=400)
    assert release("1.0", dana, effective_at=since).binds


def test_a_version_may_not_overtake_one_that_was_announced_for_later(dana: User) -> None:
    release("1.0", dana)
    release("2.0", dana, material=True, effective_at=timezone.now() + timedelta(days=30))
    version = write("2.1")
    assert refused(version, dana) == ("effective-too-early", "effective_at")


@pytest.mark.parametrize("number", ["1.9", "0.1"])
def test_a_number_that_is_not_greater_is_refused(dana: User, number: str) -> None:
    release("1.10", dana)
    assert refused(write(number), dana) == ("number-not-greater", "number")


def test_ten_comes_after_nine(dana: User) -> None:
    release("1.9", dana)
    assert release("1.10", dana).sequence == 2


def test_a_published_version_is_not_published_again(dana: User) -> None:
    version = release("1.0", dana)
    with pytest.raises(Refusal, match="already-published"):
        publish(version, actor=dana)


def test_only_editors_publish(dana: User, alice: User) -> None:
    version = approved(write("1.0"), dana)
    sync()
    dana.groups.set(Group.objects.exclude(name=Duty.EDITOR))
    for actor in (User.objects.get(pk=dana.pk), alice):
        with pytest.raises(PermissionDenied):
            publish(version, actor=actor)


def test_what_changed_since_the_editor_looked_is_not_published(dana: User) -> None:
    version = write("1.0")
    seen = version.edited_at
    write("1.0", "Something else.")
    version = approved(version, dana)
    with pytest.raises(Refusal, match="edited-meanwhile"):
        publish(version, actor=dana, seen=seen)


@pytest.mark.django_db(transaction=True)
def test_two_editors_who_publish_at_once_publish_once(dana: User) -> None:
    version = approved(write("1.0"), dana)
    outcomes: list[str] = []

    def work() -> None:
        try:
            publish(version, actor=dana)
            outcomes.append("published")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    at_once(work, work)
    assert sorted(outcomes) == ["already-published", "published"]


# Which version is in force


def test_a_version_binds_from_its_day_on_and_not_before(dana: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first = release("1.0", dana)
        second = release("2.0", dana, material=True, effective_at=NOON + timedelta(days=30))
        assert Version.objects.in_force("privacy") == first
        assert list(Version.objects.one_in_force_each()) == [first]
        clock.shift(timedelta(days=30) - timedelta(seconds=1))
        assert Version.objects.in_force("privacy") == first
        clock.shift(timedelta(seconds=1))
        assert Version.objects.in_force("privacy") == second
        assert Version.objects.in_force("privacy", NOON) == first
        assert Version.objects.in_force("privacy", NOON - timedelta(days=1)) is None
        assert list(Version.objects.one_in_force_each()) == [second]


def test_without_a_date_a_version_binds_at_once(dana: User) -> None:
    with time_machine.travel(NOON, tick=False):
        assert release("1.0", dana).effective_at == NOON


def test_documents_have_versions_of_their_own(dana: User) -> None:
    privacy, cookies = release("3.0", dana), release("1.0", dana, document="cookies")
    assert set(Version.objects.one_in_force_each()) == {privacy, cookies}
    assert cookies.sequence == 1


# Who is told


def test_a_material_change_is_mailed_to_everybody_in_their_language(alice: User, bob: User, dana: User) -> None:
    Subject.objects.filter(user=bob).update(language="de")
    release("1.0", dana)
    day = timezone.now() + timedelta(days=30)
    release("2.0", dana, material=True, effective_at=day)
    send_due()
    by_address = {message.to[0]: message for message in mail.outbox}
    assert by_address.keys() == {alice.email, bob.email}
    message = by_address[alice.email]
    assert message.subject == f"HOTSALES changes its Privacy Policy on {date_format(day)}"
    first_lines = message.body.split("What changes")[0]
    assert "version 2.0" in first_lines
    assert date_format(day) in first_lines
    assert "We keep more." in message.body
    for deed in ("/policies/privacy/compare/1.0/2.0/", "/policies/privacy/2.0/", "/requests/new/access/", "/choices/"):
        assert f"http://testserver{deed}" in message.body
    assert "Wir behalten mehr." in by_address[bob.email].body


def test_a_correction_disturbs_nobody(alice: User, dana: User) -> None:
    release("1.0", dana)
    assert release("1.1", dana).notice is None
    assert not Notice.objects.exists()


def test_a_change_that_applies_at_once_says_so(alice: User, dana: User) -> None:
    release("1.0", dana)
    release("2.0", dana, material=True)
    send_due()
    assert mail.outbox[0].subject == "HOTSALES has changed its Privacy Policy"


def test_publishing_takes_the_same_number_of_statements_for_ten_people_and_for_three_hundred(
    dana: User,
) -> None:
    release("1.0", dana)
    used = []
    for number, people in (("2.0", 10), ("3.0", 300)):
        for _ in range(people):
            open_account()
        version = write(number, summary="More.")
        Version.objects.filter(pk=version.pk).update(material=True)
        version = approved(version, dana)
        with CaptureQueriesContext(connection) as queries:
            publish(version, actor=dana)
        used.append(len(queries))
    assert used[0] == used[1] <= 20
    assert Delivery.objects.count() == 10 + 310


def test_a_publication_that_fails_tells_nobody(alice: User, dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    release("1.0", dana)
    version = write("2.0", summary="More.")
    Version.objects.filter(pk=version.pk).update(material=True)
    version = approved(version, dana)

    def broken(self: Version, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(Version, "save", broken)
    with pytest.raises(RuntimeError):
        publish(version, actor=dana)
    assert not Delivery.objects.exists()
    assert VersionText.objects.get(version=version).sha256 == ""


def test_people_who_asked_to_be_erased_are_not_told(alice: User, dana: User) -> None:
    freeze(subject_of(alice))
    release("1.0", dana, material=True)
    assert not Delivery.objects.exists()


def test_what_a_second_person_approved_needs_no_other_approval_to_be_mailed_to_very_many(
    alice: User, dana: User, settings: Settings
) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    release("1.0", dana)
    notice = release("1.1", dana, material=True).notice
    assert notice is not None
    assert (notice.state, notice.made_by, notice.approved_by) == ("running", who(dana), who(approver()))
    send_due()
    assert len(mail.outbox) == 1
