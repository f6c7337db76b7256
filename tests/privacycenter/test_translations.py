"""The German catalogue: it has every string, its placeholders fit, and the compiled file says the same.

All of it is read without GNU gettext, which a machine that runs the tests need not have.
"""

import gettext
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.conf import settings
from django.core import mail
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override
from django.utils.translation.template import templatize

from accounts.users.models import User
from consents.catalogue.load import load
from consents.notices.send import send_due
from dsar.requests.ask import ask
from dsar.requests.models import Request
from tests.people import subject_of

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "locale" / "de" / "LC_MESSAGES"
UPDATE = (
    "Run `python manage.py makemessages -l de --add-location file --no-obsolete --no-wrap -e html,txt,md,py -i tests`, "
    "translate what is new, then `pybabel compile -D django -d locale`."
)
# As Django's own makemessages tells xgettext.
KEYWORDS: dict[str, Any] = dict.fromkeys(
    ("_", "gettext", "gettext_noop", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "npgettext")
)
PLACEHOLDER = re.compile(r"%\(\w+\)[#0+ -]*\d*(?:\.\d+)?[a-zA-Z]|%%|%[a-zA-Z]")
MARKS = re.compile(r"\n|\*\*|`|<[^>]*>|^\s+|\s+$")


def catalogue(text: bytes | None = None) -> Catalog:
    return read_po(io.BytesIO((FOLDER / "django.po").read_bytes() if text is None else text), locale="de")


def messages(found: Catalog) -> Iterator[Message]:
    return (message for message in found if message.id)


def forms(words: Any) -> list[str]:
    return list(words) if isinstance(words, (list, tuple)) else [words]


def faults(found: Catalog) -> list[str]:
    """What is wrong with the translations, by themselves."""
    broken = [f"no longer used: {words}" for words in found.obsolete]
    for message in messages(found):
        asked, given = forms(message.id), forms(message.string)
        if message.fuzzy or not all(given) or len(given) != (2 if message.pluralizable else 1):
            broken.append(f"not translated: {asked[0]}")
        for wanted, got in zip(asked, given, strict=False):
            if sorted(PLACEHOLDER.findall(wanted)) != sorted(PLACEHOLDER.findall(got)):
                broken.append(f"other placeholders: {asked[0]}")
            if sorted(MARKS.findall(wanted)) != sorted(MARKS.findall(got)):
                broken.append(f"other marks: {asked[0]}")
    return broken


def compiled(found: Catalog) -> dict[Any, str]:
    """What a .mo file made of it holds, as Python's gettext reads it: plural forms stand apart."""
    entries: dict[Any, str] = {}
    for message in messages(found):
        first = forms(message.id)[0]
        key = f"{message.context}\x04{first}" if message.context else first
        plural = {(key, number): text for number, text in enumerate(forms(message.string))}
        entries |= plural if message.pluralizable else {key: forms(message.string)[0]}
    return entries


def sources() -> list[Path]:
    folders = ["accounts", "consents", "dsar", "privacycenter", "templates"]
    files = (file for folder in folders for file in (ROOT / folder).rglob("*"))
    return sorted(file for file in files if file.suffix in {".py", ".html", ".txt", ".md"})


def strings(file: Path) -> set[tuple[str | None, str]]:
    """(context, words) of each string of a file that asks to be translated."""
    text = file.read_text()
    # In brackets the indentation of a template, which is none of Python's, means nothing.
    code = text if file.suffix == ".py" else f"({templatize(text, origin=str(file))}\n)"
    found = set()
    for _line, function, words, _comments in extract_python(io.BytesIO(code.encode()), KEYWORDS, [], {}):
        given = forms(words)
        context = given.pop(0) if function in {"pgettext", "npgettext"} else None
        if given[0]:
            found.add((context, given[0]))
    return found


def test_every_string_is_translated_and_its_placeholders_fit() -> None:
    assert faults(catalogue()) == []


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Hello"\nmsgstr ""', "not translated: Hello"),
        ('#, fuzzy\nmsgid "Hello"\nmsgstr "Hallo"', "not translated: Hello"),
        (
            'msgid "%(n)d day"\nmsgid_plural "%(n)d days"\nmsgstr[0] "%(n)d Tag"\nmsgstr[1] ""',
            "not translated: %(n)d day",
        ),
        ('msgid "By %(day)s"\nmsgstr "Bis %(tag)s"', "other placeholders: By %(day)s"),
        ('msgid "100%% of %(day)s"\nmsgstr "100% von %(day)s"', "other placeholders: 100%% of %(day)s"),
        ('msgid " until"\nmsgstr "bis"', "other marks:  until"),
        ('#~ msgid "Hello"\n#~ msgstr "Hallo"', "no longer used: Hello"),
    ],
)
def test_a_wrong_translation_is_found(entry: str, fault: str) -> None:
    assert fault in faults(catalogue(f"{entry}\n".encode()))


def test_the_compiled_file_holds_what_the_catalogue_says() -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        held = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]  # there is no public way
    held.pop("", None)
    assert held == compiled(catalogue()), UPDATE


