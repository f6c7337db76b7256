import json
from datetime import timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts.subjects import signing
from accounts.subjects.models import Subject
from accounts.users.freshness import StaleSignIn
from accounts.users.models import Profile, User
from consents.notices.models import Delivery
from consents.notices.send import send_due
from consents.notices.tell import tell
from dsar.archives import shelf
from dsar.archives.models import Archive
from dsar.requests.ask import AskYourGuardian, BeingErased, NotYoursToDecide, ask
from dsar.requests.cancel import TooLate, cancel
from dsar.requests.models import Request, RequestEvent
from dsar.requests.rehearsal import rehearse
from dsar.work import run as running
from dsar.work.models import Certificate, Plan, Step
from dsar.work.queue import free_abandoned
from dsar.work.run import run
from dsar.work.start import begin_due
from tests.people import PASSWORD, person
from tests.work import ask_for, now, work_off

pytestmark = pytest.mark.django_db


def kinds_told(subject: Subject) -> list[str]:
    return list(Delivery.objects.filter(subject=subject).order_by("id").values_list("notice__kind", flat=True))


@pytest.fixture
def grace_over(time_machine):
    """Call it to be behind the end of the time to think it over."""
    time_machine.move_to(now(), tick=False)
    return lambda: time_machine.shift(settings.ERASURE_GRACE + timedelta(seconds=1))


@pytest.fixture
def asked(alice, helpdesk) -> Request:
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "x"}, {"number": 2, "text": "y"}]
    helpdesk.invoices[alice.email] = [{"number": 7, "text": "z"}]
    return ask_for("erasure", alice.subject)


@pytest.fixture
def erased(grace_over, asked) -> Request:
    grace_over()
    work_off()
    asked.refresh_from_db()
    return asked


def test_it_needs_a_fresh_sign_in(alice):
    with pytest.raises(StaleSignIn):
        ask(alice.subject, "erasure", actor=alice.subject, signed_in_at=now() - timedelta(days=1))
    alice.subject.refresh_from_db()
    assert not alice.subject.is_frozen


def test_the_account_is_frozen_and_signed_out_everywhere_at_once(alice, client_for, api_for, helpdesk):
    laptop, phone = client_for(alice), api_for(alice)
    assert laptop.get("/security/").status_code == 200
    assert phone.get("/api/v1/requests/").status_code == 200
    ask_for("erasure", alice.subject)
    assert laptop.get("/security/").status_code == 302
    assert phone.get("/api/v1/requests/").status_code == 401
    assert not UserSession.objects.filter(user=alice).exists()
    alice.subject.refresh_from_db()
    assert alice.subject.is_frozen


def test_nothing_is_erased_before_the_time_to_think_it_over_has_passed(asked, alice, helpdesk):
    work_off()
    assert User.objects.filter(pk=alice.pk).exists()
    assert len(helpdesk.tickets[alice.email]) == 2
    assert asked.state == Request.State.SCHEDULED


def test_a_second_ask_returns_the_open_request(asked, alice):
    assert ask_for("erasure", alice.subject) == asked
    assert kinds_told(alice.subject) == ["erasure-scheduled"]


def test_it_can_be_stopped_and_gives_the_account_back_without_a_new_password(asked, alice, client_for):
    cancel(asked, actor=alice.subject)
    asked.refresh_from_db()
    alice.subject.refresh_from_db()
    assert asked.state == Request.State.CANCELLED
    assert not alice.subject.is_frozen
    assert client_for(alice).get("/security/").status_code == 200
    assert kinds_told(alice.subject) == ["erasure-scheduled", "erasure-cancelled"]


def test_what_was_stopped_is_not_done(grace_over, asked, alice):
    cancel(asked, actor=alice.subject)
    grace_over()
    work_off()
    assert User.objects.filter(pk=alice.pk).exists()


def test_it_can_not_be_stopped_once_the_work_has_begun(grace_over, asked, alice):
    grace_over()
    begin_due()
    with pytest.raises(TooLate):
        cancel(asked, actor=alice.subject)
    alice.subject.refresh_from_db()
    assert alice.subject.is_frozen
    assert Request.objects.get().state == Request.State.WORKING


def test_a_stranger_can_not_stop_it(asked, charlie):
    with pytest.raises(NotYoursToDecide):
        cancel(asked, actor=charlie.subject)


