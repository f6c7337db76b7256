"""The people of every test: Alice, Bob and his daughter Mia, Charlie the stranger, Dana of the staff."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from accounts.guardians.models import Guardianship
from accounts.staff.duties import Duty
from accounts.subjects.models import Subject
from accounts.users.joining import join
from accounts.users.models import User

PASSWORD = "correct horse battery staple"  # everybody's, in tests only


def person(name: str, *, birth_date: date | None = date(1985, 5, 17), password: str | None = PASSWORD) -> User:
    """An account made by the act that signing up uses, its address confirmed. Without a password nobody signs in."""
    user = User(email=f"{name.lower()}@example.org")
    user.set_password(password)
    join(user, RequestFactory().get("/"), full_name=f"{name} Example", birth_date=birth_date)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def subject_of(user: User) -> Subject:
    assert user.subject is not None
    return user.subject


@pytest.fixture
def alice(db: None) -> User:
    return person("Alice")


@pytest.fixture
def bob(db: None) -> User:
    return person("Bob")


@pytest.fixture
def mia(bob: User) -> User:
    """A minor: fourteen at the most whenever the tests run, with Bob as her guardian."""
    today = date.today()
    mia = person("Mia", birth_date=date(today.year - 14, 1, 1))
    Guardianship.objects.create(minor=mia.subject, guardian=bob.subject)
    return mia


@pytest.fixture
def charlie(db: None) -> User:
    return person("Charlie")


@pytest.fixture
def dana(db: None) -> User:
    """Staff with every duty, and no subject herself."""
    from django.contrib.auth.models import Group

    dana = User.objects.create_user("dana@example.org", PASSWORD, is_staff=True)
    EmailAddress.objects.create(user=dana, email=dana.email, verified=True, primary=True)
    dana.groups.set(Group.objects.filter(name__in=Duty.values))
    return dana


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    """A browser in which the person has just signed in on the sign-in page."""

    def sign_in(user: User) -> Client:
        client = Client()
        response = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        assert response.status_code == 302, response.content.decode()[:2000]
        return client

    return sign_in


@pytest.fixture
def api_for() -> Callable[[User], APIClient]:
    """A mobile app in which the person has just signed in through allauth's app API."""

    def sign_in(user: User) -> APIClient:
        client = APIClient()
        response: Any = client.post(
            "/_allauth/app/v1/auth/login", {"email": user.email, "password": PASSWORD}, format="json"
        )
        assert response.status_code == 200, response.content.decode()[:2000]
        client.credentials(HTTP_X_SESSION_TOKEN=response.json()["meta"]["session_token"])
        return client

    return sign_in


def staff_with(duty: Duty | None) -> Client:
    """A browser in which somebody of the staff is signed in who has this duty and no other."""
    from django.contrib.auth.models import Group

    user = User.objects.create_user(f"{duty or 'none'}@example.org", is_staff=True)
    user.groups.set(Group.objects.filter(name=duty))
    client = Client()
    client.force_login(user)
    return client
