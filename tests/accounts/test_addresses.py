"""Addresses lead to people: by a keyed hash, whoever the person was when the address became known."""

import hashlib
import hmac
import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.subjects.addresses import AddressOfAnother, address_hash, find, guest, know, normalised, prove
from accounts.subjects.life import open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Address, Subject
from accounts.users.models import User
from tests.people import PASSWORD, subject_of

pytestmark = pytest.mark.django_db


def test_the_hash_can_be_made_by_whoever_holds_the_key():
    expected = hmac.new(settings.ADDRESS_KEY, b"alice@example.org", hashlib.sha256).hexdigest()
    assert address_hash(" Alice@Example.ORG ") == expected


def test_another_key_makes_another_hash(settings):
    before = address_hash("alice@example.org")
    settings.ADDRESS_KEY = b"another" * 4 + b"key!"
    assert address_hash("alice@example.org") != before


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Jose\u0301@Example.org", "jos\u00e9@example.org"),
        ("+49 (30) 123-456", "+4930123456"),
        ("0049 30 123456", "+4930123456"),
    ],
)
def test_one_address_written_in_two_ways_is_one(said, kept):
    assert normalised(said) == normalised(kept) == kept


def test_an_account_is_found_by_its_address(alice):
    assert find("ALICE@example.org") == alice.subject
    assert find("nobody@example.org") is None


def test_the_table_shows_no_address_to_whoever_reads_it(alice):
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(a)::text, encode(value, 'escape') FROM subjects_address AS a")
        assert "alice" not in str(cursor.fetchall()).lower()
    assert Address.objects.get(subject=alice.subject).value == "alice@example.org"


def test_a_guest_is_opened_once_per_address():
    first = guest("Gina@example.org", language="de", jurisdiction="EU_GDPR/DE")
    assert (first.stage, first.language, first.jurisdiction) == ("guest", "de", "EU_GDPR/DE")
    assert guest("gina@example.org") == first == find("gina@example.org")
    assert Subject.objects.count() == 1


def test_a_guest_is_not_opened_for_the_address_of_an_account(alice):
    assert guest("alice@example.org") == alice.subject


def test_an_address_belongs_to_one_person(alice, bob):
    with pytest.raises(AddressOfAnother):
        know(subject_of(bob), "alice@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.create(subject=subject_of(bob), kind="email", hash=address_hash("alice@example.org"))


def test_a_person_may_have_a_telephone_as_well(alice):
    know(subject_of(alice), "+49 30 1")
    know(subject_of(alice), "0049301")
    assert find("+49301") == find("alice@example.org") == alice.subject


def told_phone(user, number):
    profile = user.subject.profile
    profile.phone = number
    profile.save()


def test_an_account_is_found_by_the_telephone_number_of_its_profile(alice):
    told_phone(alice, "+49 (30) 123-456")
    assert find("0049 30 123456") == alice.subject
    assert Address.objects.get(subject=alice.subject, kind="phone").value == "+4930123456"
    told_phone(alice, "+49 30 2")
    assert find("+49 30 123456") is None
    assert find("+49 30 2") == find("alice@example.org") == alice.subject
    told_phone(alice, None)
    assert find("+49 30 2") is None


def test_what_does_not_touch_the_telephone_number_keeps_it(alice):
    told_phone(alice, "+49 30 1")
    alice.subject.profile.save(update_fields=["full_name"])
    assert find("+49301") == alice.subject


def test_a_telephone_number_that_somebody_has_already_stays_theirs(alice, bob):
    caller = guest("+49 30 1")
    told_phone(alice, "+49 30 1")
    assert find("+49301") == caller
    told_phone(alice, "+49 30 2")
    told_phone(bob, "+49 30 2")
    assert find("+49302") == alice.subject


@pytest.mark.parametrize("nonsense", ["none", "+", "gina@example.org"])
def test_what_is_no_telephone_number_leads_to_nobody(alice, nonsense):
    told_phone(alice, "+49 30 1")
    told_phone(alice, nonsense)
    assert find(nonsense) is None
    assert find("+49301") is None


def test_who_was_merged_is_found_as_who_they_are(alice):
    was = guest("gina@example.org")
    merge(was, subject_of(alice))
    assert find("gina@example.org") == alice.subject
    assert know(subject_of(alice), "gina@example.org").subject == was


def test_a_new_address_leads_to_the_account_and_the_old_one_no_longer(alice):
    alice.email = "alice@new.example"
    alice.save(update_fields=["email"])
    assert find("alice@new.example") == alice.subject
    assert find("alice@example.org") is None


def test_what_does_not_touch_the_address_asks_nothing_about_it(alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        alice.save(update_fields=["last_login"])


def test_staff_who_are_nobodys_subject_have_none(dana):
    assert find(dana.email) is None


def test_an_account_whose_address_is_not_proven_does_not_take_a_guests(charlie):
    gina = guest("gina@example.org")
    charlie.email = "gina@example.org"
    charlie.save()
    assert find("gina@example.org") == gina


def test_a_guest_turns_out_to_be_the_account_that_proves_the_address(charlie):
    gina = guest("gina@example.org")
    prove(subject_of(charlie), "gina@example.org")
    gina.refresh_from_db()
    assert gina.merged_into == charlie.subject == find("gina@example.org")


def test_a_device_and_an_account_are_not_merged_by_proving(alice, bob):
    device = open_subject(Subject.Stage.DEVICE)
    know(device, "+49301")
    prove(subject_of(bob), "+49301")
    prove(subject_of(bob), "alice@example.org")
    assert find("+49301") == device
    assert find("alice@example.org") == alice.subject


def test_confirming_the_mail_after_signing_up_makes_the_guest_and_the_account_one(client, mailoutbox):
    gina = guest("gina@example.org")
    data = {"email": "Gina@example.org", "password1": "correct horse battery", "full_name": "Gina", "birth_date": ""}
    assert client.post(reverse("account_signup"), data).status_code in {200, 302}
    user = User.objects.get(email="gina@example.org")
    assert find("gina@example.org") == gina
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(mailoutbox[-1].body))
    assert link
    client.post(link[1])
    assert EmailAddress.objects.get(user=user).verified
    assert find("gina@example.org") == user.subject


def test_changing_the_address_of_an_account_takes_effect_when_the_new_one_is_confirmed(alice, client_for, mailoutbox):
    client = client_for(alice)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"email": "alice@new.example", "action_add": ""})
    assert find("alice@new.example") is None
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(mailoutbox[-1].body))
    assert link
    client.post(link[1])
    assert find("alice@new.example") == alice.subject
    assert find("alice@example.org") is None


def test_staff_find_a_person_by_an_address_without_seeing_it(alice, bob, admin_client):
    page = admin_client.get("/staff/subjects/address/", {"q": "Alice@example.org"}).content.decode()
    assert str(alice.subject_id) in page
    assert str(bob.subject_id) not in page
    assert (
        str(bob.subject_id) in admin_client.get("/staff/subjects/address/", {"q": str(bob.subject_id)}).content.decode()
    )
    row = Address.objects.get(subject=alice.subject)
    assert "alice@" not in admin_client.get(f"/staff/subjects/address/{row.pk}/change/").content.decode()
