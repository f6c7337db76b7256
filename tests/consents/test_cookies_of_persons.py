"""Who is signed in on a website decides as themselves: to allow, to refuse and to withdraw holds wherever they are."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.subjects.life import freeze
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.choices.may import may
from consents.choices.models import Event, Method
from consents.cookies.devices import new_device
from consents.cookies.devices import subject_of as device_of
from tests.consents.purposes import current, say
from tests.consents.signed_in import DECISIONS, PERSON, code, decide, decisions, held, make_sites, meet, post, token
from tests.people import subject_of

pytestmark = pytest.mark.django_db

NEW = "You are signed in on a new device. What you chose elsewhere holds here too."
TAKEN_OVER = "What you chose on this device and with your account now holds for both."


@pytest.fixture(autouse=True)
def _sites() -> None:
    make_sites()


def test_a_decision_is_the_person_s_own_with_the_same_proof_as_a_browser_s(alice: User) -> None:
    assert decide(alice, ads=True).status_code == 201
    event = Event.objects.get()
    assert (event.subject, event.actor, event.method) == (alice.subject, None, Method.PREFERENCES)
    evidence = event.opened_evidence()
    assert evidence
    assert {name: evidence[name] for name in ("site", "control", "banner")} == {
        "site": "shop",
        "control": "save",
        "banner": "1",
    }
    assert event.wording
    assert not Subject.objects.filter(stage=Subject.Stage.DEVICE).exists()


def test_allowing_refusing_and_withdrawing_have_the_same_scope(alice: User) -> None:
    for allow, decision in ((False, "refused"), (True, "granted"), (False, "withdrawn")):
        decide(alice, "shop", statistics=allow)
        assert current(alice) == {"statistics": decision}
        assert may(subject_of(alice), "statistics") is allow
        assert held(alice, "blog") == held(alice, "shop") == {"statistics": allow}


def test_sent_twice_it_is_recorded_once(alice: User) -> None:
    said = decisions(statistics=True)
    answers = [post(DECISIONS, said | {"person": token(alice)}) for _time in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Event.objects.count() == 1


@pytest.mark.parametrize("names", [{}, {"device": "x", "person": "x"}, {"device": None}, {"person": ""}])
def test_either_a_person_or_a_browser_decides(names: dict[str, Any]) -> None:
    answer = post(DECISIONS, decisions(ads=True) | names)
    assert (answer.status_code, code(answer)) == (400, "invalid")
    assert not Event.objects.exists()


def test_a_minor_refuses_and_is_told_who_may_allow(mia: User) -> None:
    answer = decide(mia, statistics=True)
    assert (answer.status_code, code(answer)) == (403, "guardian-needed")
    assert "your guardian can allow this for you" in answer.json()["detail"]
    assert decide(mia, statistics=False).status_code == 201
    assert held(mia) == {"statistics": False}


def test_whoever_asked_to_be_erased_only_refuses(alice: User) -> None:
    freeze(subject_of(alice))
    assert code(decide(alice, statistics=True)) == "erasure-asked"
    assert decide(alice, statistics=False).status_code == 201


# The browser turns out to be somebody's


def test_what_was_chosen_in_the_browser_before_is_theirs_and_they_are_told(alice: User) -> None:
    device = new_device()
    decide(device, ads=True)
    say(alice, statistics=True)
    answer = meet(alice, device=device)
    assert answer.json()["notice"] == TAKEN_OVER
    assert held(alice) == {"ads": True, "statistics": True}
    assert device_of(device).merged_into == alice.subject
    assert code(decide(device, ads=True)) == "sign-in-to-allow"


@pytest.mark.parametrize("newer", ["account", "device"])
@pytest.mark.parametrize("allow", [True, False])
def test_the_newer_choice_holds(alice: User, newer: str, allow: bool) -> None:
    device, earlier = new_device(), timezone.now() - timedelta(hours=1)
    with time_machine.travel(earlier):
        decide(device if newer == "account" else alice, statistics=not allow)
    decide(alice if newer == "account" else device, statistics=allow)
    assert held(alice, device=device) == {"statistics": allow}


@pytest.mark.parametrize("refused_on", ["account", "device"])
def test_of_two_choices_at_the_same_moment_the_no_holds(alice: User, refused_on: str) -> None:
    device = new_device()
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=False):
        decide(alice, statistics=refused_on == "device")
        decide(device, statistics=refused_on == "account")
    assert held(alice, device=device) == {"statistics": False}


def test_a_browser_that_was_somebody_else_s_is_not_taken_over(alice: User, bob: User) -> None:
    device = new_device()
    decide(device, ads=True)
    meet(bob, device=device)
    answer = meet(alice, device=device)
    assert (answer.json()["results"], answer.json()["notice"]) == ([], "")
    assert held(bob) == {"ads": True}


def test_a_browser_that_said_nothing_or_is_not_ours_has_nothing_to_take_over(alice: User) -> None:
    for device in ("", new_device(), "x", "é:é"):
        assert meet(alice, device=device).json() == {"results": [], "notice": ""}


def test_what_a_minor_s_browser_allowed_is_not_theirs_to_allow(mia: User) -> None:
    device = new_device()
    decide(device, ads=True, statistics=False)
    assert held(mia, device=device) == {"statistics": False}


def test_on_a_new_device_the_person_is_told_that_their_choices_hold_there_too(alice: User) -> None:
    assert meet(alice, new=True).json()["notice"] == "", "nothing was chosen that could hold"
    say(alice, ads=True)
    assert meet(alice, new=True).json()["notice"] == NEW
    assert meet(alice).json()["notice"] == ""
    german = post(PERSON, {"site": "shop", "person": token(alice), "new": True}, **{"Accept-Language": "de"})
    assert german.json()["notice"].startswith("Sie sind auf einem neuen Gerät angemeldet.")


# The browser's privacy signal


@pytest.mark.parametrize("how", ["page", "header"])
def test_the_signal_of_their_browser_opts_the_person_out(alice: User, how: str) -> None:
    say(alice, ads=True, statistics=True)
    said = {"site": "shop", "person": token(alice)} | ({"gpc": True} if how == "page" else {})
    for _page in range(2):
        answer = post(PERSON, said, **({"Sec-GPC": "1"} if how == "header" else {}))
        assert {each["purpose"]: each["allowed"] for each in answer.json()["results"]} == {
            "ads": False,
            "statistics": True,
        }
    [event] = Event.objects.filter(method=Method.GPC)
    assert (event.subject, event.decision) == (alice.subject, "withdrawn")
    assert held(alice, "blog") == {"ads": False, "statistics": True}, "wherever they are"


def test_who_is_signed_in_may_allow_it_all_the_same(alice: User) -> None:
    assert held(alice, gpc=True) == {"ads": False}
    assert decide(alice, gpc=True, ads=True).status_code == 201
    assert held(alice, gpc=True) == {"ads": True}
    assert code(decide(new_device(), gpc=True, ads=True)) == "signal-says-no"


# Nonsense


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ([], 400),
        ({}, 400),
        ({"person": ""}, 400),
        ({"person": None}, 400),
        ({"person": ["x"]}, 400),
        ({"person": "x" * 10_000}, 400),
        ({"person": "\x00"}, 400),
        ({"device": None}, 400),
        ({"device": "x" * 10_000}, 400),
        ({"new": "perhaps"}, 400),
        ({"gpc": []}, 400),
        ({"site": "nowhere"}, 404),
        ({"site": "\x00"}, 400),
    ],
)
def test_nonsense_is_told_and_changes_nothing(alice: User, said: Any, status: int) -> None:
    if isinstance(said, dict) and said:
        said = {"site": "shop", "person": token(alice)} | said
    answer = post(PERSON, said)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert not Event.objects.exists()


def test_only_pages_of_the_site_speak_for_who_is_signed_in_there(alice: User) -> None:
    said = {"site": "shop", "person": token(alice)}
    for origin in ("https://evil.example", "https://blog.example", "null"):
        answer = post(PERSON, said, Origin=origin)
        assert (answer.status_code, code(answer)) == (403, "origin-not-registered")
        assert "Access-Control-Allow-Origin" not in answer
