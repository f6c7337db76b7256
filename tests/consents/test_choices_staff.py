import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.choices.models import Current, Event, Wording
from tests.consents.purposes import make_purpose, say

EVENTS = "/staff/choices/event/"


@pytest.fixture
def event(alice) -> Event:
    make_purpose("ads")
    return say(alice, ads=True, evidence={"address": "192.0.2.7", "user_agent": "Firefox"})[0]


def staff_with(duty: Duty | None, client: Client) -> Client:
    user = User.objects.create_user("sam@example.org", "correct horse battery staple", is_staff=True)
    user.groups.set(Group.objects.filter(name=duty))
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("duty", "status"),
    [(Duty.OFFICER, 200), (Duty.SUPPORT, 200), (Duty.AUDITOR, 200), (Duty.EDITOR, 403), (None, 403)],
)
def test_choices_are_for_those_whose_duty_needs_them(client, event, duty, status):
    sam = staff_with(duty, client)
    for path in (EVENTS, f"{EVENTS}{event.pk}/change/", "/staff/choices/current/", "/staff/choices/wording/"):
        assert sam.get(path).status_code == status


@pytest.mark.parametrize(("duty", "sees"), [(Duty.OFFICER, True), (Duty.AUDITOR, True), (Duty.SUPPORT, False)])
def test_address_and_browser_are_shown_only_to_who_must_prove_a_choice(client, event, duty, sees):
    html = staff_with(duty, client).get(f"{EVENTS}{event.pk}/change/").content.decode()
    assert ("192.0.2.7" in html) == sees


def test_nobody_of_the_staff_can_write_choices(client, event):
    root = User.objects.create_superuser("root@example.org", "correct horse battery staple")
    client.force_login(root)
    rows = {"event": event, "current": Current.objects.get(), "wording": Wording.objects.get()}
    for model, row in rows.items():
        assert client.get(f"/staff/choices/{model}/add/").status_code == 403
        assert client.post(f"/staff/choices/{model}/add/", {}).status_code == 403
        assert client.post(f"/staff/choices/{model}/{row.pk}/change/", {"decision": "refused"}).status_code == 403
        assert client.post(f"/staff/choices/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Event.objects.get().decision == "granted"


@pytest.mark.parametrize(
    ("term", "found"),
    [("alice@example.org", 1), ("ALICE@example.org ", 1), ("bob@example.org", 0), ("alice", 0), ("'; --", 0)],
)
def test_events_are_found_by_the_whole_address(client, event, term, found):
    html = staff_with(Duty.SUPPORT, client).get(EVENTS, {"q": term}).content.decode()
    assert html.count('class="action-select"') + html.count("field-received_at") == found


def test_events_are_found_by_the_number_of_the_subject_or_of_the_receipt(client, event):
    sam = staff_with(Duty.SUPPORT, client)
    for number in (event.pk, event.subject_id, str(event.pk).upper()):
        assert "field-received_at" in sam.get(EVENTS, {"q": str(number)}).content.decode()
    assert "field-received_at" not in sam.get(EVENTS, {"q": str(Wording.objects.get().pk)}).content.decode()


@pytest.mark.parametrize("query", ["decision__exact=granted", "method__exact=portal", "jurisdiction=EU_GDPR"])
def test_events_are_filtered(client, event, query):
    assert "field-received_at" in staff_with(Duty.AUDITOR, client).get(f"{EVENTS}?{query}").content.decode()
