"""Systems have the owner of an address asked; they learn nothing about who that is."""

from typing import Any

import pytest
from django.core import mail

from accounts.subjects import addresses
from accounts.subjects.life import freeze
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose, PurposeText
from consents.catalogue.sections import is_jurisdiction
from consents.choices.may import may
from consents.choices.models import Event
from consents.mailing.models import Confirmation
from consents.mailing.send import send_due
from tests.consents.purposes import make_purpose, say
from tests.people import subject_of

URL = "/api/v1/confirmations/"
ADDRESS = "gwen@example.org"


@pytest.fixture(autouse=True)
def topics(db: None) -> None:
    for slug in ("news", "surveys"):
        make_purpose(slug, de=slug.title())
    Purpose.objects.update(channel="email")


def words(slug: str) -> str:
    return PurposeText.objects.get(purpose__slug=slug, language="en").sha256


def question(address: str = ADDRESS, **more: Any) -> dict[str, Any]:
    wanted = {"purpose": "news", "text_sha256": words("news")}
    return {"address": address, "decisions": [wanted], "page": "https://shop.example/newsletter", **more}


def test_a_system_has_an_address_asked(system_api: Any, client: Any) -> None:
    answer = system_api("choices:record").post(
        URL,
        question(language="de", jurisdiction="EU_GDPR/AT", client_address="192.0.2.7", user_agent="Browser of Gwen"),
        format="json",
    )
    assert (answer.status_code, list(answer.json())) == (202, ["expires_at"])
    asked = Confirmation.objects.get()
    assert asked.recorder.startswith("system:")
    assert asked.opened_evidence() == {
        "source": "https://shop.example/newsletter",
        "address": "192.0.2.7",
        "user_agent": "Browser of Gwen",
    }
    assert (asked.subject.stage, asked.subject.jurisdiction, asked.language) == ("guest", "EU_GDPR/AT", "de")
    send_due()
    assert mail.outbox[0].to == [ADDRESS]
    client.post(asked.address.removeprefix("http://testserver"), {"answer": "yes"})
    assert may(asked.subject, "news")
    assert Event.objects.get().recorder == asked.recorder


@pytest.mark.parametrize("jurisdiction", ["EU_GDPR/AT", "CH_DSG2023", "CA_LAW25/QC/H2"])
def test_a_jurisdiction_is_written_as_in_the_catalogue(system_api: Any, jurisdiction: str) -> None:
    assert is_jurisdiction(jurisdiction)
    answer = system_api("choices:record").post(URL, question(jurisdiction=jurisdiction), format="json")
    assert answer.status_code == 202
    assert Subject.objects.get().jurisdiction == jurisdiction


def test_it_needs_the_scope_of_every_purpose(system_api: Any) -> None:
    both = question()
    both["decisions"].append({"purpose": "surveys", "text_sha256": words("surveys")})
    refused = system_api("choices:record:news").post(URL, both, format="json")
    assert refused.status_code == 403
    assert "choices:record:surveys" in refused.json()["detail"]
    assert not Subject.objects.exists()
    assert system_api("choices:record:news").post(URL, question(), format="json").status_code == 202


def test_people_can_not_use_it(alice: User, client: Any, api_for: Any) -> None:
    for api in (client, api_for(alice)):
        assert api.post(URL, question(), content_type="application/json").status_code in {401, 403}
    assert not Confirmation.objects.exists()


def test_the_answer_tells_nothing_about_the_owner(system_api: Any, alice: User, bob: User, mia: User) -> None:
    say(bob, news=True)
    freeze(subject_of(alice))
    api = system_api("choices:record")
    people = [ADDRESS, alice.email, bob.email, mia.email]
    answers = [api.post(URL, question(address), format="json") for address in people]
    assert {answer.status_code for answer in answers} == {202}
    assert {tuple(answer.json()) for answer in answers} == {("expires_at",)}
    asked = {addresses.find(address) for address in (ADDRESS, bob.email)}
    assert {each.subject for each in Confirmation.objects.all()} == asked


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"address": "nobody"}, "address"),
        ({"address": None}, "address"),
        ({"page": ""}, "page"),
        ({"page": None}, "page"),
        ({"decisions": []}, "decisions"),
        ({"decisions": [{"purpose": "news", "text_sha256": "0" * 64}]}, "decisions.0.text_sha256"),
        ({"decisions": [{"purpose": "nothing", "text_sha256": "0" * 64}]}, "decisions.0.purpose"),
        ({"decisions": [{"purpose": "news"}]}, "decisions"),
        ({"language": "??"}, "language"),
        ({"jurisdiction": "nowhere"}, "jurisdiction"),
        ({"client_address": "here"}, "client_address"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_nothing_is_kept(system_api: Any, fault: Any, field: str) -> None:
    answer = system_api("choices:record").post(URL, question() | fault, format="json")
    assert 400 <= answer.status_code < 500
    assert answer["Content-Type"] == "application/problem+json"
    assert any(name.startswith(field) for name in answer.json()["errors"])
    assert not Subject.objects.exists()
    assert not Confirmation.objects.exists()