def test_the_catalogue_has_every_string_of_ours_and_no_other() -> None:
    ours = {found for file in sources() for found in strings(file)}
    assert len(ours) > 1000
    known = {(message.context, forms(message.id)[0]) for message in messages(catalogue())}
    assert (ours - known, known - ours) == (set(), set()), UPDATE


def test_strings_are_found_in_code_and_in_templates(tmp_path: Path) -> None:
    code, template = tmp_path / "room.py", tmp_path / "page.html"
    code.write_text('_("one " "word")\nngettext("a day", "days", n)\npgettext("month", "May")\nf("no")\n')
    template.write_text(
        '{% load i18n %}{% translate "two" %}{{ x|default:_("three") }}'
        "{% blocktranslate with d=day %}by {{ d }}{% endblocktranslate %}"
    )
    assert strings(code) == {(None, "one word"), (None, "a day"), ("month", "May")}
    assert strings(template) == {(None, "two"), (None, "three"), (None, "by %(d)s")}


PAGES = {
    "/": [
        "Überblick",
        "Was auf Sie wartet",
        "Was wir für Sie tun",
        "Was Sie erlaubt haben",
        "Was wir über Sie wissen",
    ],
    "/choices/": [
        "Meine Entscheidungen",
        "Nur wenn Sie es erlauben",
        "Was der Dienst braucht",
        "Alles Freiwillige ablehnen",
    ],
    "/data/": ["Was wir über Sie gespeichert haben", "Eine Kopie Ihrer Daten holen", "Ihr Profil"],
    "/requests/": ["Meine Anliegen", "Sie haben noch um nichts gebeten", "Mein Konto löschen"],
    "/security/": ["Sicherheit", "Wo Sie angemeldet sind", "Ihre Adresse ändern"],
}


def words_of(response: HttpResponseBase) -> set[str]:
    """The texts between the tags, which is what a person reads."""
    assert isinstance(response, HttpResponse)
    return {" ".join(text.split()) for text in re.findall(r">([^<]+)<", response.content.decode())}


def english_of_ours(words: set[str]) -> set[str]:
    """Which of the words stand in the catalogue as English, and are not German as well, as "Name" is."""
    known = [(forms(message.id), forms(message.string)) for message in messages(catalogue())]
    german = {text for _english, texts in known for text in texts}
    # What a person can choose stands in its own language.
    return words & {text for texts, _german in known for text in texts} - german - {"English"}


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_a_german_page_speaks_german_and_nothing_of_ours_in_english(
    address: str, alice: User, client_for: Callable[[User], Client]
) -> None:
    load((ROOT / "privacycenter" / "demo" / "catalogue.yaml").read_bytes())
    client = client_for(alice)
    read = words_of(client.get(address, headers={"Accept-Language": "de"}))
    assert set(PAGES[address]) <= read
    assert english_of_ours(read) == set()
    assert len(english_of_ours(words_of(client.get(address, headers={"Accept-Language": "en"})))) > 10


@pytest.mark.django_db
def test_the_notices_of_a_german_are_german(alice: User) -> None:
    speaks(alice, "de")
    with override("en"):
        asked = ask(subject_of(alice), Request.Kind.ACCESS, actor=subject_of(alice), signed_in_at=timezone.now())
        send_due()
    (message,) = mail.outbox
    assert message.subject == f"{asked.reference}: Wir erstellen eine Kopie Ihrer Daten"
    assert "Wir schreiben wieder, wenn sie bereit ist." in message.body
    assert "Fragen zu Ihren Daten?" in message.body


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "subject"), [("de", "Ein neues Passwort setzen"), ("en", "Set a new password")])
def test_a_mail_about_the_account_speaks_its_reader_s_language_whoever_asked_for_it(
    language: str, subject: str, alice: User, client: Client
) -> None:
    speaks(alice, language)
    asked_in = {"de": "en", "en": "de"}[language]
    client.post("/accounts/password/reset/", {"email": alice.email}, headers={"Accept-Language": asked_in})
    (message,) = mail.outbox
    assert message.subject == subject


@pytest.mark.django_db
def test_a_mail_to_a_stranger_speaks_the_language_of_the_page(client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": "no@example.org"}, headers={"Accept-Language": "de"})
    (message,) = mail.outbox
    assert message.subject == "Kein Konto hat diese Adresse"


@pytest.mark.django_db
def test_a_letter_of_confirmation_to_who_signs_up_in_german_is_german(client: Client) -> None:
    form = {"email": "emil@example.org", "password1": "correct horse battery staple"}
    client.post("/accounts/signup/", form, headers={"Accept-Language": "de"})
    assert EmailAddress.objects.filter(email="emil@example.org").exists()
    (message,) = mail.outbox
    assert message.subject == "Bestätigen Sie Ihre E-Mail-Adresse"


def test_a_german_reads_at_which_hour() -> None:
    with override("de"):
        assert date_format(datetime(2026, 3, 3, 17, 5), "DATETIME_FORMAT") == "3. März 2026, 17:05 Uhr"


def speaks(user: User, language: str) -> None:
    subject = subject_of(user)
    subject.language = language
    subject.save(update_fields=["language"])
