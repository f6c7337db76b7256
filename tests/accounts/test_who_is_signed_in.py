"""The statements that tell who calls, which every signed-in page and call begins with, tell what Django's own do."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.users.backend import AuthenticationBackend
from accounts.users.models import Profile, User
from accounts.users.sessions import SessionStore

backend = AuthenticationBackend()


def columns(row: object) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def test_the_user_comes_with_the_person_as_the_tables_have_them(alice: User) -> None:
    expected = User.objects.select_related("subject__profile").get(pk=alice.pk)
    with CaptureQueriesContext(connection) as statements:
        user = backend.get_user(alice.pk)
        assert user is not None
        assert user.subject is not None
        assert columns(user) == columns(expected)
        assert columns(user.subject) == columns(expected.subject)
        assert columns(user.subject.profile) == columns(expected.subject.profile)
        assert user.subject.user is user
        assert user.subject.profile.full_name == expected.subject.profile.full_name
    assert len(statements) == 1
    user.save()
    assert User.objects.count() == 1


def test_that_somebody_told_nothing_about_themselves_is_not_asked_again(alice: User) -> None:
    Profile.objects.filter(subject=alice.subject).delete()
    user = backend.get_user(alice.pk)
    assert user is not None
    assert user.subject is not None
    with CaptureQueriesContext(connection) as statements, pytest.raises(Profile.DoesNotExist):
        user.subject.profile  # noqa: B018 - reading it is the point
    assert len(statements) == 0


def test_staff_need_not_be_anybodys_subject(dana: User) -> None:
    user = backend.get_user(str(dana.pk))
    assert user == dana
    assert user is not None
    assert user.subject is None


def test_who_may_not_sign_in_is_nobody(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert backend.get_user(alice.pk) is None


def test_who_is_gone_is_nobody(dana: User) -> None:
    gone = dana.pk
    dana.delete()
    assert backend.get_user(gone) is None


@pytest.fixture
def session(db: None) -> SessionStore:
    session = SessionStore()
    session["said"] = "hello"
    session.create()
    return session


def test_what_is_in_a_session_is_read_by_one_statement(session: SessionStore) -> None:
    with CaptureQueriesContext(connection) as statements:
        assert SessionStore(session.session_key)["said"] == "hello"
    assert len(statements) == 1


def test_a_session_that_nobody_began_or_whose_time_is_over_is_none(session: SessionStore) -> None:
    for key in ("x" * 32, ""):
        unknown = SessionStore(key)
        assert "said" not in unknown
        assert unknown.session_key is None
    Session.objects.filter(pk=session.session_key).update(expire_date=session.get_expiry_date() - timedelta(days=15))
    over = SessionStore(session.session_key)
    assert "said" not in over
    assert over.session_key is None


def test_the_project_uses_them() -> None:
    assert SessionStore.__module__ == settings.SESSION_ENGINE
    assert [f"{AuthenticationBackend.__module__}.AuthenticationBackend"] == settings.AUTHENTICATION_BACKENDS


def test_a_token_is_worth_nothing_after_the_password_was_changed(alice: User, api_for) -> None:
    api: APIClient = api_for(alice)
    assert api.get("/api/v1/me/").status_code == 200
    alice.set_password("another long password")
    alice.save()
    assert api.get("/api/v1/me/").status_code == 401
