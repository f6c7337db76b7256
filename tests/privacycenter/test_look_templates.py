"""What holds for every template of the project: no inline style or script, every word translatable."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

FOLDER = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(
    file.relative_to(FOLDER).as_posix() for kind in ("html", "txt") for file in FOLDER.rglob(f"*.{kind}")
)
PAGES = [name for name in TEMPLATES if name.endswith(".html")]
# Read in a mail program, or from the disk in a downloaded copy: no stylesheet of ours is there, and no policy of ours.
# What is shared by all mails and all pages of a copy may have style; what extends it has none of its own.
STYLED = {"mail/base.html", "mail/deed.html", "mail/code.html", "archives/copy/head.html"}

SCRIPT = re.compile(r"\son\w+\s*=\s*[\"']|javascript:|<script\b(?![^>]*\ssrc=)", re.I)
INLINE = re.compile(rf"\sstyle\s*=|<style\b|{SCRIPT.pattern}", re.I)
# Attributes that are read out or shown.
SPOKEN = re.compile(r"\s(?:alt|aria-label|placeholder|title)\s*=\s*([\"'])(.*?)\1", re.S)


def source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def bare_words(text: str) -> list[str]:
    """The words that stand in a template as they are, so in one language only."""
    text = re.sub(r"{#.*?#}|{% comment.*?endcomment %}|<!--.*?-->", " ", text, flags=re.S)
    text = re.sub(r"<style.*?</style>|{% block main_class %}.*?{% endblock", " ", text, flags=re.S)
    text = re.sub(r"{% blocktrans(?:late)?\b.*?{% endblocktrans(?:late)? %}", " ", text, flags=re.S)
    text = re.sub(r"{%.*?%}|{{.*?}}", " ", text, flags=re.S)
    # Names of files and formats are the same in every language.
    text = re.sub(r"<code>.*?</code>|\b[A-Z]{3,5}\b", " ", text, flags=re.S)
    spoken = " ".join(match[2] for match in SPOKEN.finditer(text))
    shown = re.sub(r"<[^<>]*>", " ", text)
    return re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", " ", f"{shown} {spoken}"))


@pytest.mark.parametrize("name", PAGES)
def test_no_page_and_no_mail_has_inline_style_or_script_of_its_own(name: str) -> None:
    assert bool(INLINE.search(source(name))) == (name in STYLED)


@pytest.mark.parametrize("name", sorted(STYLED))
def test_what_mails_and_copies_share_has_no_script(name: str) -> None:
    assert not SCRIPT.search(source(name))


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_word_can_be_translated(name: str) -> None:
    assert not bare_words(source(name))


@pytest.mark.parametrize("name", PAGES)
def test_every_static_file_that_is_named_exists(name: str) -> None:
    for path in re.findall(r"{% static [\"']([^\"']+)[\"']", source(name)):
        assert finders.find(path), path


@pytest.mark.parametrize(
    "broken",
    ['<p style="color: red">', "<style>", "<script>go()</script>", '<a onclick="go()">', '<a href="javascript:x">'],
)
def test_inline_style_and_script_would_be_noticed(broken: str) -> None:
    assert INLINE.search(broken)
    assert bool(SCRIPT.search(broken)) == ("style" not in broken)


def test_a_script_of_its_own_file_is_no_inline_script() -> None:
    assert not INLINE.search('<script type="module" src="/static/js/menu.js"></script>')


def test_a_bare_word_would_be_noticed() -> None:
    assert bare_words('<p title="Close">{% translate "Hello" %} World</p>') == ["World", "Close"]
    assert not bare_words('{% blocktranslate %}Hello{% endblocktranslate %} <b class="x">{{ name }}</b>&nbsp;·')
