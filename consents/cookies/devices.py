"""Browsers of nobody known: a number that we made and signed, so that nobody can write in the name of another."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.subjects.life import open_subject
from accounts.subjects.models import Subject
from accounts.subjects.numbers import new_number

SIGNER = Signer(salt="consents.cookies.device")


class UnknownDevice(Refusal):
    code = "unknown-device"
    field = "device"
    message = _("This is not the id of a device as we make it. Ask for a new one.")


def new_device() -> str:
    """An id that stands for nobody until something is decided with it: asking for many costs nothing."""
    number = urlsafe_b64encode(new_number().bytes).rstrip(b"=").decode()
    return SIGNER.sign(number)


def number_of(device: str) -> UUID:
    """Raises UnknownDevice."""
    try:
        return UUID(bytes=urlsafe_b64decode(SIGNER.unsign(device) + "=="))
    except (BadSignature, ValueError) as error:
        raise UnknownDevice from error


def subject_of(device: str) -> Subject | None:
    """None: nothing was decided with it so far. Raises UnknownDevice."""
    return Subject.objects.filter(pk=number_of(device)).first()


def current(device: str) -> bool:
    """Whether it may go on deciding: it is ours, nobody's so far, and was not erased."""
    try:
        found = subject_of(device)
    except UnknownDevice:
        return False
    return found is None or (found.stage == Subject.Stage.DEVICE and found.merged_into_id is None)


def saying[R](device: str, act: Callable[[Subject], R], *, language: str, jurisdiction: str) -> R:
    """Does it as the subject that the device is, which it becomes by its first decision. Raises UnknownDevice.

    `act` raises Subject.DoesNotExist if there is none, before it writes: it looks at the subject anyway.
    """
    number = number_of(device)
    try:
        return act(Subject.from_db(DEFAULT_DB_ALIAS, ["id"], [number]))
    except Subject.DoesNotExist:
        return act(_opened(number, language, jurisdiction))


def _opened(number: UUID, language: str, jurisdiction: str) -> Subject:
    try:
        with transaction.atomic():
            return open_subject(Subject.Stage.DEVICE, language=language, jurisdiction=jurisdiction, number=number)
    except IntegrityError:
        # Two tabs decided at the same moment, and the other was first.
        return Subject.objects.get(pk=number)
