import re
from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.subjects.models import Subject
from accounts.users.models import Profile, User
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_up(client: Client):
    def sign_up(**fields):
        return client.post(
            "/accounts/signup/", {"email": "alice@example.org", "password1": PASSWORD, **fields}, follow=True
        )

    return sign_up


def test_signing_up_makes_a_subject_a_user_and_a_profile(sign_up):
    sign_up(full_name="Alice Example", birth_date="1990-02-03")
    user = User.objects.get(email="alice@example.org")
    assert user.subject is not None
    assert user.subject.stage == Subject.Stage.ACCOUNT
    profile = Profile.objects.get(subject=user.subject)
    assert (profile.full_name, profile.birth_date) == ("Alice Example", "1990-02-03")


def test_the_address_is_kept_in_lower_case(sign_up):
    sign_up(email="ALICE@Example.ORG")
    assert User.objects.get().email == "alice@example.org"


def test_the_database_refuses_an_address_in_capitals(alice: User):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=alice.pk).update(email="Alice@example.org")


def test_who_is_not_staff_must_be_a_subject(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("nobody@example.org", PASSWORD)


def test_nobody_is_signed_in_before_the_address_is_confirmed(sign_up, client: Client):
    sign_up()
    assert client.get("/security/").status_code == 302


def test_opening_the_link_changes_nothing_and_the_button_confirms(sign_up, client: Client):
    sign_up()
    (message,) = mail.outbox
    (path,) = re.findall(r"http://[^/\s]+(/accounts/confirm-email/\S+)", str(message.body))
    assert client.get(path).status_code == 200
    assert not EmailAddress.objects.get().verified
    client.post(path)
    assert EmailAddress.objects.get().verified


def test_a_known_and_an_unknown_address_get_the_same_answer(sign_up, alice: User):
    known = sign_up(email=alice.email)
    unknown = sign_up(email="newcomer@example.org")
    assert known.status_code == unknown.status_code
    assert known.redirect_chain == unknown.redirect_chain
    assert User.objects.filter(email=alice.email).count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "not an address"),
        ("email", ""),
        ("password1", "short"),
        ("birth_date", "yesterday"),
        ("birth_date", (date.today() + timedelta(days=2)).isoformat()),
        ("birth_date", "1700-01-01"),
        ("full_name", "x" * 201),
    ],
)
def test_bad_input_is_named_at_its_field_and_changes_nothing(sign_up, field, value):
    response = sign_up(**{field: value})
    assert field in response.context["form"].errors
    assert not User.objects.exists()
    assert not Subject.objects.exists()


def test_signing_up_by_app_makes_a_subject_too(client: Client):
    response = client.post(
        "/_allauth/app/v1/auth/signup",
        {"email": "alice@example.org", "password": PASSWORD},
        content_type="application/json",
    )
    assert response.status_code == 401
    assert User.objects.get().subject is not None
