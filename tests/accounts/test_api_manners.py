"""Each manner of the API is tried on a small API of its own, made in this file."""

import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import include, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from accounts.calls.conditional import conditional
from accounts.calls.idempotency import forget_answers, idempotent
from accounts.calls.models import Answer
from accounts.calls.refusals import Refusal
from accounts.users.models import Profile
from tests.people import PASSWORD

acts = itertools.count(1)


class NoteInput(serializers.Serializer):
    text = serializers.CharField(max_length=10)


class Notes(APIView):
    @conditional
    def get(self, request):
        return Response({"name": Profile.objects.get(subject=request.user.subject).full_name})

    @idempotent
    def post(self, request):
        NoteInput(data=request.data).is_valid(raise_exception=True)
        if request.data["text"] == "refuse":
            raise Refusal(_("Not this text."), code="not-this", field="text")
        return Response({"number": next(acts)}, status=201)


class Open(APIView):
    permission_classes = [AllowAny]

    def post(self, request):
        return Response(request.data)


class Crash(APIView):
    permission_classes = [AllowAny]

    def get(self, request):
        raise RuntimeError("a mistake of ours")


handler404 = "privacycenter.errors.not_found"
handler500 = "privacycenter.errors.server_error"
urlpatterns = [
    path("api/v1/notes/", Notes.as_view()),
    path("api/v1/open/", Open.as_view()),
    path("api/v1/crash/", Crash.as_view()),
    path("_allauth/", include("allauth.headless.urls")),
    path("accounts/", include("allauth.urls")),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def problem(response, status):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status
    return response.json()


def test_nobody_gets_in_without_signing_in():
    response = APIClient().get("/api/v1/notes/")
    problem(response, 401)
    assert response["WWW-Authenticate"] == "X-Session-Token"


def test_staff_who_are_no_subjects_have_nothing_here(dana, api_for):
    problem(api_for(dana).get("/api/v1/notes/"), 403)


def test_an_app_gets_in_with_its_session_token(alice, api_for):
    assert api_for(alice).get("/api/v1/notes/").json() == {"name": "Alice Example"}


def test_a_made_up_token_is_refused(alice):
    problem(APIClient(headers={"X-Session-Token": "made-up"}).get("/api/v1/notes/"), 401)


def test_a_browser_session_writes_only_with_the_csrf_token(alice):
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(alice, backend="accounts.users.backend.AuthenticationBackend")
    problem(browser.post("/api/v1/notes/", {"text": "hello"}, format="json"), 403)


def test_errors_name_the_field(alice, api_for):
    body = problem(api_for(alice).post("/api/v1/notes/", {"text": "far too long for it"}, format="json"), 400)
    assert list(body["errors"]) == ["text"]


def test_a_refusal_of_an_act_carries_code_message_and_field(alice, api_for):
    body = problem(api_for(alice).post("/api/v1/notes/", {"text": "refuse"}, format="json"), 422)
    assert body["type"] == "urn:privacy-center:problem:not-this"
    assert body["errors"] == {"text": ["Not this text."]}


def test_an_unknown_address_is_a_problem_body():
    problem(APIClient().get("/api/v1/nothing/"), 404)


def test_a_wrong_method_is_a_problem_body(alice, api_for):
    problem(api_for(alice).delete("/api/v1/notes/"), 405)


def test_a_mistake_of_ours_is_a_problem_body_that_tells_nothing():
    client = APIClient(raise_request_exception=False)
    assert "mistake" not in json.dumps(problem(client.get("/api/v1/crash/"), 500))


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"text": "a", "text": "b"}', 400),
        (b'{"text": "\xff\xfe"}', 400),
        (b'{"text": NaN}', 400),
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"text": "\\u0000"}', 400),
        (b'"' + b"x" * 2_000_000 + b'"', 413),
    ],
)
def test_a_body_that_is_no_clean_json_is_refused(content, status):
    problem(APIClient().post("/api/v1/open/", content, content_type="application/json"), status)


def test_another_media_type_is_refused():
    problem(APIClient().post("/api/v1/open/", b"<a/>", content_type="application/xml"), 415)


