"""A version is written, reviewed, approved by another person, announced in time, in force; or withdrawn before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.calls.refusals import Refusal
from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.notices.models import Notice
from consents.notices.send import send_due
from consents.policies.acknowledge import outstanding
from consents.policies.models import Version
from consents.policies.publish import publish
from consents.policies.review import approve, submit, take_back
from consents.policies.withdraw import withdraw
from tests.consents.policies import approved, approver, release, write
from tests.people import subject_of

MONTH = timedelta(days=30)


def code(act: object) -> str:
    assert callable(act)
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def given(number: str, author: User) -> Version:
    version = write(number, summary="More.")
    Version.objects.filter(pk=version.pk).update(reason="It adds nothing.")
    return submit(version, actor=author)


# Two people


def test_nobody_approves_what_they_gave_to_review(dana: User) -> None:
    version = given("1.0", dana)
    assert code(lambda: approve(version, actor=dana)) == "same-hands"
    with pytest.raises(IntegrityError, match="policies_two_people"), transaction.atomic():
        Version.objects.filter(pk=version.pk).update(state="approved", approved_by=dana)
    assert approve(version, actor=approver()).state == "approved"


def test_what_nobody_approved_is_not_published(dana: User) -> None:
    assert code(lambda: publish(write("1.0"), actor=dana)) == "not-approved"
    assert code(lambda: publish(given("1.0", dana), actor=dana)) == "not-approved"


@pytest.mark.parametrize("duty", [Duty.SUPPORT, Duty.AUDITOR])
def test_only_editors_and_officers_approve(dana: User, duty: Duty) -> None:
    version = given("1.0", approver())
    dana.groups.set(Group.objects.filter(name=duty))
    with pytest.raises(PermissionDenied):
        approve(version, actor=User.objects.get(pk=dana.pk))
    dana.groups.set(Group.objects.filter(name=Duty.OFFICER))
    assert approve(version, actor=User.objects.get(pk=dana.pk)).approved_by == dana


def test_each_step_is_made_once(dana: User) -> None:
    version = given("1.0", dana)
    assert code(lambda: submit(version, actor=dana)) == "not-a-draft"
    approve(version, actor=approver())
    assert code(lambda: approve(version, actor=approver())) == "not-in-review"


def test_what_was_approved_can_be_taken_back_and_changed(dana: User) -> None:
    version = approved(write("1.0"), dana)
    assert take_back(version, actor=dana).is_draft
    write("1.0", "Something else.")
    version.refresh_from_db()
    assert (version.approved_by, version.submitted_by) == (None, None)
    assert code(lambda: take_back(version, actor=dana)) == "not-in-review"


def test_a_version_without_a_reason_is_not_reviewed(dana: User) -> None:
    release("1.0", dana)
    assert code(lambda: submit(write("1.1"), actor=dana)) == "no-reason"


@pytest.mark.parametrize("state", ["review", "approved"])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE policies_versiontext SET body = 'x'",
        "DELETE FROM policies_versiontext",
        "INSERT INTO policies_versiontext"
        " (version_id, language, title, body, summary, html, summary_html, contents, sha256)"
        " SELECT id, 'fr', 't', 'b', '', '', '', '[]', '' FROM policies_version",
        "UPDATE policies_version SET material = NOT material",
        "UPDATE policies_version SET number = '7.7'",
        "UPDATE policies_version SET reason = 'another'",
        "DELETE FROM policies_version",
        "UPDATE policies_version SET state = 'published', approved_by_id = uuidv7(), sequence = 1,"
        " published_at = now(), effective_at = now(), number = '9.9'",
    ],
)
def test_what_was_given_to_review_stays_as_it_was_read(dana: User, state: str, sql: str) -> None:
    version = given("1.0", dana)
    if state == "approved":
        approve(version, actor=approver())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(sql)
    version.refresh_from_db()
    assert (version.state, version.number) == (state, "1.0")


def test_no_step_is_left_out_in_the_database(dana: User) -> None:
    version = write("1.0")
    now = timezone.now()
    done = {"submitted_by": dana, "approved_by": approver(), "sequence": 1, "published_at": now, "effective_at": now}
    with pytest.raises(IntegrityError, match="can not change so"), transaction.atomic():
        Version.objects.filter(pk=version.pk).update(state="published", **done)


# The period of notice


@pytest.fixture
def month(settings: Any) -> None:
    settings.POLICY_NOTICE = {"": MONTH, "US_CA": timedelta(days=45)}


@pytest.mark.usefixtures("month")
def test_a_material_change_takes_effect_when_the_longest_period_is_over(dana: User) -> None:
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC), tick=False):
        release("1.0", dana)
        assert release("2.0", dana, material=True).effective_at == datetime(2026, 4, 15, tzinfo=UTC)


@pytest.mark.usefixtures("month")
def test_a_day_before_the_period_is_over_is_refused_with_the_first_possible(dana: User) -> None:
    release("1.0", dana)
    with pytest.raises(Refusal) as caught:
        release("2.0", dana, material=True, effective_at=timezone.now() + MONTH)
    assert caught.value.code == "notice-too-short"
    assert "it can take effect on" in str(caught.value.message)


@pytest.mark.usefixtures("month")
def test_a_correction_takes_effect_at_once(dana: User) -> None:
    release("1.0", dana)
    assert release("1.1", dana).binds


# Withdrawing


def test_what_was_announced_can_be_withdrawn_and_everybody_is_told(alice: User, dana: User) -> None:
    release("1.0", dana)
    version = release("2.0", dana, material=True, effective_at=timezone.now() + MONTH)
    assert outstanding(subject_of(alice)) == [version]
    withdraw(version, actor=dana)
    send_due()
    assert mail.outbox[-1].subject == "HOTSALES does not change its Privacy Policy after all"
    assert outstanding(subject_of(alice)) == []
    assert not Version.objects.coming().exists()
    assert release("2.1", dana).sequence == 3
    page = Client().get("/policies/privacy/2.0/")
    assert page.status_code == 200
    assert "withdrawn" in page.content.decode()
    assert "2.0" in Client().get("/policies/privacy/versions/").content.decode()


def test_withdrawing_a_correction_disturbs_nobody(alice: User, dana: User) -> None:
    release("1.0", dana)
    withdraw(release("1.1", dana, effective_at=timezone.now() + MONTH), actor=dana)
    assert not Notice.objects.exists()


def test_what_is_in_force_is_not_withdrawn(dana: User) -> None:
    version = release("1.0", dana)
    assert code(lambda: withdraw(version, actor=dana)) == "too-late"
    with pytest.raises(IntegrityError, match="can not change so"), transaction.atomic():
        Version.objects.update(state="withdrawn", withdrawn_at=timezone.now(), withdrawn_by=dana)


def test_what_was_withdrawn_stays_so(dana: User) -> None:
    release("1.0", dana)
    version = release("1.1", dana, effective_at=timezone.now() + MONTH)
    withdraw(version, actor=dana)
    assert code(lambda: withdraw(version, actor=dana)) == "too-late"
    assert code(lambda: publish(version, actor=dana)) == "already-published"
    for change in ({"state": "published", "withdrawn_at": None}, {"withdrawn_by": None}):
        with pytest.raises(IntegrityError, match="can not change so"), transaction.atomic():
            Version.objects.filter(pk=version.pk).update(**change)