def test_a_minor_is_sent_to_the_guardian_who_may_ask_for_it(mia, bob, helpdesk):
    with pytest.raises(AskYourGuardian):
        ask_for("erasure", mia.subject)
    asked = ask_for("erasure", mia.subject, bob.subject)
    assert (asked.subject, asked.asked_by) == (mia.subject, bob.subject)
    assert kinds_told(mia.subject) == kinds_told(bob.subject) == ["erasure-scheduled"]
    bob.subject.refresh_from_db()
    assert not bob.subject.is_frozen


def test_a_stranger_can_not_ask_for_it(alice, charlie):
    with pytest.raises(NotYoursToDecide):
        ask_for("erasure", alice.subject, charlie.subject)


def test_the_rehearsal_says_what_goes_and_what_stays_and_why(alice, helpdesk):
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "x"}]
    helpdesk.invoices[alice.email] = [{"number": 7, "text": "z"}]
    rehearsal = rehearse(alice.subject)
    assert {"Tickets", "Your account", "Your profile"} <= {each.title for each in rehearsal.going}
    invoices = next(each for each in rehearsal.staying if each.title == "Invoices")
    assert (invoices.rows, invoices.law) == (1, "Tax Code § 147")
    assert str(now().year + 10) in invoices.until
    assert User.objects.filter(pk=alice.pk).exists()


def test_rehearsal_and_erasure_agree(grace_over, alice, helpdesk):
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "x"}]
    helpdesk.invoices[alice.email] = [{"number": 7, "text": "z"}]
    ask_for("erasure", alice.subject)
    foreseen = {(each.system, each.title, each.rows) for each in rehearse(alice.subject).going}
    grace_over()
    work_off()
    certified = {
        (system["key"], each["title"], each["rows"])
        for system in Certificate.objects.get().content["systems"]
        for each in system["collections"]
        if each["rows"] and each["action"] != "keep"
    }
    assert certified == foreseen


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


def test_an_open_copy_is_answered_before_the_erasure_begins(grace_over, asked, alice):
    copy = ask_for("access", alice.subject)
    grace_over()
    begin_due()
    assert Plan.objects.get(kind="erasure").state == Plan.State.WAITING
    for _stage in range(2):
        for pk in list(Step.objects.runnable().values_list("pk", flat=True)):
            run(str(pk))
    copy.refresh_from_db()
    assert copy.state == Request.State.DONE
    work_off()
    asked.refresh_from_db()
    assert asked.state == Request.State.DONE


def test_a_copy_that_is_stuck_ends_with_the_erasure(grace_over, asked, alice):
    copy = ask_for("access", alice.subject)
    Plan.objects.filter(request=copy).update(state=Plan.State.STUCK)
    Request.objects.filter(pk=copy.pk).update(state=Request.State.STUCK)
    grace_over()
    work_off()
    copy.refresh_from_db()
    assert copy.state == Request.State.CANCELLED
    assert copy.events.filter(kind="overtaken").count() == 1


def test_no_copy_is_begun_of_what_is_being_deleted(grace_over, asked, alice):
    grace_over()
    begin_due()
    with pytest.raises(BeingErased):
        ask_for("access", alice.subject)


def test_a_source_that_is_away_is_tried_again_and_nothing_is_reported_done(grace_over, asked, alice, helpdesk):
    helpdesk.is_away = True
    grace_over()
    work_off()
    asked.refresh_from_db()
    assert asked.state == Request.State.WORKING
    assert User.objects.filter(pk=alice.pk).exists(), "our own rows are what finds the person there"
    assert not Certificate.objects.exists()


def test_after_enough_tries_staff_are_called_and_what_is_done_stays_done(
    grace_over, asked, alice, helpdesk, monkeypatch
):
    monkeypatch.setattr(running, "FIRST_PAUSE", timedelta(0))
    monkeypatch.setattr(helpdesk, "remaining", lambda who: {"tickets": 1})
    grace_over()
    work_off()
    asked.refresh_from_db()
    assert asked.state == Request.State.STUCK
    assert alice.email not in helpdesk.tickets
    assert User.objects.filter(pk=alice.pk).exists()
    assert kinds_told(alice.subject) == ["erasure-scheduled", "request-failed"]


