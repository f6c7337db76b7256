"""A shop and a blog of the organisation whose servers know who is signed in, and what their pages say to us then."""

from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.cookies.models import Site, SiteOrigin
from consents.cookies.persons import token_for
from tests.consents.purposes import make_asked
from tests.people import subject_of

PERSONS, PERSON, DECISIONS = (f"/api/v1/cookies/{path}/" for path in ("persons", "person", "decisions"))
ORIGINS = {"shop": "https://shop.example", "blog": "https://blog.example"}


def make_sites() -> None:
    make_asked()
    for slug, origin in ORIGINS.items():
        SiteOrigin.objects.create(site=Site.objects.create(slug=slug, name=slug), origin=origin)


def token(person: User | Subject, site: str = "shop") -> str:
    return token_for(person if isinstance(person, Subject) else subject_of(person), site)[0]


def post(path: str, said: Any, **headers: str) -> Any:
    site = said.get("site") if isinstance(said, dict) else ""
    origin = ORIGINS.get(str(site), ORIGINS["shop"])
    return APIClient().post(path, said, format="json", headers={"Origin": origin} | headers)


def meet(person: User | Subject | str, site: str = "shop", **said: Any) -> Any:
    """What a page is told; a token is taken as it is."""
    known = person if isinstance(person, str) else token(person, site)
    return post(PERSON, {"site": site, "person": known} | said)


def held(person: User | Subject, site: str = "shop", **said: Any) -> dict[str, bool]:
    answer = meet(person, site, **said)
    assert answer.status_code == 200, answer.content
    return {each["purpose"]: each["allowed"] for each in answer.json()["results"]}


def decisions(site: str = "shop", **allow: bool) -> dict[str, Any]:
    shown = APIClient().get(f"/api/v1/cookies/sites/{site}/").json()
    said = [
        {
            "purpose": each["purpose"],
            "version": each["version"],
            "text_sha256": each["text_sha256"],
            "decision": "granted" if allow[each["purpose"]] else "refused",
        }
        for each in shown["purposes"]
        if each["purpose"] in allow
    ]
    words = {"site": site, "control": "save", "banner": shown["banner"]["sha256"], "language": "en"}
    return words | {"client_id": str(uuid4()), "decisions": said}


def decide(who: User | Subject | str, site: str = "shop", *, gpc: bool = False, **allow: bool) -> Any:
    """As a person, or in a browser of nobody known where the id of that is given."""
    name = {"device": who} if isinstance(who, str) else {"person": token(who, site)}
    return post(DECISIONS, decisions(site, **allow) | name | {"gpc": gpc})


def code(answer: Any) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]
