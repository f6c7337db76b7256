"""The preference centre of a minor: who may allow, who may refuse, and whose page it is."""

from uuid import uuid4

import pytest
from django.utils import timezone

from consents.choices.may import may
from consents.choices.models import Event, Method
from tests.consents.centre import page, row, save
from tests.consents.purposes import make_purpose, say


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads", de="Werbung")
    make_purpose("mail")
    make_purpose("service", essential=True)


def test_a_minor_is_told_who_can_allow_and_may_refuse(client_for, mia):
    client = client_for(mia)
    assert "You are under 18." in page(client)
    html = save(client, ads="granted").content.decode()
    assert "your guardian can allow this for you" in row(html, "ads")
    assert not Event.objects.exists()
    save(client, ads="refused")
    assert Event.objects.get().decision == "refused"


def test_a_guardian_decides_on_a_page_for_the_minor(client_for, mia, bob):
    client, path = client_for(bob), f"/choices/for/{mia.subject_id}/"
    assert "Choices for Mia Example" in page(client, path)
    save(client, path, ads="granted")
    event = Event.objects.get()
    assert (event.subject, event.actor, event.method) == (mia.subject, bob.subject, Method.GUARDIAN)
    assert "Allowed by you" in row(page(client, path), "ads")
    assert "Allowed by a guardian" in row(page(client_for(mia)), "ads")
    assert may(mia.subject, "ads")
    assert not may(bob.subject, "ads")


def test_what_a_minor_refused_is_shown_to_the_guardian_as_theirs(client_for, mia, bob):
    say(mia, ads=False)
    assert "Refused by themself" in row(page(client_for(bob), f"/choices/for/{mia.subject_id}/"), "ads")


@pytest.mark.parametrize("path", ["/choices/for/{}/", "/choices/for/{}/history/"])
def test_strangers_find_no_page_for_the_minor(client_for, mia, charlie, path):
    client = client_for(charlie)
    assert client.get(path.format(mia.subject_id)).status_code == 404
    assert client.post(path.format(mia.subject_id), {"all": "refused"}).status_code in {404, 405}
    assert client.get(path.format(uuid4())).status_code == 404
    assert not Event.objects.exists()


def test_a_guardian_has_no_page_for_adults_and_none_after_the_guardianship_ended(client_for, mia, bob, alice):
    client = client_for(bob)
    assert client.get(f"/choices/for/{alice.subject_id}/").status_code == 404
    bob.subject.minors.update(ended_at=timezone.now())
    assert client.get(f"/choices/for/{mia.subject_id}/").status_code == 404
