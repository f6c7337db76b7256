from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings

from dsar.requests.models import Request
from dsar.work.start import begin_due
from tests.work import ask_for, now, work_off

pytestmark = pytest.mark.django_db

REQUESTS = "/api/v1/requests/"


def test_a_copy_is_asked_for_and_followed(alice, api_for, helpdesk):
    api = api_for(alice)
    response = api.post(REQUESTS, {"kind": "access"}, format="json")
    assert response.status_code == 201
    asked = response.json()
    assert asked["state"] == "working"
    assert {step["system"] for step in asked["steps"]} == {"helpdesk", "privacy-center", ""}
    assert asked["links"] == {"self": f"{REQUESTS}{asked['id']}/", "cancel": None, "archive": None}
    work_off()
    done = api.get(asked["links"]["self"]).json()
    assert done["state"] == "done"
    assert {step["state"] for step in done["steps"]} == {"done"}
    assert [event["kind"] for event in done["events"]] == ["asked", "began", "ready"]
    assert api.get(done["links"]["archive"]).json()["state"] == "ready"
    listed = api.get(REQUESTS).json()["results"]
    assert [each["links"]["archive"] for each in listed] == [done["links"]["archive"]]


def test_while_it_is_open_the_same_request_is_the_answer(alice, api_for, helpdesk):
    api = api_for(alice)
    first = api.post(REQUESTS, {"kind": "access"}, format="json")
    second = api.post(REQUESTS, {"kind": "access"}, format="json")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


def test_a_repeated_call_with_the_same_key_gets_the_same_answer(alice, api_for, helpdesk):
    api, key = api_for(alice), str(uuid4())
    answers = [
        api.post(REQUESTS, {"kind": "access"}, format="json", headers={"Idempotency-Key": key}) for _call in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


def test_an_unchanged_request_is_not_sent_again(alice, api_for, helpdesk):
    api = api_for(alice)
    path = ask_for("access", alice.subject)
    first = api.get(f"{REQUESTS}{path.pk}/")
    again = api.get(f"{REQUESTS}{path.pk}/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


def test_it_needs_a_fresh_sign_in(alice, api_for, helpdesk, time_machine):
    api = api_for(alice)
    time_machine.move_to(now() + settings.FRESH_SIGN_IN + timedelta(seconds=5))
    refused = api.post(REQUESTS, {"kind": "access"}, format="json")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("fresh-sign-in-required")
    assert not Request.objects.exists()


@pytest.mark.parametrize("body", [{}, {"kind": "everything"}, {"kind": None}, {"kind": "access", "subject": "x"}, []])
def test_bad_input_is_told_by_field_and_changes_nothing(alice, api_for, body):
    refused = api_for(alice).post(REQUESTS, body, format="json")
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["errors"]
    assert not Request.objects.exists()


def test_without_signing_in_there_is_nothing(client):
    assert client.get(REQUESTS).status_code == 401
    assert client.post(REQUESTS, {"kind": "access"}).status_code == 401


def test_other_peoples_requests_do_not_exist(alice, charlie, api_for, helpdesk):
    asked, api = ask_for("erasure", alice.subject), api_for(charlie)
    assert api.get(f"{REQUESTS}{asked.pk}/").status_code == 404
    assert api.post(f"{REQUESTS}{asked.pk}/cancel/").status_code == 404
    assert api.post(REQUESTS, {"kind": "access", "subject": str(alice.subject.pk)}, format="json").status_code == 404
    assert api.get(REQUESTS).json()["results"] == []


def test_asking_for_erasure_ends_the_sign_in_and_can_be_stopped_after_a_new_one(alice, api_for, helpdesk):
    api = api_for(alice)
    asked = api.post(REQUESTS, {"kind": "erasure"}, format="json").json()
    assert asked["state"] == "scheduled"
    assert asked["grace_until"]
    assert api.get("/api/v1/me/").status_code == 401
    api = api_for(alice)
    stopped = api.post(asked["links"]["cancel"])
    assert (stopped.status_code, stopped.json()["state"]) == (200, "cancelled")
    assert api.get("/api/v1/choices/").status_code == 200


def test_too_late_is_a_conflict(alice, api_for, helpdesk, time_machine):
    asked = ask_for("erasure", alice.subject)
    time_machine.move_to(now() + settings.ERASURE_GRACE + timedelta(seconds=1))
    begin_due()
    refused = api_for(alice).post(f"{REQUESTS}{asked.pk}/cancel/")
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("too-late")


def test_a_frozen_account_is_told_so_and_can_read_what_it_must(alice, api_for, helpdesk):
    ask_for("erasure", alice.subject)
    api = api_for(alice)
    for path in ("data/", "notices/"):
        refused = api.get(f"/api/v1/{path}")
        assert refused.status_code == 409, path
        assert refused.json()["type"].endswith("account-frozen")
    for path in ("me/", "requests/", "policies/", "choices/"):
        assert api.get(f"/api/v1/{path}").status_code == 200, path


def test_the_rehearsal_is_told_and_changes_nothing(alice, api_for, helpdesk):
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "x"}]
    helpdesk.invoices[alice.email] = [{"number": 7, "text": "z"}]
    told = api_for(alice).get(f"{REQUESTS}erasure-rehearsal/").json()
    assert {"system": "helpdesk", "title": "Tickets", "action": "delete", "rows": 1} in told["going"]
    assert [each["law"] for each in told["staying"] if each["system"] == "helpdesk"] == ["Tax Code § 147"]
    assert told["unreachable"] == []
    assert helpdesk.tickets[alice.email]


def test_a_minor_is_sent_to_the_guardian_who_may_ask(mia, bob, api_for, helpdesk):
    refused = api_for(mia).post(REQUESTS, {"kind": "erasure"}, format="json")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("ask-your-guardian")
    asked = api_for(bob).post(REQUESTS, {"kind": "erasure", "subject": str(mia.subject.pk)}, format="json")
    assert asked.status_code == 201
    assert asked.json()["subject"] == str(mia.subject.pk)
