"""What is kept of the call that carried a choice; addresses that proxies name are believed from ours only.

Behaviour 34.
"""

import json
from typing import Any

import pytest

from consents.choices.models import Event
from tests.consents.purposes import make_purpose

CHOICES = "/api/v1/choices/"


def seen(api: Any, **headers: str) -> dict[str, str]:
    """The evidence of a refusal that was called with these headers."""
    body = {"decisions": [{"purpose": "ads", "decision": "refused"}]}
    number = api.post(CHOICES, body, format="json", headers=headers).json()["events"][0]["id"]
    return json.loads(Event.objects.get(pk=number).evidence)


@pytest.fixture
def app(api_for, alice):
    make_purpose("ads")
    return api_for(alice)


def test_the_address_the_browser_and_its_signal_are_kept(app):
    headers = {"User-Agent": "An app", "Sec-GPC": "1"}
    assert seen(app, **headers) == {"address": "127.0.0.1", "user_agent": "An app", "gpc": "1"}
    for other in ("0", "", "true", "11", "1;q=1", "0, 0"):
        assert "gpc" not in seen(app, **{"Sec-GPC": other})
    # Two headers arrive as one.
    assert seen(app, **{"Sec-GPC": "0,1"})["gpc"] == "1"


def test_a_long_name_of_a_browser_is_cut(app):
    assert len(seen(app, **{"User-Agent": "x" * 5000})["user_agent"]) == 400


def test_without_a_proxy_of_ours_nobody_names_another_address(app):
    assert seen(app, **{"X-Forwarded-For": "203.0.113.9"})["address"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        # What the client wrote itself stands before what our proxies add.
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 192.0.2.7", "203.0.113.9"),
        (1, "2001:db8::9", "2001:db8::9"),
    ],
)
def test_of_forwarded_addresses_that_is_believed_which_our_outermost_proxy_saw(
    app, settings, proxies, forwarded, address
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    assert seen(app, **{"X-Forwarded-For": forwarded})["address"] == address
