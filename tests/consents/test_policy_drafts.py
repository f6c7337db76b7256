"""Drafts are made from the version before, or from a plain text."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.users.models import User
from consents.policies.draft import next_version
from consents.policies.import_text import MAX_BYTES
from consents.policies.models import Version, VersionText
from tests.consents.policies import BODY, release


def test_the_next_version_begins_with_the_texts_of_the_last(dana: User) -> None:
    version = release("1.0", dana)
    following = next_version(version)
    assert (following.number, following.state) == ("1.1", Version.State.DRAFT)
    assert [(text.language, text.body, text.sha256, text.summary) for text in following.texts.all()] == [
        ("de", BODY.strip(), "", ""),
        ("en", BODY.strip(), "", ""),
    ]


def test_importing_a_plain_text_makes_a_draft(db: None, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "policy.txt"
    file.write_text("Our Privacy Policy\n\n1. Scope\n\nEverything.\n\n1. Use\n\nWe use it to:\n 1) sell\n 2) bill\n")
    call_command("import_policy", str(file), "--document", "privacy", "--language", "en")
    text = VersionText.objects.get()
    assert (text.version.number, text.version.is_published, text.title) == ("1.0", False, "Our Privacy Policy")
    assert "## 1. Scope" in text.body
    assert "Our Privacy Policy" in capsys.readouterr().out
    file.write_text("Noch einer\n\nText dazu.\n")
    call_command("import_policy", str(file), "--document", "privacy", "--language", "de", "--title", "Neu")
    assert [text.title for text in Version.objects.get().texts.all()] == ["Neu", "Our Privacy Policy"]


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b"", [], "no text"),
        (b"\xff\x00\xff", [], "cannot be read"),
        (b"a" * (MAX_BYTES + 1), [], "larger"),
        (b"Some text.", ["--number", "two"], "two whole numbers"),
        (b"Some text.", ["--number", "1.0"], "published"),
        (b"Some text.", ["--document", "not a slug"], "slug"),
    ],
)
def test_what_can_not_be_imported_is_refused_in_words(
    dana: User, tmp_path: Any, content: bytes, options: list[str], words: str
) -> None:
    release("1.0", dana)
    file = tmp_path / "policy.txt"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        call_command("import_policy", str(file), "--document", "privacy", "--language", "en", *options)
    assert Version.objects.count() == 1


def test_a_file_that_is_not_there_is_named(db: None, tmp_path: Any) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.txt"):
        call_command("import_policy", str(tmp_path / "nowhere.txt"), "--document", "privacy", "--language", "en")
