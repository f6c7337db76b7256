"""Addresses that accounts have confirmed while somebody else still had them."""

from collections.abc import Iterable
from typing import cast

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.subjects.addresses import prove
from accounts.users.models import User


def confirmed(addresses: Iterable[str]) -> list[EmailAddress]:
    """Those that somebody has proven to be theirs."""
    found = EmailAddress.objects.filter(email__in=list(addresses), verified=True)
    return list(found.select_related("user__subject"))


@transaction.atomic
def hand_over(addresses: Iterable[str]) -> None:
    """What kept addresses from whoever has proven them is gone: a guest is erased, or will not be."""
    for each in confirmed(addresses):
        if subject := cast(User, each.user).subject:
            prove(subject, each.email)
