from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from dsar.requests.models import Request
from dsar.work.models import Step
from dsar.work.run import run
from dsar.work.start import begin_due
from tests.people import PASSWORD
from tests.work import ask_for, now, work_off

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_empty_list_says_what_will_be_here_and_offers_the_copy_above_the_deletion(alice, client_for):
    page = text(client_for(alice).get("/requests/"))
    assert "You have not asked for anything yet" in page
    assert page.index("/requests/new/access/") < page.index("/requests/new/erasure/")


def test_asking_for_a_copy_leads_to_the_request(alice, client_for, helpdesk):
    client = client_for(alice)
    assert "What you will get" in text(client.get("/requests/new/access/"))
    assert not Request.objects.exists(), "a GET changes nothing"
    response = client.post("/requests/new/access/", follow=True)
    asked = Request.objects.get()
    assert response.redirect_chain == [(f"/requests/{asked.pk}/", 302)]
    page = text(response)
    assert asked.reference in page
    assert "at the latest" in page
    assert "Help desk" in page
    assert "Check again" in page


def test_a_second_ask_shows_the_open_request(alice, client_for, helpdesk):
    asked = ask_for("access", alice.subject)
    client = client_for(alice)
    for response in (client.get("/requests/new/access/"), client.post("/requests/new/access/")):
        assert response["Location"] == asked.get_absolute_url()
    assert Request.objects.count() == 1


def test_the_page_shows_each_source_with_its_state_in_words(alice, client_for, helpdesk):
    asked = ask_for("access", alice.subject)
    helpdesk.is_away = True
    for step in Step.objects.filter(collection__in=["tickets", "users.User"]):
        run(str(step.pk))
    page = text(client_for(alice).get(asked.get_absolute_url()))
    assert "It does not answer at the moment; we try again by ourselves." in page
    assert "Collecting" in page
    assert "Not yet started" in page


def test_when_it_is_done_the_page_leads_to_the_download(alice, client_for, helpdesk):
    asked = ask_for("access", alice.subject)
    client = client_for(alice)
    work_off()
    page = text(client.get(asked.get_absolute_url()))
    assert "Your copy is ready until" in page
    assert "/archives/" in page
    assert "Check again" not in page
    assert "Your copy was ready." in page


def test_somebody_elses_request_does_not_exist(alice, charlie, client_for, helpdesk):
    asked = ask_for("access", alice.subject)
    stranger = client_for(charlie)
    assert stranger.get(asked.get_absolute_url()).status_code == 404
    assert stranger.post(reverse("requests:cancel", args=[asked.pk])).status_code == 404
    assert asked.reference not in text(stranger.get("/requests/"))


def test_an_unknown_kind_does_not_exist(alice, client_for):
    assert client_for(alice).get("/requests/new/everything/").status_code == 404


def test_asking_for_deletion_shows_what_goes_what_stays_and_why(alice, client_for, helpdesk):
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "x"}]
    helpdesk.invoices[alice.email] = [{"number": 7, "text": "z"}]
    page = text(client_for(alice).get("/requests/new/erasure/"))
    assert "Tickets" in page
    assert "Help desk · 1 entry" in page
    assert "Tax Code § 147" in page
    assert "Delete my account" in page
    assert "Keep my account" in page
    assert not Request.objects.exists()


def test_a_source_that_is_away_is_named_before_the_deletion(alice, client_for, helpdesk):
    helpdesk.is_away = True
    assert "do not answer at the moment" in text(client_for(alice).get("/requests/new/erasure/"))


@pytest.mark.parametrize("said", [{}, {"confirm": ""}, {"confirm": "false"}])
def test_anything_but_an_explicit_yes_counts_as_no(alice, client_for, helpdesk, said):
    response = client_for(alice).post("/requests/new/erasure/", said)
    assert response.status_code == 200
    page = text(response)
    assert "There is a problem" in page
    assert "Tick this box" in page
    assert not Request.objects.exists()


