from __future__ import annotations

from functools import cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as ByEmail
from django.db import connection, models

from accounts.subjects.models import Subject
from accounts.users.models import Profile, User


class AuthenticationBackend(ByEmail):
    def get_user(self, user_id: Any) -> User | None:
        """With the person behind the user and what they told about themselves: every call asks for it next.

        A plain statement, as Django builds this one more slowly than the database answers it.
        """
        with connection.cursor() as cursor:
            cursor.execute(user_statement(), [user_id])
            row = cursor.fetchone()
        user = _user(row) if row is not None else None
        return user if user is not None and self.user_can_authenticate(user) else None


@cache
def user_statement() -> str:
    tables: tuple[tuple[str, type[models.Model]], ...] = (("login", User), ("subject", Subject), ("profile", Profile))
    columns = ", ".join(f"{alias}.{field.column}" for alias, model in tables for field in model._meta.concrete_fields)
    return (
        f"SELECT {columns} FROM users_user AS login"  # noqa: S608 - names of our own tables
        " LEFT JOIN subjects_subject AS subject ON subject.id = login.subject_id"
        " LEFT JOIN users_profile AS profile ON profile.subject_id = subject.id"
        " WHERE login.id = %s"
    )


def _user(row: tuple[Any, ...]) -> User:
    values = iter(row)
    user, subject, profile = _loaded(User, values), _loaded(Subject, values), _loaded(Profile, values)
    assert user is not None
    if subject is not None:
        user.subject = subject
        # None as well: that there is no profile is known from then on.
        subject._state.fields_cache["profile"] = profile
        if profile is not None:
            profile.subject = subject
    return user


def _loaded[M: models.Model](model: type[M], values: Any) -> M | None:
    """The next row of the joined ones; None where nothing was joined."""
    fields = model._meta.concrete_fields
    row = {field.attname: next(values) for field in fields}
    if row[model._meta.pk.attname] is None:
        return None
    return model.from_db(connection.alias, list(row), list(row.values()))
