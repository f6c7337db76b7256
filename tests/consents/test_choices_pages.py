"""The preference centre: saying yes and no on its page."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.subjects.life import freeze
from consents.catalogue.models import Purpose, PurposeText
from consents.choices.may import may
from consents.choices.models import Event, Method
from tests.consents.centre import as_shown, page, row, save
from tests.consents.purposes import make_purpose, say


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads", de="Werbung")
    make_purpose("mail")
    make_purpose("service", essential=True)


def test_visitors_are_sent_to_sign_in(client):
    for path in ("/choices/", "/choices/history/", f"/choices/for/{uuid4()}/", f"/choices/receipts/{uuid4()}/"):
        response = client.get(path)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/accounts/login/")


def test_nothing_is_preselected_while_undecided_and_both_answers_are_offered_alike(client_for, alice):
    html = page(client_for(alice))
    assert "checked" not in row(html, "ads")
    assert re.findall(r'type="radio" name="choice-ads" value="(\w+)"', html) == ["granted", "refused"]
    assert "You have not decided yet." in row(html, "ads")


def test_what_the_service_needs_is_explained_without_controls(client_for, alice):
    service = row(page(client_for(alice)), "service")
    assert "<input" not in service
    assert "Our contract with you (GDPR Art. 6(1)(b))" in service


def test_saving_records_the_answers_in_the_portal_and_says_so(client_for, alice):
    client = client_for(alice)
    response = save(client, ads="granted", mail="refused")
    assert "Your choices are saved" in response.content.decode()
    assert may(alice.subject, "ads")
    events = {event.purpose.slug: event for event in Event.objects.with_details()}
    assert {slug: event.decision for slug, event in events.items()} == {"ads": "granted", "mail": "refused"}
    assert {event.method for event in events.values()} == {Method.PORTAL}
    evidence = events["ads"].opened_evidence()
    assert evidence is not None
    assert evidence["address"] == "127.0.0.1"
    today = timezone.localdate()
    assert f"Refused by you on {today.day} {today:%B %Y} in the portal" in row(page(client), "mail")


def test_the_words_that_the_page_showed_are_recorded_even_if_they_change_meanwhile(client_for, alice):
    client = client_for(alice)
    shown = page(client)
    PurposeText.objects.get(purpose__slug="ads", language="en").delete()
    client.post("/choices/", as_shown(shown) | {"choice-ads": "granted"})
    event = Event.objects.with_details().get()
    assert event.wording is not None
    assert (event.wording.language, event.wording.name) == ("en", "Ads")


def test_in_another_language_the_words_of_that_language_are_shown_and_recorded(client_for, alice):
    client = client_for(alice)
    client.post("/language/", {"language": "de"})
    html = page(client)
    assert "Werbung" in row(html, "ads")
    client.post("/choices/", as_shown(html) | {"choice-ads": "granted", "choice-mail": "granted"})
    languages = {event.purpose.slug: event.wording.language for event in Event.objects.with_details() if event.wording}
    # Nobody translated the other one: English was shown, so English is what they agreed to.
    assert languages == {"ads": "de", "mail": "en"}


def test_withdrawing_is_as_easy_as_allowing(client_for, alice):
    client = client_for(alice)
    save(client, ads="granted")
    save(client, ads="refused")
    assert not may(alice.subject, "ads")
    assert "Withdrawn by you" in row(page(client), "ads")
    assert re.search(r'value="refused" checked', row(page(client), "ads"))


def test_saving_the_page_once_more_records_nothing_new(client_for, alice):
    client = client_for(alice)
    save(client, ads="granted")
    response = save(client)
    assert "Nothing was changed." in response.content.decode()
    assert Event.objects.count() == 1


def test_two_clicks_are_one_choice_and_both_answers_say_saved(client_for, alice):
    client = client_for(alice)
    form = as_shown(page(client)) | {"choice-ads": "granted"}
    for _click in range(2):
        assert "Your choices are saved" in client.post("/choices/", form, follow=True).content.decode()
    assert Event.objects.count() == 1


def test_a_retry_of_the_browser_does_not_undo_what_another_device_said_since(client_for, alice):
    client = client_for(alice)
    form = as_shown(page(client)) | {"choice-ads": "granted"}
    client.post("/choices/", form)
    say(alice, ads=False, method=Method.APP)
    client.post("/choices/", form)
    assert not may(alice.subject, "ads")


def test_going_back_to_the_old_page_and_choosing_otherwise_asks_to_save_again(client_for, alice):
    client = client_for(alice)
    form = as_shown(page(client))
    client.post("/choices/", form | {"choice-ads": "granted"})
    html = client.post("/choices/", form | {"choice-ads": "refused"}).content.decode()
    assert "There is a problem" in html
    assert Event.objects.count() == 1
    client.post("/choices/", as_shown(html) | {"choice-ads": "refused"})
    assert not may(alice.subject, "ads")


def test_refuse_all_optional_refuses_what_is_undecided_and_withdraws_what_was_allowed(client_for, alice):
    client = client_for(alice)
    save(client, ads="granted")
    client.post("/choices/", as_shown(page(client)) | {"all": "refused"})
    assert set(Event.objects.values_list("purpose__slug", "decision")) == {
        ("ads", "granted"),
        ("ads", "withdrawn"),
        ("mail", "refused"),
    }


def test_refuse_all_has_the_same_weight_as_save(client_for, alice):
    buttons = re.findall(r'<button class="([^"]*)" type="submit"[^>]*data-pc-action="([^"]*)"', page(client_for(alice)))
    assert buttons == [("button", "save"), ("button", "reject-all")]


@pytest.mark.parametrize("nonsense", ["maybe", "GRANTED", "granted'--", "1" * 5000])
def test_a_nonsense_answer_gets_words_at_its_row_and_nothing_is_stored(client_for, alice, nonsense):
    client = client_for(alice)
    html = save(client, mail="refused", ads=nonsense).content.decode()
    assert "Choose Allow or Refuse." in row(html, "ads")
    assert '<a href="#choice-ads">' in html
    assert "<title>Error:" in html
    # What was chosen elsewhere on the page is not lost.
    assert 'value="refused" checked' in row(html, "mail")
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text-ads", "f" * 64),
        ("text-ads", ""),
        ("text-ads", "a\0b"),
        ("client_id", ""),
        ("client_id", "x"),
        ("all", "granted"),
    ],
)
def test_tampering_is_answered_in_words_and_stores_nothing(client_for, alice, field, value):
    client = client_for(alice)
    form = as_shown(page(client)) | {"choice-ads": "granted"} | {field: value}
    response = client.post("/choices/", form)
    assert response.status_code == 200
    assert "There is a problem" in response.content.decode()
    assert not Event.objects.exists()


def test_an_empty_post_stores_nothing(client_for, alice):
    response = client_for(alice).post("/choices/")
    assert "There is a problem" in response.content.decode()


def test_other_methods_are_not_understood(client_for, alice):
    client = client_for(alice)
    assert client.put("/choices/").status_code == 405
    assert client.post("/choices/history/").status_code == 405


def test_a_get_changes_nothing(client_for, alice):
    client_for(alice).get("/choices/?choice-ads=granted&all=refused")
    assert not Event.objects.exists()


def test_pages_are_kept_in_no_store_so_that_going_back_shows_what_holds(client_for, alice):
    assert "no-store" in client_for(alice).get("/choices/").headers["Cache-Control"]


def test_a_retired_purpose_is_not_asked_about_any_more(client_for, alice):
    Purpose.objects.filter(slug="mail").update(retired_at=timezone.now())
    assert "choice-mail" not in page(client_for(alice))


def test_while_erasure_is_asked_the_page_tells_that_only_refusing_is_possible(client_for, alice):
    freeze(alice.subject)
    client = client_for(alice)
    assert "The erasure of this account was asked for." in page(client)
    html = save(client, ads="granted").content.decode()
    assert "everything can only be refused" in row(html, "ads")
    save(client, ads="refused")
    assert Event.objects.get().decision == "refused"


def test_the_centre_costs_the_same_for_few_purposes_and_for_many(client_for, alice, django_assert_max_num_queries):
    client = client_for(alice)
    page(client)
    with django_assert_max_num_queries(40) as first:
        page(client)
    many: dict[str, Any] = {f"more_{number}": True for number in range(15)}
    for name in many:
        make_purpose(name.replace("_", "-"))
    say(alice, **many)
    with django_assert_max_num_queries(len(first.captured_queries)):
        page(client)
