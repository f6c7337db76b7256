"""Everybody can read every version, compare any two, and machines can too."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from accounts.users.models import User
from consents.policies.compare import compare
from consents.policies.compared import EDITION
from consents.policies.models import Version, VersionText
from consents.policies.publish import publish
from tests.consents.policies import BODY, approved, release, write

TOMORROW = datetime.now(UTC) + timedelta(days=1)


def page(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_current_page_shows_what_is_in_force_and_what_comes(client: Client, dana: User) -> None:
    release("1.0", dana)
    release("2.0", dana, material=True, effective_at=TOMORROW)
    shown = page(client, "/policies/privacy/")
    assert "Version 1.0, in force since" in shown
    assert "version 2.0 applies" in shown
    assert 'href="#what-we-keep"' in shown
    assert 'id="what-we-keep"' in shown
    assert "/policies/privacy/compare/1.0/2.0/" in shown


def test_an_announced_version_says_that_it_does_not_bind_yet(client: Client, dana: User) -> None:
    release("1.0", dana)
    release("2.0", dana, material=True, effective_at=TOMORROW)
    shown = page(client, "/policies/privacy/2.0/")
    assert "does not bind you yet" in shown
    assert shown.index("What changed with version 2.0") < shown.index('<article class="prose"')


def test_an_old_version_stays_and_says_that_it_is_old(client: Client, dana: User) -> None:
    release("1.0", dana)
    release("2.0", dana, material=True)
    assert "no longer in force" in page(client, "/policies/privacy/1.0/")


def test_a_text_comes_in_the_readers_language_or_says_that_it_does_not(client: Client, dana: User) -> None:
    release("1.0", dana)
    assert "Datenschutzerklärung" in page(client, "/policies/privacy/", accept_language="de")
    publish(approved(write("1.0", document="cookies"), dana), actor=dana)
    shown = page(client, "/policies/cookies/", accept_language="de")
    assert "Privacy Policy" in shown
    assert '<article class="prose" lang="en" dir="ltr">' in shown
    assert "Diese Version hat keinen Text auf Deutsch" in shown


def test_drafts_are_nobodys_business(client: Client, dana: User) -> None:
    release("1.0", dana)
    write("2.0", "A secret plan.")
    write("1.0", document="secret")
    for path in ("2.0/", "compare/1.0/2.0/", "2.0/acknowledge/"):
        assert client.get(f"/policies/privacy/{path}").status_code in {302, 404}
    assert client.get("/policies/secret/").status_code == 404
    assert client.get("/policies/secret/versions/").status_code == 404
    assert "secret" not in page(client, "/policies/")
    assert "2.0" not in page(client, "/policies/privacy/versions/")
    assert APIClient().get("/api/v1/policies/privacy/versions/2.0/").status_code == 404


def test_all_versions_can_be_chosen_and_compared(client: Client, dana: User) -> None:
    for number in ("1.0", "1.1", "2.0"):
        release(number, dana)
    shown = page(client, "/policies/privacy/versions/")
    assert [number for number in ("1.0", "1.1", "2.0") if f"/policies/privacy/{number}/" in shown] == [
        "1.0",
        "1.1",
        "2.0",
    ]
    answer = client.get("/policies/privacy/compare/?old=1.0&new=2.0")
    assert answer["Location"] == "/policies/privacy/compare/1.0/2.0/"
    for query in ("", "?old=1.0", "?old=1.0&new=9.9", "?old=//elsewhere.example&new=x"):
        assert client.get(f"/policies/privacy/compare/{query}").status_code == 404


def test_a_comparison_names_its_changes_for_who_can_not_see_them(client: Client, dana: User) -> None:
    release("1.0", dana)
    release("2.0", dana, body=BODY.replace("A year", "A month").replace("your address", "<b>all</b>"))
    shown = page(client, "/policies/privacy/compare/1.0/2.0/")
    hidden = '<span class="visually-hidden">{}</span>'
    assert f"<del>{hidden.format('(removed: ')}year{hidden.format(') ')}</del>" in shown
    assert f"<ins>{hidden.format('(added: ')}month{hidden.format(') ')}</ins>" in shown
    assert "&lt;b&gt;" in shown
    assert "<b>all" not in shown
    assert "2 paragraphs changed, 0 added, 0 removed." in " ".join(shown.split())


def test_without_any_policy_the_pages_say_so(client: Client, db: None) -> None:
    assert "No policy is in force yet." in page(client, "/policies/")
    assert client.get("/policies/privacy/").status_code == 404
    assert APIClient().get("/api/v1/policies/").json() == []
    assert APIClient().get("/api/v1/policies/privacy/versions/").status_code == 404


def test_only_the_person_who_is_asked_sees_the_button(
    client: Client, alice: User, dana: User, client_for: Callable[[User], Client]
) -> None:
    release("1.0", dana, material=True)
    button = 'action="/policies/privacy/1.0/acknowledge/"'
    assert button not in page(client, "/policies/privacy/")
    signed_in = client_for(alice)
    assert button in page(signed_in, "/policies/privacy/")
    signed_in.post("/policies/privacy/1.0/acknowledge/")
    assert button not in page(signed_in, "/policies/privacy/")


def test_nothing_is_changed_by_reading(client: Client, dana: User) -> None:
    release("1.0", dana)
    for path in ("/policies/", "/policies/privacy/", "/policies/privacy/1.0/", "/policies/privacy/versions/"):
        assert client.post(path).status_code == 405


def test_machines_read_the_versions_with_their_texts(dana: User) -> None:
    for number in ("1.0", "2.0"):
        release(number, dana)
    api = APIClient()
    (policy,) = api.get("/api/v1/policies/").json()
    assert (policy["slug"], policy["title"], policy["in_force"]["number"]) == ("privacy", "Privacy Policy", "2.0")
    answer = api.get("/api/v1/policies/privacy/versions/")
    versions = answer.json()
    assert versions["next"] is None
    assert [version["number"] for version in versions["results"]] == ["2.0", "1.0"]
    texts = {text["language"]: text for text in versions["results"][0]["texts"]}
    assert texts["de"]["body"] == BODY.strip()
    assert texts["en"]["sha256"] == Version.objects.get(number="2.0").texts.get(language="en").sha256
    assert api.get("/api/v1/policies/privacy/versions/1.0/").json() == versions["results"][1]
    assert api.get("/api/v1/policies/privacy/versions/", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_the_number_of_queries_does_not_grow_with_the_versions(dana: User, django_assert_max_num_queries: Any) -> None:
    for number in range(1, 9):
        release(f"{number}.0", dana)
    with django_assert_max_num_queries(4):
        APIClient().get("/api/v1/policies/privacy/versions/")


@pytest.mark.parametrize("number", ["1", "1.0.0", "01.0", "1.x", "99999.0", "%00"])
def test_a_number_that_is_none_is_not_found(client: Client, dana: User, number: str) -> None:
    release("1.0", dana)
    assert client.get(f"/policies/privacy/{number}/").status_code == 404
    assert APIClient().get(f"/api/v1/policies/privacy/versions/{number}/").status_code == 404


def test_a_version_can_be_read_in_each_of_its_languages(client: Client, dana: User) -> None:
    release("1.0", dana)
    shown = page(client, "/policies/privacy/1.0/?language=de", accept_language="en")
    assert '<article class="prose" lang="de" dir="ltr">' in shown
    assert '<a href="?language=de" lang="de" hreflang="de" aria-current="true">Deutsch</a>' in shown
    assert 'hreflang="en" href="/policies/privacy/1.0/?language=en"' in shown
    assert "has no text in" not in shown


def test_a_language_that_the_version_lacks_is_named_and_so_is_the_one_shown(client: Client, dana: User) -> None:
    release("1.0", dana)
    shown = page(client, "/policies/privacy/1.0/?language=fr")
    assert "This version has no text in French; you read the one in English." in shown
    shown = page(client, "/policies/privacy/compare/1.0/1.0/?language=fr")
    assert "This version has no text in French; you read the one in English." in shown
    assert "has no text in" not in page(client, "/policies/privacy/1.0/?language=de-AT")


def test_each_heading_and_paragraph_has_a_permanent_address(client: Client, dana: User) -> None:
    release("1.0", dana)
    shown = page(client, "/policies/privacy/")
    link = '<a class="heading-link" href="/policies/privacy/1.0/#{}">'
    assert f'<h2 id="what-we-keep">{link.format("what-we-keep")}1. What we keep</a></h2>' in shown
    assert '<p id=".1">We keep your name.</p>' in shown
    assert '<p id="how-long.1">A year.</p>' in shown
    shown = page(client, "/policies/privacy/?links=paragraphs&language=de")
    assert 'href="/policies/privacy/1.0/?language=de#how-long.1" aria-label="Link to paragraph 1"' in shown


def test_a_comparison_stands_in_one_text_or_side_by_side(client: Client, dana: User) -> None:
    release("1.0", dana)
    release("2.0", dana, body=BODY.replace("A year", "A month") + "\n## 3. Something new\n\nAnd more of it here.\n")
    path = "/policies/privacy/compare/1.0/2.0/"
    assert '<table class="comparison pairs">' not in page(client, path)
    shown = page(client, f"{path}?view=side")
    assert shown.index("<del>") < shown.index("<ins>")
    assert "Not in version 1.0" in shown
    assert '<table class="comparison pairs">' not in page(client, f"{path}?view=nonsense&language=%00")


def test_what_was_written_by_hand_can_not_break_out_of_an_anchor(client: Client, dana: User) -> None:
    body = '## "><script>x</script> & [link](https://people.example/)\n\n1. One\n\n   Two\n\n- <b>Three</b>\n'
    publish(approved(write("1.0", body), dana), actor=dana)
    shown = page(client, "/policies/privacy/?links=paragraphs")
    assert "<script>x" not in shown
    assert "<b>" not in shown
    assert shown.count('class="heading-link"') == 1


def test_what_was_compared_once_is_kept(client: Client, dana: User) -> None:
    old, new = release("1.0", dana), release("2.0", dana, body=BODY.replace("A year", "A month"))
    first = page(client, "/policies/privacy/compare/1.0/2.0/")
    texts = [VersionText.objects.get(version=version, language="en") for version in (old, new)]
    kept = cache.get(f"policies-compared:{EDITION}:{texts[0].sha256}:{texts[1].sha256}")
    assert kept == compare(*(text.body for text in texts))
    again = page(client, "/policies/privacy/compare/1.0/2.0/")
    assert again.partition("<main")[2].partition("</main")[0] == first.partition("<main")[2].partition("</main")[0]


def test_versions_without_a_common_language_are_compared_but_not_silently(client: Client, dana: User) -> None:
    publish(approved(write("1.0", language="de"), dana), actor=dana)
    publish(approved(write("2.0"), dana), actor=dana)
    shown = page(client, "/policies/privacy/compare/1.0/2.0/")
    assert "the older text is in German, the newer one in English." in shown
