"""What is left when a person is erased: a tombstone, evidence without identity, and silence."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, connection, transaction

from accounts.subjects.models import Subject
from accounts.users.models import Profile, User
from consents.notices.send import send_due
from consents.notices.tell import tell
from dsar.archives import shelf
from dsar.archives.models import Archive
from dsar.requests.models import Request, RequestEvent
from dsar.work.models import Certificate, Plan
from tests.people import PASSWORD, person
from tests.work import ask_for, now, work_off

pytestmark = pytest.mark.django_db


def test_in_the_end_nothing_is_left_but_a_tombstone(erased, alice, helpdesk):
    assert not User.objects.filter(email=alice.email).exists()
    assert not Profile.objects.filter(subject=alice.subject).exists()
    assert not EmailAddress.objects.filter(email=alice.email).exists()
    assert alice.email not in helpdesk.tickets
    assert len(helpdesk.invoices[alice.email]) == 1, "a law wants it"
    subject = Subject.objects.get(pk=alice.subject.pk)
    assert subject.stage == Subject.Stage.TOMBSTONE
    assert subject.wrapped_key is None
    assert erased.state == Request.State.DONE


def test_no_table_holds_the_persons_address_or_name_any_more(erased, alice):
    # The farewell is still to be sent; its address is sealed.
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s OR t::text ILIKE %s',  # noqa: S608
                [f"%{alice.email}%", "%Alice Example%"],
            )
            assert cursor.fetchone() == (0,), table


def test_signing_in_no_longer_works_and_the_address_may_register_anew_and_be_deleted_again(
    erased, alice, client, grace_over
):
    response = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session
    again = person("Alice")
    assert again.subject != alice.subject
    assert again.subject
    ask_for("erasure", again.subject)
    grace_over()
    work_off()
    assert not User.objects.filter(email=alice.email).exists()
    assert Certificate.objects.count() == 2


def test_the_farewell_goes_to_the_old_address_once_and_no_mail_ever_after(erased, alice, helpdesk):
    mail.outbox.clear()
    send_due()
    send_due()
    (farewell,) = mail.outbox
    assert farewell.to == [alice.email]
    certificate = Certificate.objects.get()
    assert f"/requests/certificates/{certificate.token}/" in farewell.body
    tell(Subject.objects.get(pk=alice.subject.pk), "request-failed", context={"reference": "x", "due_on": now()})
    send_due()
    assert len(mail.outbox) == 1


def test_mails_that_waited_are_not_sent_to_an_erased_person(grace_over, asked, alice):
    grace_over()
    work_off()
    mail.outbox.clear()
    send_due()
    assert ["was deleted" in message.subject for message in mail.outbox] == [True]


def test_evidence_survives_without_identity(erased, alice):
    events = RequestEvent.objects.filter(subject=alice.subject)
    assert list(events.values_list("kind", flat=True)) == ["asked", "began", "done"]
    plan = Plan.objects.get()
    assert plan.email is None


def test_events_and_certificates_can_not_be_changed(erased):
    # Nothing may be outstanding where TRUNCATE is tried.
    connection.check_constraints()
    for table in ("requests_requestevent", "work_certificate"):
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table}"):  # noqa: S608
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_archives_go_with_the_person(grace_over, alice, helpdesk, django_capture_on_commit_callbacks):
    ask_for("access", alice.subject)
    work_off()
    path = Archive.objects.get().path
    ask_for("erasure", alice.subject)
    grace_over()
    with django_capture_on_commit_callbacks(execute=True):
        work_off()
    assert not Archive.objects.exists()
    assert not shelf.shelf().exists(path)
