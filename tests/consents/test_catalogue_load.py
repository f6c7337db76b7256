"""A catalogue file becomes the catalogue: all of it or nothing, and the second time nothing."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from consents.catalogue.load import Report, load
from consents.catalogue.models import DataCategory, Purpose, PurposeText, Retention
from consents.catalogue.yaml_file import MAX_BYTES, CatalogueRefused, Fault
from consents.cookies.models import Tracker

pytestmark = pytest.mark.django_db

SMALL = """\
categories:
  registration:
    text: {en: {name: Registration details}}
recipients:
  processors:
    kind: processor
    text: {en: {name: Helpers}}
retentions:
  account:
    from: account-closed
    period: P30D
    text: {en: {name: As long as you have an account}}
purposes:
  service:
    basis: contract
    categories: [registration]
    recipients: [processors]
    retention: account
    text:
      en: {name: Run the service, description: We do what you ask for.}
      de: {name: Dienst, description: Wir tun das Gewünschte.}
  news:
    parent: recommendations
    basis: consent
    channel: email
    categories: [registration]
    retention: account
    text: {en: {name: News, description: We write to you.}}
  recommendations:
    basis: consent
    categories: [registration]
    retention: account
    text: {en: {name: Picks, description: We pick for you.}}
cookies:
  session:
    name: sessionid
    storage: cookie
    party: first
    lifetime: P14D
    exception: strictly-necessary
    purpose: service
    text: {en: {name: Sign-in, description: Keeps you signed in.}}