def test_an_unchanged_answer_is_304_and_empty(alice, api_for):
    client = api_for(alice)
    etag = client.get("/api/v1/notes/")["ETag"]
    again = client.get("/api/v1/notes/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    profile = Profile.objects.get(subject=alice.subject)
    profile.full_name = "Alice Married"
    profile.save()
    assert client.get("/api/v1/notes/", headers={"If-None-Match": etag}).status_code == 200


def test_the_same_key_and_body_act_once_and_answer_the_same(alice, api_for):
    client = api_for(alice)
    first = client.post("/api/v1/notes/", {"text": "hello"}, format="json", headers={"Idempotency-Key": "k1"})
    second = client.post("/api/v1/notes/", {"text": "hello"}, format="json", headers={"Idempotency-Key": "k1"})
    assert (first.status_code, first.json()) == (second.status_code, second.json())


def test_without_a_key_each_call_acts(alice, api_for):
    client = api_for(alice)
    one, other = (client.post("/api/v1/notes/", {"text": "hello"}, format="json").json() for _turn in range(2))
    assert one != other


def test_the_same_key_with_another_body_is_refused(alice, api_for):
    client = api_for(alice)
    client.post("/api/v1/notes/", {"text": "hello"}, format="json", headers={"Idempotency-Key": "k1"})
    again = client.post("/api/v1/notes/", {"text": "other"}, format="json", headers={"Idempotency-Key": "k1"})
    assert problem(again, 422)["errors"].keys() == {"Idempotency-Key"}


def test_a_call_that_failed_may_be_repeated_with_its_key(alice, api_for):
    client = api_for(alice)
    client.post("/api/v1/notes/", {"text": "refuse"}, format="json", headers={"Idempotency-Key": "k1"})
    assert not Answer.objects.exists()
    assert (
        client.post("/api/v1/notes/", {"text": "hello"}, format="json", headers={"Idempotency-Key": "k1"}).status_code
        == 201
    )


@pytest.mark.parametrize("key", ["", "x" * 201, "späti"])
def test_a_key_that_can_not_be_kept_is_refused(alice, api_for, key):
    problem(api_for(alice).post("/api/v1/notes/", {"text": "hi"}, format="json", HTTP_IDEMPOTENCY_KEY=key), 400)


def test_keys_of_two_people_do_not_meet(alice, charlie, api_for):
    headers = {"Idempotency-Key": "k1"}
    one = api_for(alice).post("/api/v1/notes/", {"text": "hello"}, format="json", headers=headers)
    other = api_for(charlie).post("/api/v1/notes/", {"text": "hello"}, format="json", headers=headers)
    assert one.json() != other.json()


def test_a_kept_answer_is_sealed_and_forgotten_after_a_day(alice, api_for):
    api_for(alice).post("/api/v1/notes/", {"text": "hello"}, format="json", headers={"Idempotency-Key": "k1"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM calls_answer")
        assert b"number" not in bytes(cursor.fetchone()[0])
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert forget_answers() == 1


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_the_same_moment_act_once(alice, api_for):
    token = api_for(alice)._credentials["HTTP_X_SESSION_TOKEN"]
    both_ready = threading.Barrier(2)

    def call():
        client = APIClient(headers={"X-Session-Token": token})
        both_ready.wait(timeout=10)
        try:
            return client.post(
                "/api/v1/notes/", {"text": "hello"}, format="json", headers={"Idempotency-Key": "k1"}
            ).json()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _turn: call(), range(2))
    assert one == other


def test_too_many_calls_are_told_when_to_come_back(alice, api_for, monkeypatch, time_machine):
    time_machine.move_to(datetime.now(UTC), tick=False)
    from accounts.calls.throttling import PersonThrottle

    monkeypatch.setattr(PersonThrottle, "THROTTLE_RATES", {"person": "2/min"})
    client = api_for(alice)
    answers = [client.get("/api/v1/notes/") for _turn in range(3)]
    problem(answers[2], 429)
    assert int(answers[2]["Retry-After"]) > 0


def test_signing_in_by_app_with_a_wrong_password_tells_nothing(alice):
    known, unknown = (
        APIClient().post(
            "/_allauth/app/v1/auth/login", {"email": email, "password": "wrong " + PASSWORD}, format="json"
        )
        for email in (alice.email, "nobody@example.org")
    )
    assert known.status_code == unknown.status_code == 400
    assert known.json()["errors"] == unknown.json()["errors"]
