from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from consents.choices.summary import summary
from tests.consents.purposes import make_purpose, say


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    for slug in ("ads", "mail", "push", "surveys", "partners"):
        make_purpose(slug, de=f"{slug} auf Deutsch")
    make_purpose("service", essential=True)


def test_who_decided_nothing_has_only_undecided_purposes(alice):
    assert summary(alice.subject, "en") == {"allowed": 0, "refused": 0, "undecided": 5, "lines": []}


def test_it_counts_and_tells_the_three_latest_decisions(alice):
    now = timezone.now()
    history: list[dict[str, Any]] = [{"ads": True}, {"mail": True}, {"push": False}, {"mail": False}]
    for days, said in enumerate(history):
        say(alice, **said, said_at=now - timedelta(days=9 - days))
    found = summary(alice.subject, "en")
    assert (found["allowed"], found["refused"], found["undecided"]) == (1, 2, 2)
    lines = [(line["name"], line["decision_label"]) for line in found["lines"]]
    assert lines == [("Mail", "Withdrawn"), ("Push", "Refused"), ("Ads", "Allowed")]
    assert found["lines"][0]["when"] == now - timedelta(days=6)
    say(alice, surveys=True)
    assert [line["name"] for line in summary(alice.subject, "en")["lines"]] == ["Surveys", "Mail", "Push"]


def test_it_speaks_the_language_asked_for(alice):
    say(alice, ads=True)
    assert summary(alice.subject, "de")["lines"][0]["name"] == "ads auf Deutsch"


def test_the_choices_of_others_are_not_counted(alice, bob):
    say(bob, ads=True)
    assert summary(alice.subject, "en")["allowed"] == 0
