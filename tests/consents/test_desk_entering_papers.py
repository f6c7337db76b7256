"""What stands on a paper is recorded, and never over what was decided later."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.users.models import User
from consents.choices.may import may
from consents.choices.models import Current, Event, Method
from consents.choices.record import Choice, as_published
from consents.desk import refusals
from consents.desk.enter import LARGEST_SCAN, Sheet, enter
from consents.desk.models import Paper
from tests.consents.papers import PDF, ads_and_mail, clerk, put, sheet
from tests.consents.purposes import say
from tests.people import subject_of


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    ads_and_mail()


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


def test_a_choice_names_words_even_on_paper(alice: User) -> None:
    with pytest.raises(Exception, match="text-missing"):
        enter(subject_of(alice), sheet(alice), [Choice("ads", allow=True)], number=uuid4(), staff=clerk())
