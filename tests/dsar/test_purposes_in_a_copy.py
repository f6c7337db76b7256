"""Beside a copy stands what the data is used for: only what applies to the person."""

from dataclasses import replace
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from consents.choices.models import Current, Method
from consents.choices.record import as_published, record
from dsar.archives.about import about


@pytest.fixture(autouse=True)
def catalogue(db):
    call_command("load_catalogue", settings.BASE_DIR / "privacycenter" / "demo" / "catalogue.yaml", stdout=StringIO())


def test_only_purposes_that_apply_to_the_person_are_told(alice, helpdesk):
    tickets = helpdesk.collections()[0]
    asked_for = replace(tickets, why=("service", "recommendations", "surveys"))
    record(
        alice.subject, as_published({"surveys": True}, "en"), method=Method.PORTAL, actor=alice.subject, language="en"
    )
    told = about(alice.subject, [("Help desk", asked_for)])
    assert {purpose["slug"] for purpose in told["a_purposes"]} == {"service", "surveys"}
    assert told["b_categories"][0]["slug"] == "messages"
    assert told["c_recipients"]


def test_a_part_of_what_does_not_count_any_more_is_not_told(alice, helpdesk):
    asked_for = replace(helpdesk.collections()[0], why=("recommendations", "third-party-promotion"))
    said = dict.fromkeys(asked_for.why, True)
    record(alice.subject, as_published(said, "en"), method=Method.PORTAL, actor=alice.subject, language="en")
    whole = Current.objects.filter(subject=alice.subject, purpose__slug="recommendations")
    for ends, expected in ((None, set(said)), (timezone.now(), set())):
        whole.update(expires_at=ends)
        told = about(alice.subject, [("Help desk", asked_for)])
        assert {purpose["slug"] for purpose in told["a_purposes"]} == expected
