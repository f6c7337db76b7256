"""The preference centre as a browser uses it: what it shows, and what it would send back."""

import re
from html import unescape
from typing import Any

from django.test import Client


def shown(response: Any) -> str:
    return unescape(response.content.decode())


def page(client: Client, path: str = "/choices/", **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return shown(response)


def as_shown(html: str) -> dict[str, str]:
    """What a browser would send from this page, before anybody chose anything else."""
    fields = dict(re.findall(r'<input type="hidden" name="((?:client_id|text-|version-)[^"]*)" value="([^"]*)"', html))
    return fields | dict(re.findall(r'name="(choice-[^"]*)" value="([^"]*)" checked', html))


def row(html: str, slug: str) -> str:
    found = re.search(rf'<div class="choice" id="choice-{slug}".*?</fieldset>', html, re.DOTALL)
    assert found
    return found[0]


def save(client: Client, path: str = "/choices/", **answers: str) -> Any:
    said = {f"choice-{slug.replace('_', '-')}": answer for slug, answer in answers.items()}
    return client.post(path, as_shown(page(client, path)) | said, follow=True)
