from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.users.freshness import StaleSignIn, require_fresh, signed_in_at
from accounts.users.leaving import sign_out_everywhere

pytestmark = pytest.mark.django_db


def test_who_never_signed_in_is_not_fresh():
    with pytest.raises(StaleSignIn):
        require_fresh(None)


def test_a_sign_in_is_fresh_for_the_time_that_settings_say(settings):
    settings.FRESH_SIGN_IN = timedelta(minutes=10)
    require_fresh(timezone.now() - timedelta(minutes=9))
    with pytest.raises(StaleSignIn):
        require_fresh(timezone.now() - timedelta(minutes=11))


def test_signing_in_counts_as_fresh(alice, client_for, rf):
    client = client_for(alice)
    request = rf.get("/")
    request.session, request.user = client.session, alice
    at = signed_in_at(request)
    assert at is not None
    require_fresh(at)


def test_another_persons_record_in_the_session_counts_for_nothing(alice, charlie, client_for, rf):
    client = client_for(alice)
    request = rf.get("/")
    request.session, request.user = client.session, charlie
    assert signed_in_at(request) is None


def test_confirming_it_renews_the_sign_in(alice, client_for, rf):
    client = client_for(alice)
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        client.post("/accounts/reauthenticate/", {"password": "correct horse battery staple"})
        request = rf.get("/")
        request.session, request.user = client.session, alice
        require_fresh(signed_in_at(request))


def test_signing_out_everywhere_ends_browsers_and_apps(alice, charlie, client_for, api_for):
    browser, app, stranger = client_for(alice), api_for(alice), client_for(charlie)
    assert browser.get("/security/").status_code == 200
    sign_out_everywhere(alice.subject)
    assert browser.get("/security/").status_code == 302
    assert app.get("/_allauth/app/v1/auth/session").status_code in {401, 410}
    assert stranger.get("/security/").status_code == 200
