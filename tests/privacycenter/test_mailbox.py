"""The demo's mailbox, on the running stack, which is the demo."""

import re

import requests

from tests.journeys.app import PATIENCE, App
from tests.people import PASSWORD
from tests.privacycenter.waiting import until
from tests.stack import Stack

ADDRESS = "lou.letters@example.org"


def get(stack: Stack, path: str) -> requests.Response:
    return requests.get(stack.base_url + path, timeout=30)


def test_a_newcomer_finds_the_mail_and_can_follow_its_link(stack: Stack) -> None:
    App(stack, ADDRESS, PASSWORD).ask_to_join()
    assert until(lambda: ADDRESS in get(stack, "/mailbox/").text, PATIENCE)
    (key,) = re.findall(rf'/mailbox/([^/"]+)/">[^<]*</a></th>\s*<td>{re.escape(ADDRESS)}', get(stack, "/mailbox/").text)
    letter = get(stack, f"/mailbox/{key}/")
    assert re.search(rf'<a href="{stack.base_url}/accounts/confirm-email/', letter.text)
    as_html = get(stack, f"/mailbox/{key}/html/")
    assert "/accounts/confirm-email/" in as_html.text
    assert "default-src 'none'" in as_html.headers["Content-Security-Policy"]


def test_no_address_leads_out_of_the_mailbox(stack: Stack) -> None:
    for key in ("nothing", "..%2f..%2fsecrets.env", "%00"):
        assert get(stack, f"/mailbox/{key}/").status_code == 404
