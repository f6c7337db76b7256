"""Cookies that nobody could have been given break no page. Behaviour 31."""

import pytest
from django.test import Client

NONSENSE = [
    "",
    "x",
    "%00%ff",
    "{]",
    '{"version": "none", "choices": [',
    "é€𝄞".encode().decode("latin-1"),
    "../../etc/passwd",
    "' OR 1=1 --",
    "x" * 3000,
]
# Those that we read, those of others beside them, and names that may not be.
NAMES = ["sessionid", "csrftoken", "django_language", "messages", "consent", "cc_cookie", "bad name", "__Host-x"]
PAGES = [
    "/",
    "/cookies/",
    "/policies/",
    "/verify/",
    "/choices/",
    "/accounts/login/",
    "/api/v1/choices/",
    "/staff/login/",
]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("value", NONSENSE, ids=range(len(NONSENSE)))
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_shown_whatever_the_cookies_say(path: str, value: str) -> None:
    cookies = "; ".join(f"{name}={value}" for name in NAMES)
    assert Client().get(path, headers={"Cookie": cookies}).status_code in {200, 302, 401}


@pytest.mark.parametrize("value", NONSENSE, ids=range(len(NONSENSE)))
def test_a_form_with_a_broken_token_is_refused_and_not_broken(value: str) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"login": "x"}, headers={"Cookie": f"csrftoken={value}"})
    assert response.status_code == 403
