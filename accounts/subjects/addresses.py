"""The addresses by which people are known: looked up by a keyed hash, kept readable only under the person's own key.

Systems that ask or import by address hold the same key and make the same hash: of an e-mail address trimmed, in
Unicode's NFC and in lower case; of a telephone number only its digits, behind a plus sign.
"""

import hashlib
import hmac
import re
import unicodedata
from contextlib import suppress

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.subjects.life import open_subject
from accounts.subjects.merge import NotMerged, merge
from accounts.subjects.models import Address, Subject


class AddressOfAnother(Refusal):
    code = "address-of-another"
    status = 409
    message = _("This address belongs to somebody else.")


def kind_of(address: str) -> Address.Kind:
    return Address.Kind.EMAIL if "@" in address else Address.Kind.PHONE


def normalised(address: str) -> str:
    if kind_of(address) == Address.Kind.EMAIL:
        return unicodedata.normalize("NFC", address.strip()).lower()
    digits = re.sub(r"[^0-9]", "", address)
    return "+" + (digits.removeprefix("00") if not address.strip().startswith("+") else digits)


def address_hash(address: str) -> str:
    return hmac.new(settings.ADDRESS_KEY, normalised(address).encode(), hashlib.sha256).hexdigest()


def find(address: str) -> Subject | None:
    """The person with this address: not the guest they once were, but who they turned out to be."""
    return find_by_hash(address_hash(address))


def find_by_hash(known_hash: str) -> Subject | None:
    """Whom `find` would give for the address; for those who hold only its keyed hash."""
    row = _row(known_hash)
    return _person(row.subject) if row else None


def emails_of(subject: Subject) -> list[str]:
    """Each address that leads to the person, those of the guests they once were too."""
    rows = Address.objects.filter(subject__in=Subject.objects.of_person(subject), kind=Address.Kind.EMAIL)
    return [row.value for row in rows.select_related("subject").order_by("created_at", "pk") if row.value]


@transaction.atomic
def know(subject: Subject, address: str) -> Address:
    """From now on the address leads to the subject. Knowing twice is the same as once. Raises AddressOfAnother."""
    text = normalised(address)
    row, _is_new = Address.objects.select_related("subject__merged_into").get_or_create(
        hash=address_hash(text), kind=kind_of(text), defaults={"subject": subject, "value": text}
    )
    if _person(row.subject) != _person(subject):
        raise AddressOfAnother
    return row


@transaction.atomic
def guest(address: str, *, language: str = "", jurisdiction: str = "") -> Subject:
    """Whoever has the address; nobody yet: a new guest."""
    if found := find(address):
        return found
    try:
        with transaction.atomic():
            made = open_subject(Subject.Stage.GUEST, language=language, jurisdiction=jurisdiction)
            know(made, address)
            return made
    except AddressOfAnother:
        # Somebody was faster, and the guest that was made for nothing is gone again.
        return _person(Address.objects.select_related("subject__merged_into").get(hash=address_hash(address)).subject)


@transaction.atomic
def move(subject: Subject, address: str) -> None:
    """The address of an account. Until it is proven, a guest who has it keeps it.

    Those of guests who turned out to be the person stay: other systems may know them by these alone.
    """
    if _row(address_hash(address)) is None:
        row = know(subject, address)
        Address.objects.filter(subject=subject, kind=row.kind).exclude(pk=row.pk).delete()


@transaction.atomic
def move_phone(subject: Subject, number: str | None) -> None:
    """The telephone number of an account, as `move`. None, and whatever is no number: it leads to nobody any more."""
    if number and kind_of(number) == Address.Kind.PHONE and re.search("[0-9]", number):
        move(subject, number)
    else:
        Address.objects.filter(subject=subject, kind=Address.Kind.PHONE).delete()


@transaction.atomic
def prove(subject: Subject, address: str) -> None:
    """The account's address was confirmed: a guest who has it was this person all along.

    A guest who asked to be erased stays who they are, and keeps the address: nothing else is done with what is theirs.
    When that erasure is over or was stopped, the address is proven again.
    """
    row = _row(address_hash(address))
    if row is None:
        know(subject, address)
    elif row.subject.stage == Subject.Stage.GUEST and row.subject.merged_into is None:
        with suppress(NotMerged):
            merge(row.subject, subject)
    elif _had_it_once(row, subject):
        row.delete()
        know(subject, address)


def _had_it_once(row: Address, subject: Subject) -> bool:
    """Another account did, and does not sign in with it any more."""
    holder = _person(row.subject)
    if row.kind != Address.Kind.EMAIL or holder == _person(subject) or holder.stage != Subject.Stage.ACCOUNT:
        return False
    return not Subject.objects.filter(pk=holder.pk, user__email=row.value).exists()


def _row(known_hash: str) -> Address | None:
    # No two addresses of different kinds have the same hash: only one of them has an at sign in it.
    return Address.objects.select_related("subject__merged_into").filter(hash=known_hash).first()


def _person(subject: Subject) -> Subject:
    return subject.merged_into or subject
