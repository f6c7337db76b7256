"""People who have an account with us and are signed in on a shop, whose server names them to us."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
import requests
import time_machine
from django.core.signing import TimestampSigner
from django.utils import timezone

from consents.cookies.persons import LIFETIME, SALT
from tests.accounts.systems import SECRET
from tests.consents.shops import HTML, Shop
from tests.journeys.app import App
from tests.people import PASSWORD
from tests.stack import Stack

ASKED = ["recommendations", "cookies-analytics", "cookies-marketing"]
# Many at once take as long as one.
MAKE = """
import json
from datetime import date
from uuid import uuid4
from tests.accounts.systems import system
from tests.people import person

people = [person(f"member-{{uuid4().hex}}", birth_date=date(date.today().year - {age}, 1, 1)) for _each in range(20)]
known = [{{"address": user.email, "number": str(user.subject_id)}} for user in people]
print(json.dumps({{"client": system("cookies:person").pk, "people": known}}))
"""


@dataclass
class Member:
    stack: Stack
    access: str
    address: str
    number: str

    def token(self, site: str) -> str:
        """As the server of the site gets it."""
        answer = requests.post(
            f"{self.stack.base_url}/api/v1/cookies/persons/",
            json={"site": site, "address": self.address},
            headers={"Authorization": f"Bearer {self.access}"},
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["person"])

    def old_token(self, site: str) -> str:
        """Got longer ago than it is good for."""
        signer = TimestampSigner(key=self.stack.env["SECRET_KEY"], salt=SALT)
        with time_machine.travel(timezone.now() - 2 * LIFETIME):
            return signer.sign_object([self.number, site])

    def chooses(self, **allow: bool) -> None:
        """In the app, wherever they are: `chooses(cookies_analytics=True)`."""
        words = {each["purpose"]: each["text_sha256"] for each in self._shown()}
        said = {slug.replace("_", "-"): "granted" if yes else "refused" for slug, yes in allow.items()}
        decisions = [{"purpose": slug, "decision": each, "text_sha256": words[slug]} for slug, each in said.items()]
        self._app.call("POST", "/api/v1/choices/", {"decisions": decisions}, expect=201)

    def choices(self) -> dict[str, str]:
        """As the app shows them, of what the shop asks about."""
        decided = {each["purpose"]: each["decision"] for each in self._shown()}
        return {slug: decided[slug] for slug in ASKED if decided[slug]}

    def signs_in(self, shop: Shop, token: str | None = None, **page: str) -> None:
        """The next page of the shop is made for them."""
        tag = f'data-site="{{slug}}" data-person="{token or self.token(shop.slug)}"'
        shop.write(HTML.replace('data-site="{slug}"', tag), **page)

    def _shown(self) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = self._app.call("GET", "/api/v1/choices/")["results"]
        return results

    @cached_property
    def _app(self) -> App:
        app = App(self.stack, self.address, PASSWORD)
        app.sign_in()
        return app


def members(stack: Stack, age: int) -> Iterator[Member]:
    while True:
        made = json.loads(stack.manage("shell", "--verbosity", "0", "--command", MAKE.format(age=age)))
        form = {"grant_type": "client_credentials"}
        signed_in = requests.post(f"{stack.base_url}/oauth/token", form, auth=(made["client"], SECRET), timeout=30)
        for known in made["people"]:
            yield Member(stack, signed_in.json()["access_token"], **known)


@pytest.fixture(scope="session")
def _adults(stack: Stack) -> Iterator[Member]:
    return members(stack, 40)


@pytest.fixture
def member(_adults: Iterator[Member]) -> Member:
    return next(_adults)


@pytest.fixture
def minor(stack: Stack) -> Member:
    return next(members(stack, 14))
