import pytest
from django.test import Client

from accounts.subjects.models import Subject

pytestmark = pytest.mark.django_db


def choose(client: Client, language: str):
    return client.post("/language/", {"language": language, "next": "/policies/"})


def test_pages_are_in_the_language_that_was_chosen(client):
    choose(client, "de")
    assert 'lang="de"' in client.get("/policies/").content.decode()


def test_what_we_write_to_a_person_follows_their_choice(alice, client_for):
    choose(client_for(alice), "de")
    assert Subject.objects.get(pk=alice.subject_id).language == "de"


def test_a_language_that_we_do_not_speak_changes_nothing(alice, client_for):
    choose(client_for(alice), "tlh")
    assert Subject.objects.get(pk=alice.subject_id).language == "en"


def test_opening_the_address_changes_nothing(alice, client_for):
    client_for(alice).get("/language/?language=de")
    assert Subject.objects.get(pk=alice.subject_id).language == "en"


def test_nobody_is_led_to_another_site(client):
    response = client.post("/language/", {"language": "de", "next": "https://elsewhere.example/"})
    assert "elsewhere" not in response["Location"]
