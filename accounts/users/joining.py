"""A person joins: the account's subject, user and profile come into being together, or not at all.

Higher rooms that must do something then (acknowledge the policy that was shown) register here from their `apps.py`.
"""

from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from accounts.subjects.life import open_account
from accounts.subjects.models import Subject
from accounts.users.models import Profile, User

type Joined = Callable[[Subject, HttpRequest], None]

_callbacks: list[Joined] = []


def on_join(callback: Joined) -> None:
    if callback not in _callbacks:
        _callbacks.append(callback)


@transaction.atomic
def join(user: User, request: HttpRequest, *, full_name: str = "", birth_date: date | None = None) -> None:
    """`user` has its address and password and is not saved yet."""
    language = get_language() or settings.LANGUAGE_CODE
    user.subject = subject = open_account(language=language)
    user.save()
    Profile.objects.create(
        subject=subject,
        full_name=full_name or None,
        birth_date=birth_date.isoformat() if birth_date else None,
    )
    for callback in _callbacks:
        callback(subject, request)