def test_what_was_written_meanwhile_is_found_and_erased_too(grace_over, asked, alice, helpdesk, time_machine):
    grace_over()
    begin_due()
    run(str(Step.objects.get(action="erase").pk))
    helpdesk.tickets[alice.email] = [{"number": 3, "text": "late"}]
    work_off()
    assert not Certificate.objects.exists()
    time_machine.shift(timedelta(seconds=6))
    work_off()
    assert alice.email not in helpdesk.tickets
    tickets = Certificate.objects.get().content["systems"][0]["collections"][0]
    assert (tickets["title"], tickets["rows"]) == ("Tickets", 3)


def test_our_own_tables_are_erased_whole_or_not_at_all(grace_over, asked, alice, monkeypatch):
    def late(*_arguments: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("dsar.work.finish.entomb", late)
    grace_over()
    work_off()
    assert User.objects.filter(pk=alice.pk).exists()
    assert not Certificate.objects.exists()
    assert "erasure-done" not in kinds_told(alice.subject)
    finish = Step.objects.get(action="finish")
    assert (finish.state, finish.error) == (Step.State.WAITING, "broke")


def test_nothing_is_certified_while_a_row_of_ours_remains(grace_over, asked, alice, monkeypatch):
    monkeypatch.setattr("dsar.datamap.own.PrivacyCenter.remaining", lambda *_: {"users.User": 1})
    grace_over()
    work_off()
    assert User.objects.filter(pk=alice.pk).exists()
    assert Step.objects.get(action="finish").error == "rows-remain"


def test_a_worker_killed_after_the_other_systems_commit_loses_no_count(
    grace_over, asked, alice, helpdesk, monkeypatch, time_machine
):
    def die(*_arguments: object, **_columns: object) -> None:
        raise KeyboardInterrupt

    grace_over()
    begin_due()
    with monkeypatch.context() as patch:
        patch.setattr("dsar.work.erase.settle", die)
        with pytest.raises(KeyboardInterrupt):
            run(str(Step.objects.get(action="erase").pk))
    time_machine.shift(settings.LEASE + timedelta(seconds=1))
    free_abandoned()
    work_off()
    assert helpdesk.asked["erase"] == 2
    tickets = Certificate.objects.get().content["systems"][0]["collections"][0]
    assert tickets["rows"] == 2


def test_the_certificate_names_no_value_and_can_be_checked_offline(erased, alice, tmp_path, client):
    certificate = Certificate.objects.get()
    text = json.dumps(certificate.content)
    assert alice.email not in text
    assert "Alice" not in text
    invoices = certificate.content["systems"][0]["collections"][1]
    assert (invoices["action"], invoices["ground"], invoices["law"]) == ("keep", "legal-obligation", "Tax Code § 147")
    (tmp_path / "certificate.json").write_bytes(client.get(f"/requests/certificates/{certificate.token}/file/").content)
    (tmp_path / "keys.json").write_bytes(client.get("/.well-known/privacy-center-keys.json").content)
    said = StringIO()
    call_command("verify_certificate", tmp_path / "certificate.json", keys=tmp_path / "keys.json", stdout=said)
    assert "is genuine" in said.getvalue()


def test_a_forged_certificate_is_refused(erased, tmp_path):
    certificate = Certificate.objects.get()
    content = signing._encode(json.dumps(certificate.content | {"reference": "PC-0"}).encode())
    forgeries: list[object] = [certificate.signed | {"payload": content}, {"payload": "x"}, [], "x"]
    for forged in forgeries:
        path = tmp_path / "forged.json"
        path.write_text(json.dumps(forged))
        with pytest.raises(CommandError, match="not a genuine certificate"):
            call_command("verify_certificate", path)


def test_a_signature_over_something_else_is_no_certificate():
    signed = signing.sign(b"{}", kind="privacy-center-manifest")
    with pytest.raises(signing.NotSigned):
        signing.verify(signed, kind=Certificate.KIND)


def test_the_certificates_page_opens_by_its_token_only(erased, client):
    certificate = Certificate.objects.get()
    page = client.get(f"/requests/certificates/{certificate.token}/")
    assert page.status_code == 200
    assert "Tax Code § 147" in page.content.decode()
    for guess in (str(certificate.pk), f"{certificate.pk}.x", certificate.token[:-1]):
        assert client.get(f"/requests/certificates/{guess}/").status_code == 404


def test_the_page_of_the_request_tells_whoever_has_its_address_how_it_stands(erased, client):
    page = client.get(f"/requests/scheduled/{erased.token}/").content.decode()
    assert erased.reference in page
    assert "was deleted on" in page
    assert client.get(f"/requests/scheduled/{erased.token[:-1]}/").status_code == 404