def test_after_asking_for_deletion_the_person_is_signed_out_and_told_how_to_stop_it(alice, client_for, helpdesk):
    client = client_for(alice)
    response = client.post("/requests/new/erasure/", {"confirm": "on"}, follow=True)
    asked = Request.objects.get()
    page = text(response)
    assert asked.reference in page
    assert "How to stop it" in page
    assert "_auth_user_id" not in client.session
    assert client.get(response.redirect_chain[-1][0]).status_code == 200, "it can be kept as a bookmark"


def test_a_stale_sign_in_is_confirmed_before_the_deletion_is_taken(alice, client_for, helpdesk, time_machine):
    client = client_for(alice)
    time_machine.move_to(now() + settings.FRESH_SIGN_IN + timedelta(seconds=5))
    response = client.post("/requests/new/erasure/", {"confirm": "on"})
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert not Request.objects.exists()
    client.post(response["Location"], {"password": PASSWORD})
    assert Request.objects.get().kind == "erasure"


def test_a_frozen_account_sees_its_deletion_wherever_it_goes(alice, client_for, helpdesk):
    asked = ask_for("erasure", alice.subject)
    client = client_for(alice)
    for path in ("/", "/data/", "/notices/", "/security/", "/family/", "/accounts/email/"):
        assert client.get(path)["Location"] == asked.get_absolute_url(), path
    assert client.post("/accounts/password/change/")["Location"] == asked.get_absolute_url()
    for path in ("/requests/", "/policies/", "/choices/", "/cookies/", "/accounts/logout/", "/requests/new/access/"):
        assert client.get(path).status_code == 200, path
    assert client.post("/language/", {"language": "en"}).status_code == 302
    page = text(client.get(asked.get_absolute_url()))
    assert "Stop the deletion" in page


def test_the_deletion_is_stopped_by_a_button(alice, client_for, helpdesk):
    asked = ask_for("erasure", alice.subject)
    client = client_for(alice)
    path = reverse("requests:cancel", args=[asked.pk])
    assert client.get(path).status_code == 405
    page = text(client.post(path, follow=True))
    assert "The deletion was stopped." in page
    assert client.get("/security/").status_code == 200


def test_who_comes_too_late_is_told_so(alice, client_for, helpdesk, time_machine):
    asked = ask_for("erasure", alice.subject)
    time_machine.move_to(now() + settings.ERASURE_GRACE + timedelta(seconds=1))
    client = client_for(alice)
    begin_due()
    page = text(client.post(reverse("requests:cancel", args=[asked.pk]), follow=True))
    assert "can not be stopped any more" in page
    assert "Stop the deletion" not in page


def test_a_minor_is_sent_to_the_guardian(mia, client_for):
    response = client_for(mia).get("/requests/new/erasure/")
    assert response.status_code == 403
    assert "ask your parent or guardian" in text(response)


def test_a_guardian_asks_for_a_minor_and_sees_it_among_theirs(bob, mia, client_for, helpdesk):
    client = client_for(bob)
    path = f"/requests/new/erasure/?for={mia.subject.pk}"
    assert "Delete this account" in text(client.get(path))
    page = text(client.post(path, {"confirm": "on"}, follow=True))
    asked = Request.objects.get()
    assert asked.subject == mia.subject
    assert asked.reference in page
    assert client.get("/security/").status_code == 200, "the guardian stays signed in"
    assert "Your guardian asked for this." in text(client_for(mia).get(asked.get_absolute_url()))


@pytest.mark.parametrize("whom", ["alice", "nonsense"])
def test_for_anybody_else_the_page_does_not_exist(alice, bob, client_for, whom):
    pk = alice.subject.pk if whom == "alice" else whom
    assert client_for(bob).get(f"/requests/new/access/?for={pk}").status_code == 404


def test_staff_see_requests_and_can_change_nothing(alice, dana, client_for, helpdesk):
    asked = ask_for("access", alice.subject)
    client = client_for(dana)
    assert asked.reference in text(client.get("/staff/requests/request/"))
    page = text(client.get(f"/staff/requests/request/{asked.pk}/change/"))
    assert "You asked for this." in page
    assert 'name="_save"' not in page
    for room in ("work/plan", "work/step", "work/certificate", "requests/requestevent", "archives/archive"):
        assert client.get(f"/staff/{room}/").status_code == 200