"""


def small(old: str = "", new: str = "") -> bytes:
    assert old in SMALL
    return SMALL.replace(old, new, 1).encode()


def faults_of(data: bytes) -> list[Fault]:
    with pytest.raises(CatalogueRefused) as caught:
        load(data)
    assert not Purpose.objects.exists(), "a refused file changes nothing"
    return caught.value.faults


def only_fault_of(data: bytes) -> Fault:
    (fault,) = faults_of(data)
    return fault


# What a load does


def test_a_file_becomes_entries_with_their_texts_links_and_order() -> None:
    load(small())
    service, news, recommendations = Purpose.objects.current()
    assert (service.slug, service.essential, service.legal_basis) == ("service", True, "contract")
    assert [category.slug for category in service.categories.all()] == ["registration"]
    assert [recipient.slug for recipient in service.recipients.all()] == ["processors"]
    assert service.retention.period == "P30D"
    assert set(service.texts.values_list("language", "name")) == {("en", "Run the service"), ("de", "Dienst")}
    assert (news.essential, news.channel, news.parent) == (False, "email", recommendations)
    assert Tracker.objects.get().purpose == service


def test_loading_again_changes_nothing() -> None:
    first = load(small())
    rows = list(PurposeText.objects.order_by("id").values())
    second = load(small())
    assert len(first.created) == 7
    assert second == Report(unchanged=first.created)
    assert list(PurposeText.objects.order_by("id").values()) == rows


@pytest.mark.parametrize(
    ("old", "new", "entry"),
    [
        ("name: Registration details", "name: Your details", "categories/registration"),
        ("kind: processor", "kind: partner", "recipients/processors"),
        ("period: P30D\n    text: {en: {name: As", "period: P30D\n    text: {en: {name: Only as", "retentions/account"),
        ("basis: contract", "basis: legal-obligation", "purposes/service"),
        ("    channel: email\n", "", "purposes/news"),
        ("    parent: recommendations\n", "", "purposes/news"),
        ("    recipients: [processors]\n", "", "purposes/service"),
        ("      de: {name: Dienst, description: Wir tun das Gewünschte.}\n", "", "purposes/service"),
        ("lifetime: P14D", "lifetime: P1D", "cookies/session"),
    ],
)
def test_a_change_is_told_by_the_entry_it_concerns(old: str, new: str, entry: str) -> None:
    load(small())
    report = load(small(old, new))
    assert (report.changed, report.created, report.retired) == ([entry], [], [])
    assert len(load(small(old, new)).unchanged) == 7


def test_a_text_that_changes_gets_the_hash_of_its_new_words() -> None:
    load(small())
    before = PurposeText.objects.get(name="News").sha256
    load(small("We write to you.", "We write to you often."))
    assert PurposeText.objects.get(name="News").sha256 != before


def test_what_the_file_leaves_out_is_retired_and_not_deleted() -> None:
    load(small())
    without_news = SMALL[: SMALL.index("  news:")] + SMALL[SMALL.index("  recommendations:\n    basis") :]
    report = load(without_news.encode())
    assert report.retired == ["purposes/news"]
    assert not Purpose.objects.current().filter(slug="news").exists()
    assert Purpose.objects.get(slug="news").retired_at is not None
    assert load(without_news.encode()).retired == []


def test_what_comes_back_is_current_again() -> None:
    load(small())
    Purpose.objects.filter(slug="news").update(retired_at="2026-01-01T00:00Z")
    assert load(small()).changed == ["purposes/news"]
    assert Purpose.objects.get(slug="news").retired_at is None


def test_a_section_that_may_be_missing_is_left_alone() -> None:
    load(small())
    load(SMALL[: SMALL.index("cookies:")].encode())
    assert Tracker.objects.current().count() == 1


def test_the_order_of_the_file_is_the_order_of_the_pages() -> None:
    load(small())
    start, end = SMALL.index("  news:"), SMALL.index("  recommendations:\n    basis")
    moved = SMALL[:start] + SMALL[end : SMALL.index("cookies:")] + SMALL[start:end] + SMALL[SMALL.index("cookies:") :]
    report = load(moved.encode())
    assert [purpose.slug for purpose in Purpose.objects.current()] == ["service", "recommendations", "news"]
    assert report.changed == []


def test_texts_are_kept_in_one_form_of_unicode_and_of_spaces() -> None:
    load(small("name: Registration details", "name: 'Cafe\u0301   de\n\n     table'"))
    assert DataCategory.objects.get().texts.get().name == "Café de table"


def test_a_failure_in_the_middle_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: PurposeText, *args: object, **kwargs: object) -> None:
        raise RuntimeError("the disk is full")

    load(small())
    monkeypatch.setattr(PurposeText, "save", fail)
    with pytest.raises(RuntimeError):
        load(small("period: P30D", "period: P60D").replace(b"We write to you.", b"We write."))
    assert Retention.objects.get().period == "P30D"


# What is refused, and how


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (
            "basis: contract",
            "basis: contrct",
            15,
            "purposes > service > basis: “contrct” is not one of the choices. Did",
        ),
        (
            "basis: contract",
            "basos: contract",
            15,
            "purposes > service > basos: There is no such key. Did you mean “basis”?",
        ),
        ("    basis: contract\n", "", 14, "purposes > service: “basis” is missing."),
        ("period: P30D", "period: 30 days", 11, "“30 days” is not an ISO 8601 duration"),
        ("    period: P30D\n", "    period:\n", 11, "there is nothing"),
        ("from: account-closed\n    period: P30D", "from: collected", 9, "needs a period"),
        ("  registration:", "  Registration:", 2, "A slug is made of small letters"),
        ("name: Registration details", "name: 2026", 3, "Put “2026” in quotes"),
        ("name: Registration details", "name: [a]", 3, "Here must be text."),
        ("    kind: processor", "    kind: processor\n    country: Germany", 7, "“Germany” is not."),
        ("categories: [registration]", "categories: registration", 16, "Here must be a list"),
        ("categories: [registration]", "categories: [registration, registration]", 16, "in the list twice"),
        ("categories: [registration]", "categories: [registraton]", 16, "Did you mean “registration”?"),
        ("retention: account", "retention: acount", 18, "There is no “acount” in retentions. Did you mean “account”?"),
        ("parent: recommendations", "parent: news", 22, "can not be part of itself"),
        ("      de: {name", "      fr: {name", 21, "There is no such key. Known are: en, de."),
        ("      en: {name: Run the service", "      en: {nam: Run the service", 20, "“name” is missing."),
        (", description: We write to you.", "", 28, "“description” is missing."),
        ("  recommendations:\n", "  news:\n", 29, "This is here twice; the first is in line 22."),
        ("    exception: strictly-necessary\n", "", 35, "“exception” must say why"),
        ("party: first", "party: third", 35, "Another company must be named"),
        ("    storage: cookie", "    storage: request", 35, "A request goes to another company"),
        ("cookies:", "cookie:", 34, "There is no such key. Did you mean “cookies”?"),
        ("categories:\n", "? [a, b]\n: 1\ncategories:\n", 1, "A key must be a word."),
    ],
)
def test_a_fault_is_named_by_its_line_and_its_key(old: str, new: str, line: int, words: str) -> None:
    assert any(at == line and words in said for at, said in faults_of(small(old, new)))


@pytest.mark.parametrize("missing", ["categories", "recipients", "retentions", "purposes"])
def test_a_section_that_is_missing_is_named(missing: str) -> None:
    assert (1, f"“{missing}” is missing.") in faults_of(small(f"{missing}:\n", f"{missing}x:\n"))


def test_all_faults_are_told_at_once_in_the_order_of_the_lines() -> None:
    data = small("basis: contract", "basis: x").replace(b"P30D", b"x").replace(b"kind: processor", b"kind: x")
    assert [line for line, _words in faults_of(data)] == [6, 11, 15]


def test_a_key_is_the_word_that_is_written_even_where_yaml_reads_it_as_false() -> None:
    load(small("  registration:", "  no:").replace(b"[registration]", b"['no']"))
    assert DataCategory.objects.get().slug == "no"


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", 1, "The file is empty."),
        (b"# nothing\n", 1, "The file is empty."),
        (b"categories:\n\tregistration: {}\n", 2, "There is a tab here"),
        (b"categories:\n  a: \xff\n", 2, "This is not UTF-8"),
        (b"categories:\n  a: \x00\n", 2, "control character"),
        (b"a: {}\n---\nb: {}\n", 2, "not valid YAML"),
        (b"categories: [\n", 2, "not valid YAML"),
        (b"a: &a [x]\nb: *a\n", 2, "Aliases (*name) are not allowed"),
        (b"[" * 10_000, 1, "nested too deep"),
        (b"- " * 10_000, 1, "nested too deep"),
        (b"a: " + b"x" * MAX_BYTES, 1, "larger than 2000 kB"),
        (b"just words", 1, "Here must be keys with values"),
        (b"[1, 2]", 1, "Here must be keys with values"),
    ],
)
def test_what_is_no_catalogue_at_all_is_refused_in_words(data: bytes, line: int, words: str) -> None:
    at, said = only_fault_of(data)
    assert at == line
    assert words in said


def test_a_few_lines_of_aliases_can_not_unfold() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "Aliases" in only_fault_of(bomb.encode())[1]


def test_a_tag_makes_no_object() -> None:
    faults = faults_of(b"categories: !!python/object/apply:os.system ['true']\n")
    assert (1, "categories: Here must be keys with values (key: value).") in faults


# The command


def test_the_command_tells_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_bytes(small())
    call_command("load_catalogue", str(file))
    told = capsys.readouterr().out
    assert "created purposes/service" in told
    assert "7 created, 0 changed, 0 unchanged, 0 retired." in told


def test_the_command_tells_every_fault(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_bytes(small("basis: contract", "basis: contrct"))
    with pytest.raises(CommandError, match=r"nothing changed\.\nLine 15: purposes > service > basis"):
        call_command("load_catalogue", str(file))


def test_the_command_tells_that_there_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can not be read"):
        call_command("load_catalogue", str(tmp_path / "nowhere.yaml"))
