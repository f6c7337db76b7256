"""What is published is kept as it was shown, and nobody can change it by any way."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.users.models import User
from consents.catalogue.text_hash import text_hash
from consents.policies.models import Version, VersionText
from tests.consents.policies import BODY, release, write


def test_publication_keeps_the_html_the_contents_and_the_hash(dana: User) -> None:
    text = release("1.0", dana).texts.get(language="en")
    assert text.body == BODY.strip()
    assert text.sha256 == text_hash("Privacy Policy", text.body)
    assert '<h2 id="what-we-keep">1. What we keep</h2>' in text.html
    assert [heading["anchor"] for heading in text.contents] == ["what-we-keep", "how-long"]
    assert "<strong>more</strong>" in text.summary_html


@pytest.mark.parametrize(
    ("body", "kept", "gone"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;", "<script"),
        ('<img src=x onerror="alert(1)">', "&lt;img", "<img"),
        ("[x](javascript:alert(1))", "[x](javascript", "<a"),
        ("[x](<java\tscript:alert(1)>)", "x", "script:alert(1)&gt;"),
        ("![a pixel](https://tracker.example/p.gif)", "a pixel", "<img"),
        ("[x](data:text/html,hi)", "data:text", "href"),
        ("# A first heading\n\n## A second", '<h2 id="a-first-heading">', "<h1"),
        ("## <b onclick=x>Bold</b>", "&lt;b", "<b "),
        ("{{ settings.SECRET_KEY }} {% load x %}", "{{ settings.SECRET_KEY }} {% load x %}", "nothing of the kind"),
        ('## Content\n\n<a id="content">', 'id="content-2"', '<h2 id="content">'),
    ],
)
def test_markup_in_a_text_stays_text(dana: User, body: str, kept: str, gone: str) -> None:
    html = release("1.0", dana, body=body).texts.get(language="en").html
    assert kept in html
    assert gone not in html


def test_a_heading_keeps_its_anchor_when_it_gets_another_number(dana: User) -> None:
    one = release("1.0", dana, body="## 4. How we share\n\nText.").texts.get(language="en")
    two = release("1.1", dana, body="## 3. New\n\nText.\n\n## V. How we share\n\nText.").texts.get(language="en")
    assert one.contents[0]["anchor"] == two.contents[1]["anchor"] == "how-we-share"


CHANGES = [
    "UPDATE policies_version SET number = '7.7'",
    "UPDATE policies_version SET material = NOT material",
    "UPDATE policies_version SET state = 'draft', published_at = NULL, sequence = NULL",
    "DELETE FROM policies_version",
    "TRUNCATE policies_version CASCADE",
    "UPDATE policies_versiontext SET body = 'x'",
    "UPDATE policies_versiontext SET sha256 = ''",
    "DELETE FROM policies_versiontext",
    "TRUNCATE policies_versiontext",
    "INSERT INTO policies_versiontext"
    " (version_id, language, title, body, summary, html, summary_html, contents, sha256)"
    " SELECT id, 'fr', 't', 'b', '', '', '', '[]', '' FROM policies_version",
]


@pytest.mark.parametrize("sql", CHANGES)
def test_no_sql_changes_what_is_published(dana: User, sql: str) -> None:
    release("1.0", dana)
    before = list(VersionText.objects.values()), list(Version.objects.values())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(sql)
    assert (list(VersionText.objects.values()), list(Version.objects.values())) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda version: version.save(),
        lambda version: version.delete(),
        lambda version: version.texts.update(body="x"),
        lambda version: version.texts.first().save(),
        lambda version: version.texts.all().delete(),
        lambda version: VersionText.objects.create(version=version, language="fr", title="t", body="b"),
        lambda version: VersionText.objects.filter(version__number="1.1").update(version=version, language="fr"),
    ],
)
def test_no_way_of_the_orm_changes_what_is_published(dana: User, change: Callable[[Version], object]) -> None:
    version = release("1.0", dana)
    write("1.1")
    with pytest.raises(IntegrityError), transaction.atomic():
        change(version)
    assert version.texts.count() == 2


def test_a_draft_may_be_changed_and_deleted(db: None) -> None:
    version = write("1.0")
    version.texts.update(body="x")
    version.delete()
    assert not VersionText.objects.exists()


def test_the_database_refuses_a_hash_of_another_text(db: None) -> None:
    text = write("1.0").texts.get()
    with pytest.raises(IntegrityError, match="policies_sha256"), transaction.atomic():
        VersionText.objects.filter(pk=text.pk).update(sha256=text_hash(text.title, "another"))


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("policies_number", {"number": "2"}),
        ("policies_number", {"number": "02.0"}),
        ("policies_state_has_its_columns", {"state": "review"}),
        ("policies_state_has_its_columns", {"sequence": 1}),
    ],
)
def test_the_database_knows_what_a_version_is(db: None, constraint: str, change: dict[str, Any]) -> None:
    write("1.0")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Version.objects.update(**change)
