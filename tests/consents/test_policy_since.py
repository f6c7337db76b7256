"""A person sees what changed since the version that they know."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.users.models import User
from consents.policies.acknowledge import acknowledge
from consents.policies.models import Acknowledgement, Version
from consents.policies.publish import publish
from tests.consents.policies import BODY, approved, release, write
from tests.people import subject_of

SINCE = "/policies/privacy/since/"
LATER = BODY.replace("A year", "A month")

SignIn = Callable[[User], Client]


def know(person: User, version: Version) -> None:
    acknowledge(subject_of(person), version, method=Acknowledgement.Method.EXPLICIT)


def page(client: Client, path: str = SINCE, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


def test_what_the_person_took_note_of_is_compared_with_what_is_in_force(
    alice: User, dana: User, client_for: SignIn
) -> None:
    know(alice, release("1.0", dana))
    release("1.1", dana, body=BODY.replace("Your name", "Your whole name"))
    release("2.0", dana, material=True, body=LATER)
    shown = page(client_for(alice))
    assert "You took note of version 1.0 on" in shown
    assert "Version 2.0 is in force since" in shown
    assert "month<span" in shown
    # Both versions between say what they changed.
    assert shown.count("<strong>more</strong>") == 2
    assert 'action="/policies/privacy/2.0/acknowledge/"' in shown


def test_who_joined_when_a_version_was_in_force_knows_that_one(alice: User, dana: User, client_for: SignIn) -> None:
    first = write("1.0")
    long_ago = alice.date_joined - timedelta(days=1)
    Version.objects.filter(pk=first.pk).update(effective_at=long_ago)
    publish(approved(Version.objects.get(pk=first.pk), dana), actor=dana)
    release("2.0", dana, body=LATER)
    assert "Version 1.0 was in force when you joined." in page(client_for(alice))


def test_who_knows_what_is_in_force_is_told_that_nothing_changed(alice: User, dana: User, client_for: SignIn) -> None:
    know(alice, release("1.0", dana))
    shown = page(client_for(alice))
    assert "Nothing has changed since then." in shown
    assert "<ins>" not in shown


def test_a_text_that_the_person_never_took_note_of_has_nothing_to_compare_with(
    alice: User, dana: User, client_for: SignIn
) -> None:
    release("1.0", dana)
    assert "so there is nothing to compare with" in page(client_for(alice))


def test_an_announced_version_can_be_looked_at_too(alice: User, dana: User, client_for: SignIn) -> None:
    know(alice, release("1.0", dana))
    release("2.0", dana, material=True, body=LATER, effective_at=datetime.now(UTC) + timedelta(days=30))
    signed_in = client_for(alice)
    assert "Nothing has changed since then." in page(signed_in)
    assert "Version 2.0 takes effect on" in page(signed_in, f"{SINCE}?to=2.0")


@pytest.mark.parametrize(
    "query", ["to=9.9", "to=x", "to=%00", "view=%00", "view=side&to=", "language=xx", "to=1.0&to=2"]
)
def test_nonsense_in_the_address_is_read_as_nothing(alice: User, dana: User, client_for: SignIn, query: str) -> None:
    know(alice, release("1.0", dana))
    release("2.0", dana, body=LATER)
    assert "took note of version 1.0" in page(client_for(alice), f"{SINCE}?{query}")


def test_drafts_stay_hidden(alice: User, dana: User, client_for: SignIn) -> None:
    know(alice, release("1.0", dana))
    write("2.0", "A secret plan.")
    signed_in = client_for(alice)
    assert "secret" not in page(signed_in, f"{SINCE}?to=2.0")
    write("1.0", "A secret plan.", document="secret")
    assert signed_in.get("/policies/secret/since/").status_code == 404
    assert signed_in.get("/policies/nothing/since/").status_code == 404


def test_nobody_else_is_answered(client: Client, alice: User, charlie: User, dana: User, client_for: SignIn) -> None:
    know(alice, release("1.0", dana))
    answer = client.get(SINCE)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/")
    assert "You took note" not in page(client_for(charlie))


def test_the_notice_and_the_policy_lead_there(alice: User, dana: User, client_for: SignIn) -> None:
    know(alice, release("1.0", dana))
    release("2.0", dana, material=True, body=LATER)
    signed_in = client_for(alice)
    link = f'href="{SINCE}?to=2.0"'
    assert link in page(signed_in, "/policies/privacy/")
    assert link in page(signed_in, "/policies/privacy/2.0/acknowledge/")
    assert link in page(signed_in, "/policies/").partition("<main")[0]
    assert link not in page(Client(), "/policies/privacy/")
