"""Systems write down what somebody said whom they name by number, by the hash of an address, or by the address."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.subjects.addresses import address_hash, find, guest, know
from accounts.subjects.life import entomb, freeze
from accounts.subjects.merge import merge
from accounts.subjects.models import Address, Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose, PurposeText
from consents.choices.may import may
from consents.choices.models import Event, Method
from tests.consents.purposes import make_purpose, say
from tests.people import subject_of

URL = "/api/v1/subjects/choices/"
ADDRESS = "gwen@example.org"
NOBODY = "01a20427-34ff-7398-a9c0-33af15a284a4"


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads")
    make_purpose("news", de="Neues")
    Purpose.objects.filter(slug="news").update(channel="email")


@pytest.fixture
def api(system_api: Any) -> APIClient:
    system: APIClient = system_api("choices:record")
    return system


def grant(slug: str) -> dict[str, str]:
    text = PurposeText.objects.get(purpose__slug=slug, language="en")
    return {"purpose": slug, "decision": "granted", "text_sha256": text.sha256}


def refusal(slug: str) -> dict[str, str]:
    return {"purpose": slug, "decision": "refused"}


def post(api: APIClient, *decisions: Any, **rest: Any) -> Any:
    return api.post(URL, {"decisions": decisions, **rest}, format="json")


def code(answer: Any) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]


def names(user: User) -> list[dict[str, str]]:
    return [
        {"subject": str(user.subject_id)},
        {"address_hash": address_hash(user.email)},
        {"address": user.email.upper()},
    ]


@pytest.mark.parametrize("way", range(3))
def test_a_person_is_named_in_three_ways(api: APIClient, alice: User, way: int) -> None:
    answer = post(api, grant("ads"), **names(alice)[way], client_id="till-1")
    assert answer.status_code == 201
    event = Event.objects.get()
    assert (event.subject, event.actor, event.method) == (alice.subject, None, Method.API)
    assert event.recorder.startswith("system:")
    assert may(subject_of(alice), "ads")
    assert [each["id"] for each in answer.json()["events"]] == [str(event.pk)]


def test_the_same_call_in_all_three_ways_is_recorded_once(api: APIClient, alice: User) -> None:
    answers = [post(api, grant("ads"), **name, client_id="till-1") for name in names(alice)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Event.objects.count() == 1


def test_a_telephone_number_has_a_hash_too(api: APIClient, alice: User) -> None:
    know(subject_of(alice), "+49 30 1")
    assert post(api, grant("ads"), address_hash=address_hash("0049301")).status_code == 201
    assert may(subject_of(alice), "ads")


@pytest.mark.parametrize("way", range(3))
def test_whoever_was_merged_is_the_person_they_turned_out_to_be(api: APIClient, alice: User, way: int) -> None:
    was = guest(ADDRESS)
    merge(was, subject_of(alice))
    name = [{"subject": str(was.pk)}, {"address_hash": address_hash(ADDRESS)}, {"address": ADDRESS}][way]
    assert post(api, grant("ads"), **name).status_code == 201
    assert may(subject_of(alice), "ads")


# Somebody who is not known yet


def test_whoever_is_not_known_becomes_a_guest(api: APIClient) -> None:
    answer = post(api, grant("news"), address=f" {ADDRESS.title()} ", language="de", jurisdiction="US_CA")
    assert answer.status_code == 201
    made = find(ADDRESS)
    assert made is not None
    assert (made.stage, made.language, made.jurisdiction) == ("guest", "de", "US_CA")
    assert may(made, "news")
    assert post(api, refusal("news"), address=ADDRESS).status_code == 201
    assert Subject.objects.count() == 1
    assert not may(made, "news")


def test_the_new_guest_can_be_asked_about_by_the_hash(api: APIClient, system_api: Any) -> None:
    post(api, grant("ads"), address=ADDRESS)
    question = {"purpose": "ads", "address_hashes": [address_hash(ADDRESS)]}
    answer = system_api("choices:check").post("/api/v1/choices/check/", question, format="json")
    assert [each["allowed"] for each in answer.json()["results"]] == [True]


@pytest.mark.parametrize(
    ("decisions", "field"),
    [
        ([{"purpose": "nothing", "decision": "refused"}], "decisions.0.purpose"),
        ([{"purpose": "ads", "decision": "granted"}], "decisions.0.text_sha256"),
        ([{"purpose": "ads", "decision": "granted", "text_sha256": "0" * 64}], "decisions.0.text_sha256"),
        ([], "decisions"),
    ],
)
def test_where_nothing_is_recorded_nobody_becomes_known(api: APIClient, decisions: Any, field: str) -> None:
    answer = post(api, *decisions, address=ADDRESS)
    assert 400 <= answer.status_code < 500
    assert list(answer.json()["errors"]) == [field]
    assert not Subject.objects.exists()
    assert not Address.objects.exists()


# Double opt-in


@pytest.mark.parametrize("known_as", ["nobody", "guest", "account"])
def test_a_typed_address_allows_no_mail_where_its_owner_must_confirm(
    api: APIClient, alice: User, known_as: str
) -> None:
    Subject.objects.update(jurisdiction="EU_GDPR/DE")
    address = alice.email if known_as == "account" else ADDRESS
    if known_as == "guest":
        guest(ADDRESS, jurisdiction="EU_GDPR/DE")
    before = Subject.objects.count()
    answer = post(api, grant("ads"), grant("news"), address=address, jurisdiction="EU_GDPR/DE")
    assert answer.status_code == 409
    assert code(answer) == "confirmation-needed"
    assert list(answer.json()["errors"]) == ["decisions.1.decision"]
    assert not Event.objects.exists()
    assert Subject.objects.count() == before


def test_a_guest_whose_hash_a_system_knows_has_proven_nothing_by_it(api: APIClient) -> None:
    guest(ADDRESS, jurisdiction="EU_GDPR/DE")
    answer = post(api, grant("news"), address_hash=address_hash(ADDRESS))
    assert (answer.status_code, code(answer)) == (409, "confirmation-needed")


def test_what_needs_no_confirmation_is_recorded_all_the_same(api: APIClient, alice: User) -> None:
    Subject.objects.update(jurisdiction="EU_GDPR/DE")
    assert post(api, refusal("news"), grant("ads"), address=ADDRESS, jurisdiction="EU_GDPR/DE").status_code == 201
    assert post(api, grant("news"), address_hash=address_hash(alice.email)).status_code == 201
    assert may(subject_of(alice), "news"), "the system knows whom it speaks of, and the account has proven the address"


# What is refused


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ({"address_hash": "0" * 64}, "address_hash"),
        ({"subject": NOBODY}, "subject"),
    ],
)
def test_whoever_is_unknown_is_told_at_the_field(api: APIClient, name: Any, field: str) -> None:
    answer = post(api, refusal("ads"), **name)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert (code(answer), list(answer.json()["errors"])) == ("nobody-known", [field])


def test_about_the_erased_the_same_is_told_as_about_the_unknown(api: APIClient, alice: User, bob: User) -> None:
    freeze(subject_of(bob))
    assert post(api, grant("ads"), address=bob.email).status_code == 409
    entomb(subject_of(alice), evidence_until=timezone.localdate())
    erased, unknown = (post(api, refusal("ads"), subject=each) for each in (str(alice.subject_id), NOBODY))
    assert erased.status_code == unknown.status_code == 404
    assert erased.content == unknown.content


@pytest.mark.parametrize(
    ("named", "fields"),
    [
        ([], {"subject", "address_hash", "address"}),
        ([0, 1], {"subject", "address_hash"}),
        ([1, 2], {"address_hash", "address"}),
        ([0, 1, 2], {"subject", "address_hash", "address"}),
    ],
)
def test_exactly_one_way_is_given(api: APIClient, alice: User, named: list[int], fields: set[str]) -> None:
    together = {key: value for way in named for key, value in names(alice)[way].items()}
    answer = post(api, refusal("ads"), **together)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == fields
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"subject": "alice"}, "subject"),
        ({"subject": None}, "subject"),
        ({"address_hash": "0" * 63}, "address_hash"),
        ({"address_hash": "A" * 64}, "address_hash"),
        ({"address": "nobody"}, "address"),
        ({"address": f"{'g' * 250}@example.org"}, "address"),
        ({"address": ADDRESS, "jurisdiction": "nowhere"}, "jurisdiction"),
        ({"address": ADDRESS, "language": "de-verylong-indeed"}, "language"),
    ],
)
def test_bad_input_is_refused_at_its_field(api: APIClient, fault: Any, field: str) -> None:
    answer = post(api, refusal("ads"), **fault)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Subject.objects.exists()


def test_a_minor_is_protected_however_they_are_named(api: APIClient, mia: User) -> None:
    for name in names(mia):
        answer = post(api, grant("ads"), **name)
        assert (answer.status_code, code(answer)) == (403, "guardian-needed")
    assert not Event.objects.exists()


def test_it_needs_the_scope_of_every_purpose_and_then_nobody_becomes_known(system_api: Any) -> None:
    api = system_api("choices:record:ads")
    answer = post(api, refusal("ads"), refusal("news"), address=ADDRESS)
    assert answer.status_code == 403
    assert "choices:record:news" in answer.json()["detail"]
    assert post(system_api("choices:check"), refusal("ads"), address=ADDRESS).status_code == 403
    assert not Subject.objects.exists()
    assert post(api, refusal("ads"), address=ADDRESS).status_code == 201


def test_people_do_not_write_there(api_for: Any, alice: User) -> None:
    say(alice, ads=True)
    for caller in (api_for(alice), APIClient(), Client()):
        assert caller.post(URL, {}, content_type="application/json").status_code == 401


def test_the_published_schema_says_that_exactly_one_is_given(client: Any) -> None:
    schema = client.get("/api/schema/", headers={"Accept": "application/json"}).json()
    body = schema["paths"][URL]["post"]["requestBody"]["content"]["application/json"]["schema"]
    shape = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    assert shape["oneOf"] == [{"required": [name]} for name in ("subject", "address_hash", "address")]
    assert "decisions" in shape["required"]
    assert {"address", "address_hash", "subject", "jurisdiction", "evidence"} <= shape["properties"].keys()
