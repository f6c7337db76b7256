"""Staff with the duty fill in what stands on the sheet; what is wrong is said and nothing recorded."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.catalogue.models import PurposeText
from consents.choices.models import Event
from consents.desk.models import Paper
from tests.consents.papers import PAPERS, ads_and_mail, fields_of, fill_in, on_paper
from tests.consents.purposes import say
from tests.people import staff_with, subject_of


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    ads_and_mail()


@pytest.mark.parametrize(
    ("duty", "status"),
    [(Duty.SUPPORT, 200), (Duty.OFFICER, 200), (Duty.AUDITOR, 403), (Duty.EDITOR, 403), (None, 403)],
)
def test_papers_are_entered_by_those_whose_duty_it_is(alice: User, duty: Duty | None, status: int) -> None:
    client = staff_with(duty)
    assert client.get(f"{PAPERS}add/").status_code == status
    assert client.get(f"{PAPERS}for/{subject_of(alice).pk}/").status_code == status


def test_nobody_comes_to_papers_without_a_sign_in(client: Client, alice: User) -> None:
    for path in (PAPERS, f"{PAPERS}add/", f"{PAPERS}for/{subject_of(alice).pk}/", f"{PAPERS}{uuid4()}/scan/"):
        assert client.get(path).status_code == 302


def test_staff_fill_in_what_stands_on_the_sheet(alice: User) -> None:
    response = fill_in(staff_with(Duty.SUPPORT), alice, ads="granted", mail="")
    assert "The paper and 1 decision are recorded." in response.content.decode()
    event = Event.objects.with_details().get()
    assert event.wording is not None
    assert (event.purpose.slug, event.decision, event.wording.language) == ("ads", "granted", "en")


def test_the_page_tells_whose_paper_it_is_and_what_holds_now(alice: User) -> None:
    say(alice, ads=True)
    html = staff_with(Duty.SUPPORT).get(f"{PAPERS}for/{subject_of(alice).pk}/?language=de").content.decode()
    assert "<dd>alice@example.org</dd>" in html
    assert "<dd>German</dd>" in html
    assert "Holds now: Allowed, since" in html


def test_the_words_of_the_paper_s_language_are_recorded(alice: User) -> None:
    fill_in(staff_with(Duty.SUPPORT), alice, language="de", ads="granted")
    event = Event.objects.with_details().get()
    assert event.wording is not None
    assert (event.wording.language, event.wording.name) == ("de", "Werbung")


def test_an_older_paper_is_recorded_on_its_own_words(alice: User) -> None:
    text = PurposeText.objects.get(purpose__slug="ads", language="en")
    old = text.sha256
    text.description = "We do more with it now."
    text.save()
    client = staff_with(Duty.SUPPORT)
    html = unescape(client.get(f"{PAPERS}for/{subject_of(alice).pk}/").content.decode())
    [offered] = re.findall(r'<select name="words-ads".*?</select>', html, re.DOTALL)
    assert re.findall(r'<option value="(\w+)"( selected)?', offered) == [(text.sha256, " selected"), (old, "")]
    assert "About Ads." in html
    fill_in(client, alice, ads="granted", words=old)
    event = Event.objects.with_details().get()
    assert event.wording is not None
    assert event.wording.sha256 == old


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scan", b"<svg onload=alert(1)>"),
        ("signed_on", "2999-01-01"),
        ("signed_on", "yesterday"),
        ("signer", "0199f0aa-0000-7000-8000-000000000000"),
        ("number", "x"),
        ("choice-ads", "maybe"),
        ("words-ads", "f" * 64),
        ("choice-ads", ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_recorded(alice: User, field: str, value: Any) -> None:
    client = staff_with(Duty.SUPPORT)
    path = f"{PAPERS}for/{subject_of(alice).pk}/"
    form = fields_of(client.get(path).content.decode()) | on_paper(alice) | {"choice-ads": "granted"}
    response = client.post(path, form | {field: SimpleUploadedFile("x", value) if field == "scan" else value})
    assert response.status_code == 200
    assert "Nothing was recorded." in response.content.decode()
    assert not Paper.objects.exists()
    assert not Event.objects.exists()


def test_an_unknown_language_has_no_page(alice: User) -> None:
    assert staff_with(Duty.SUPPORT).get(f"{PAPERS}for/{subject_of(alice).pk}/?language=xx").status_code == 404
