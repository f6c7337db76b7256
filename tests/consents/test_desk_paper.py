"""Consent on paper: entered by staff with a scan, sealed, and never over what was decided later."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.staff.duties import Duty
from accounts.subjects.addresses import find, guest
from accounts.subjects.life import entomb
from accounts.users.models import User
from consents.catalogue.models import PurposeText
from consents.choices.may import may
from consents.choices.models import Current, Event, Method
from consents.choices.record import Choice, as_published
from consents.desk import refusals
from consents.desk.enter import LARGEST_SCAN, Sheet, enter
from consents.desk.models import Paper
from dsar.datamap.own import PrivacyCenter
from dsar.datamap.systems import Identities
from tests.consents.purposes import make_purpose, say
from tests.people import subject_of

PDF = b"%PDF-1.7\nsigned by hand"
PAPERS = "/staff/desk/paper/"


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads", de="Werbung")
    make_purpose("mail")


def staff_with(duty: Duty | None) -> Client:
    user = User.objects.create_user(f"{duty or 'none'}@example.org", "correct horse battery staple", is_staff=True)
    user.groups.set(Group.objects.filter(name=duty))
    client = Client()
    client.force_login(user)
    return client


def clerk() -> User:
    return User.objects.create_user("clerk@example.org", is_staff=True)


def sheet(person: User, signed_on: date | None = None, scan: bytes = PDF) -> Sheet:
    return Sheet(scan, signed_on or timezone.localdate(), subject_of(person), "en")


def put(person: User, page: Sheet, **decisions: bool) -> Paper:
    choices = as_published(decisions, "en")
    staff = User.objects.filter(email="clerk@example.org").first() or clerk()
    return enter(subject_of(person), page, choices, number=uuid4(), staff=staff)


def test_what_stands_on_a_paper_is_recorded_with_who_wrote_it_down(alice: User) -> None:
    staff = clerk()
    choices = as_published({"ads": True, "mail": False}, "en")
    paper = enter(subject_of(alice), sheet(alice), choices, number=uuid4(), staff=staff)
    events = {event.purpose.slug: event for event in paper.events.with_details()}
    assert {slug: event.decision for slug, event in events.items()} == {"ads": "granted", "mail": "refused"}
    for event in events.values():
        assert (event.method, event.recorder, event.actor) == (Method.PAPER, f"staff:{staff.pk}", None)
        assert event.opened_evidence() == {"paper": str(paper.pk), "scan_sha256": paper.sha256}
    assert may(subject_of(alice), "ads")


def test_a_scan_is_sealed_and_opens_as_it_was(alice: User) -> None:
    paper = put(alice, sheet(alice), ads=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT scan FROM desk_paper")
        stored = bytes(cursor.fetchone()[0])
    assert PDF not in stored
    assert b"PDF" not in stored
    assert Paper.objects.get(pk=paper.pk).opened_scan() == PDF


def test_of_one_day_every_no_outranks_the_paper_s_yes_and_the_paper_s_no_every_yes(alice: User) -> None:
    day = timezone.localdate() - timedelta(days=1)
    noon = datetime.combine(day, datetime.min.time(), timezone.get_current_timezone()) + timedelta(hours=12)
    say(alice, ads=False, mail=True, said_at=noon)
    put(alice, sheet(alice, day), ads=True, mail=False)
    assert not may(subject_of(alice), "ads")
    assert not may(subject_of(alice), "mail")


def test_an_old_paper_never_overrides_what_was_decided_since(alice: User) -> None:
    say(alice, ads=False)
    put(alice, sheet(alice, timezone.localdate() - timedelta(days=30)), ads=True)
    assert not may(subject_of(alice), "ads")
    assert Event.objects.count() == 2


def test_a_no_of_today_holds_at_once(alice: User) -> None:
    say(alice, ads=True)
    put(alice, sheet(alice), ads=False)
    assert Current.objects.get().decision == "withdrawn"


@pytest.mark.parametrize(
    ("scan", "refusal"),
    [
        (b"", refusals.NoScan),
        (b"<html><script>", refusals.NoScan),
        (b"MZ\x90\x00", refusals.NoScan),
        (b"%PDF-" + b"0" * LARGEST_SCAN, refusals.ScanTooLarge),
    ],
)
def test_only_a_scan_of_a_sheet_is_taken(alice: User, scan: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        put(alice, sheet(alice, scan=scan), ads=True)
    assert not Paper.objects.exists()
    assert not Event.objects.exists()


def test_a_paper_is_not_signed_tomorrow(alice: User) -> None:
    with pytest.raises(refusals.NotYetSigned):
        put(alice, sheet(alice, timezone.localdate() + timedelta(days=1)), ads=True)


def test_if_a_choice_is_refused_the_paper_is_not_kept_either(mia: User) -> None:
    with pytest.raises(Exception, match="guardian-needed"):
        put(mia, sheet(mia), ads=True)
    assert not Paper.objects.exists()


def test_a_guardian_signs_for_the_minor(mia: User, bob: User) -> None:
    page = Sheet(PDF, timezone.localdate(), subject_of(bob), "en")
    enter(subject_of(mia), page, as_published({"ads": True}, "en"), number=uuid4(), staff=clerk())
    assert Event.objects.get().actor == subject_of(bob)
    assert may(subject_of(mia), "ads")


def test_the_same_number_is_the_same_paper_and_the_same_scan_is_entered_once(alice: User) -> None:
    number, choices, staff = uuid4(), as_published({"ads": True}, "en"), clerk()
    first = enter(subject_of(alice), sheet(alice), choices, number=number, staff=staff)
    assert enter(subject_of(alice), sheet(alice), choices, number=number, staff=staff) == first
    with pytest.raises(refusals.EnteredBefore):
        enter(subject_of(alice), sheet(alice), choices, number=uuid4(), staff=staff)
    assert Event.objects.count() == 1


@pytest.mark.parametrize("statement", ["UPDATE desk_paper SET signed_on = '2000-01-01'", "TRUNCATE desk_paper"])
def test_the_database_refuses_to_change_a_paper(alice: User, statement: str) -> None:
    put(alice, sheet(alice), ads=True)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_person_gets_the_scan_with_a_copy_of_their_data(alice: User) -> None:
    paper = put(alice, sheet(alice), ads=True)
    who = Identities(subject_of(alice).pk)
    [row] = PrivacyCenter().rows(who, "desk.Paper")
    assert row["scan"] == paper.scan
    assert "recorder" not in row


def test_an_erasure_takes_the_paper_and_leaves_the_choice(alice: User) -> None:
    put(alice, sheet(alice), ads=True)
    subject = subject_of(alice)
    PrivacyCenter().erase(Identities(subject.pk))
    assert not Paper.objects.exists()
    assert Event.objects.filter(subject=subject).exists()


def test_without_the_key_the_scan_is_gone(alice: User) -> None:
    paper = put(alice, sheet(alice), ads=True)
    entomb(subject_of(alice), evidence_until=timezone.localdate())
    assert Paper.objects.get(pk=paper.pk).opened_scan() is None


# The pages of the staff


def fields_of(html: str) -> dict[str, str]:
    fields = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def fill_in(
    client: Client, person: User, scan: bytes = PDF, language: str = "en", words: str = "", **answers: str
) -> Any:
    path = f"{PAPERS}for/{subject_of(person).pk}/?language={language}"
    html = client.get(path).content.decode()
    said = {f"choice-{slug}": answer for slug, answer in answers.items()}
    if words:
        said["words-ads"] = words
    sheet = {
        "signed_on": timezone.localdate().isoformat(),
        "signer": str(subject_of(person).pk),
        "scan": SimpleUploadedFile("scan.pdf", PDF),
    }
    return client.post(path, fields_of(html) | said | sheet, follow=True)


@pytest.mark.parametrize(
    ("duty", "status"),
    [(Duty.SUPPORT, 200), (Duty.OFFICER, 200), (Duty.AUDITOR, 403), (Duty.EDITOR, 403), (None, 403)],
)
def test_papers_are_entered_by_those_whose_duty_it_is(alice: User, duty: Duty | None, status: int) -> None:
    client = staff_with(duty)
    assert client.get(f"{PAPERS}add/").status_code == status
    assert client.get(f"{PAPERS}for/{subject_of(alice).pk}/").status_code == status


@pytest.mark.parametrize(
    ("duty", "status"), [(Duty.OFFICER, 200), (Duty.AUDITOR, 200), (Duty.SUPPORT, 403), (None, 403)]
)
def test_a_scan_is_opened_only_by_who_must_prove_a_choice(alice: User, duty: Duty | None, status: int) -> None:
    paper = put(alice, sheet(alice), ads=True)
    response = staff_with(duty).get(f"{PAPERS}{paper.pk}/scan/")
    assert response.status_code == status
    if status == 200:
        assert response.content == PDF
        assert response.headers["Content-Type"] == "application/pdf"
        assert response.headers["Content-Disposition"] == f'attachment; filename="paper-{paper.pk}.pdf"'
        assert "no-store" in response.headers["Cache-Control"]


def test_nobody_comes_to_papers_without_a_sign_in(client: Client, alice: User) -> None:
    for path in (PAPERS, f"{PAPERS}add/", f"{PAPERS}for/{subject_of(alice).pk}/", f"{PAPERS}{uuid4()}/scan/"):
        assert client.get(path).status_code == 302


@pytest.mark.parametrize("term", ["alice@example.org", " ALICE@Example.org "])
def test_the_person_is_found_by_what_stands_on_the_paper_in_full(alice: User, term: str) -> None:
    client = staff_with(Duty.SUPPORT)
    response = client.post(f"{PAPERS}add/", {"term": term, "language": "de"})
    assert response.headers["Location"] == f"{PAPERS}for/{subject_of(alice).pk}/?language=de"
    number = client.post(f"{PAPERS}add/", {"term": str(subject_of(alice).pk), "language": "en"})
    assert str(subject_of(alice).pk) in number.headers["Location"]


@pytest.mark.parametrize("term", ["alice", "nobody@example.org", str(UUID(int=1)), "+49", "a\0@b", "%"])
def test_nobody_is_found_by_less(alice: User, term: str) -> None:
    response = staff_with(Duty.SUPPORT).post(f"{PAPERS}add/", {"term": term, "language": "en"})
    assert response.status_code == 200
    assert not Paper.objects.exists()


def test_a_guest_is_noted_only_if_asked_for(alice: User) -> None:
    client = staff_with(Duty.SUPPORT)
    form = {"term": "new@example.org", "language": "de"}
    client.post(f"{PAPERS}add/", form)
    assert find("new@example.org") is None
    response = client.post(f"{PAPERS}add/", form | {"new": "on"})
    known = find("new@example.org")
    assert known is not None
    assert str(known.pk) in response.headers["Location"]
    assert known.language == "de"


def test_a_guest_who_turned_out_to_be_somebody_is_that_person(alice: User) -> None:
    visitor = guest("visitor@example.org")
    type(visitor).objects.filter(pk=visitor.pk).update(merged_into=subject_of(alice))
    client = staff_with(Duty.SUPPORT)
    response = client.post(f"{PAPERS}add/", {"term": str(visitor.pk), "language": "en"})
    assert str(subject_of(alice).pk) in response.headers["Location"]
    assert client.get(f"{PAPERS}for/{visitor.pk}/").status_code == 404


def test_staff_fill_in_what_stands_on_the_sheet(alice: User) -> None:
    response = fill_in(staff_with(Duty.SUPPORT), alice, ads="granted", mail="")
    assert "The paper and 1 decision are recorded." in response.content.decode()
    event = Event.objects.with_details().get()
    assert event.wording is not None
    assert (event.purpose.slug, event.decision, event.wording.language) == ("ads", "granted", "en")


def test_the_page_tells_whose_paper_it_is_and_what_holds_now(alice: User) -> None:
    say(alice, ads=True)
    html = staff_with(Duty.SUPPORT).get(f"{PAPERS}for/{subject_of(alice).pk}/?language=de").content.decode()
    assert "<dd>alice@example.org</dd>" in html
    assert "<dd>German</dd>" in html
    assert "Holds now: Allowed, since" in html


def test_the_words_of_the_paper_s_language_are_recorded(alice: User) -> None:
    fill_in(staff_with(Duty.SUPPORT), alice, language="de", ads="granted")
    event = Event.objects.with_details().get()
    assert event.wording is not None
    assert (event.wording.language, event.wording.name) == ("de", "Werbung")


def test_an_older_paper_is_recorded_on_its_own_words(alice: User) -> None:
    text = PurposeText.objects.get(purpose__slug="ads", language="en")
    old = text.sha256
    text.description = "We do more with it now."
    text.save()
    client = staff_with(Duty.SUPPORT)
    html = unescape(client.get(f"{PAPERS}for/{subject_of(alice).pk}/").content.decode())
    [offered] = re.findall(r'<select name="words-ads".*?</select>', html, re.DOTALL)
    assert re.findall(r'<option value="(\w+)"( selected)?', offered) == [(text.sha256, " selected"), (old, "")]
    assert "About Ads." in html
    fill_in(client, alice, ads="granted", words=old)
    event = Event.objects.with_details().get()
    assert event.wording is not None
    assert event.wording.sha256 == old


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scan", b"<svg onload=alert(1)>"),
        ("signed_on", "2999-01-01"),
        ("signed_on", "yesterday"),
        ("signer", "0199f0aa-0000-7000-8000-000000000000"),
        ("number", "x"),
        ("choice-ads", "maybe"),
        ("words-ads", "f" * 64),
        ("choice-ads", ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_recorded(alice: User, field: str, value: Any) -> None:
    client = staff_with(Duty.SUPPORT)
    path = f"{PAPERS}for/{subject_of(alice).pk}/"
    form = fields_of(client.get(path).content.decode()) | {
        "choice-ads": "granted",
        "signed_on": timezone.localdate().isoformat(),
        "signer": str(subject_of(alice).pk),
        "scan": PDF,
    }
    form[field] = value
    scan = form.pop("scan")
    assert isinstance(scan, bytes)
    response = client.post(path, form | {"scan": SimpleUploadedFile("scan.pdf", scan)})
    assert response.status_code == 200
    assert "Nothing was recorded." in response.content.decode()
    assert not Paper.objects.exists()
    assert not Event.objects.exists()


def test_an_unknown_language_has_no_page(alice: User) -> None:
    assert staff_with(Duty.SUPPORT).get(f"{PAPERS}for/{subject_of(alice).pk}/?language=xx").status_code == 404


def test_papers_are_listed_found_and_lead_to_their_choices(alice: User, bob: User) -> None:
    paper = put(alice, sheet(alice), ads=True)
    client = staff_with(Duty.OFFICER)
    assert str(paper.subject_id) in client.get(PAPERS).content.decode()
    assert "field-entered_at" in client.get(PAPERS, {"q": "alice@example.org"}).content.decode()
    assert "field-entered_at" not in client.get(PAPERS, {"q": "bob@example.org"}).content.decode()
    html = client.get(f"{PAPERS}{paper.pk}/change/").content.decode()
    assert f"/staff/choices/event/{Event.objects.get().pk}/change/" in html
    assert f"{PAPERS}{paper.pk}/scan/" in html


def test_nobody_changes_or_deletes_a_paper(alice: User) -> None:
    paper = put(alice, sheet(alice), ads=True)
    root = User.objects.create_superuser("root@example.org", "correct horse battery staple")
    client = Client()
    client.force_login(root)
    assert client.post(f"{PAPERS}{paper.pk}/change/", {"language": "de"}).status_code == 403
    assert client.post(f"{PAPERS}{paper.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Paper.objects.filter(pk=paper.pk).exists()


def test_the_list_costs_the_same_for_one_paper_and_for_many(
    alice: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = staff_with(Duty.OFFICER)
    put(alice, sheet(alice), ads=True)
    with django_assert_max_num_queries(30) as first:
        client.get(PAPERS)
    for number in range(5):
        put(alice, sheet(alice, scan=PDF + bytes([number])), ads=True)
    with django_assert_max_num_queries(len(first.captured_queries)):
        client.get(PAPERS)


def test_a_choice_names_words_even_on_paper(alice: User) -> None:
    with pytest.raises(Exception, match="text-missing"):
        enter(subject_of(alice), sheet(alice), [Choice("ads", allow=True)], number=uuid4(), staff=clerk())
