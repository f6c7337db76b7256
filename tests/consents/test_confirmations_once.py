"""A system's call that is repeated with its Idempotency-Key sends one mail, however late it is repeated."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.calls.idempotency import KEPT_FOR
from accounts.subjects.life import freeze
from accounts.users.models import User
from consents.catalogue.models import Purpose, PurposeText
from consents.mailing.models import Call, Confirmation
from consents.mailing.send import send_due
from consents.mailing.tasks import forget_unconfirmed
from tests.accounts.systems import signed_in, system
from tests.consents.purposes import make_purpose
from tests.people import subject_of

URL = "/api/v1/confirmations/"
LATER = timedelta(minutes=40)


@pytest.fixture(autouse=True)
def topics(db: None) -> None:
    for slug in ("news", "surveys"):
        make_purpose(slug)
    Purpose.objects.update(channel="email")


def question(address: str = "gwen@example.org", slug: str = "news") -> dict[str, Any]:
    words = PurposeText.objects.get(purpose__slug=slug, language="en").sha256
    return {
        "address": address,
        "decisions": [{"purpose": slug, "text_sha256": words}],
        "page": "https://shop.example/newsletter",
    }


def post(api: Any, body: dict[str, Any], key: str | None = "order-17") -> Any:
    return api.post(URL, body, format="json", headers={"Idempotency-Key": key} if key is not None else {})


def mails() -> int:
    send_due()
    return len(mail.outbox)


def test_a_repeated_call_sends_one_mail_and_gets_the_same_answer(system_api: Any) -> None:
    api = system_api("choices:record")
    first = post(api, question())
    assert mails() == 1
    with time_machine.travel(timezone.now() + LATER):
        again = post(api, question())
        assert mails() == 1
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (202, first.json())


def test_without_a_key_the_same_question_is_asked_once_within_minutes_and_then_anew(system_api: Any) -> None:
    api = system_api("choices:record")
    for _again in range(2):
        assert post(api, question(), key=None).status_code == 202
        assert mails() == 1
    with time_machine.travel(timezone.now() + LATER):
        post(api, question(), key=None)
        assert mails() == 2


def test_another_call_under_the_same_key_is_refused(system_api: Any) -> None:
    api = system_api("choices:record")
    post(api, question())
    for other in (question(slug="surveys"), question("hugo@example.org")):
        refused = post(api, other)
        assert refused.status_code == 422
        assert refused["Content-Type"] == "application/problem+json"
        assert list(refused.json()["errors"]) == ["Idempotency-Key"]
    assert mails() == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "schlüssel", "a\tb"])
def test_a_key_that_is_none_is_refused(system_api: Any, key: str) -> None:
    assert post(system_api("choices:record"), question(), key).status_code == 400
    assert not Confirmation.objects.exists()


def test_keys_of_two_systems_are_apart(db: None) -> None:
    for number, name in enumerate(["Shop", "Mailer"]):
        api = signed_in(system("choices:record", name=name))
        assert post(api, question(f"{number}@example.org")).status_code == 202
    assert mails() == 2


def test_a_call_that_failed_keeps_nothing_and_may_be_mended(system_api: Any) -> None:
    api = system_api("choices:record")
    bad = question()
    bad["decisions"][0]["text_sha256"] = "0" * 64
    assert post(api, bad).status_code == 422
    assert not Call.objects.exists()
    assert post(api, question()).status_code == 202
    assert mails() == 1


def test_a_repeated_call_tells_nothing_about_the_owner(system_api: Any, alice: User) -> None:
    """Who may not be asked is answered like anybody, also under a key that was used for another call."""
    freeze(subject_of(alice))
    api = system_api("choices:record")
    seen = []
    for number, address in enumerate(["gwen@example.org", alice.email]):
        answers = [post(api, question(address, slug), f"key-{number}") for slug in ("news", "news", "surveys")]
        seen.append([(answer.status_code, sorted(answer.json())) for answer in answers])
    assert seen[0] == seen[1]
    assert [status for status, _names in seen[0]] == [202, 202, 422]


def test_a_key_is_good_for_a_day_and_then_forgotten(system_api: Any) -> None:
    # The token of the call would be over by then.
    client = system("choices:record")
    post(signed_in(client), question())
    with time_machine.travel(timezone.now() + KEPT_FOR + timedelta(minutes=1)):
        assert post(signed_in(client), question(slug="surveys")).status_code == 202
        assert Call.objects.count() == 1
    with time_machine.travel(timezone.now() + 2 * KEPT_FOR + timedelta(minutes=2)):
        forget_unconfirmed()
        forget_unconfirmed()
    assert not Call.objects.exists()


def test_what_is_kept_names_nobody(system_api: Any) -> None:
    post(system_api("choices:record"), question())
    kept = Call.objects.values().get()
    assert not any("gwen" in str(value) for value in kept.values())
    assert set(kept) == {"id", "client_id", "key", "fingerprint", "made_at"}
