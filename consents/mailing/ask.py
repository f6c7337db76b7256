"""Asking by mail whether what was allowed in the name of an address is really wanted (double opt-in)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from json import dumps
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.subjects import addresses
from accounts.subjects.models import Subject
from accounts.subjects.numbers import new_number
from consents.choices import refusals
from consents.choices.models import Method
from consents.choices.record import Choice, record
from consents.mailing.models import Confirmation, token_hash, token_of
from consents.mailing.tasks import send_due

# Whoever types other people's addresses into forms must not flood them.
MOST = 3
MOST_IN = timedelta(days=1)
# A form that is sent twice, and a call that is repeated because its answer was lost, ask once.
SAME_WITHIN = timedelta(minutes=10)


class NothingToConfirm(refusals.NotRecorded):
    code = "nothing-to-confirm"
    part = "decision"
    message = _("A refusal needs no confirmation: it counts at once.")


class Rehearsed(Exception):
    """Everything was in order, and is undone."""


# What concerns the person and is their own business, not that of whoever typed their address.
PERSONAL = (refusals.Frozen, refusals.GuardianNeeded, refusals.Erased, refusals.WholeNotAllowed)


@transaction.atomic
def ask_address(
    address: str,
    choices: Sequence[Choice],
    *,
    language: str,
    jurisdiction: str = "",
    method: Method | str = Method.API,
    evidence: Mapping[str, str],
    recorder: str = "",
) -> Confirmation | None:
    """Whoever has the address is asked; nobody yet: a new guest. Raises NotRecorded for what can not be chosen."""
    known = addresses.find(address)
    person = known or addresses.guest(address, language=language, jurisdiction=jurisdiction)
    return ask(
        person,
        choices,
        language=language,
        method=method,
        evidence=evidence,
        recorder=recorder,
        opened_guest=known is None,
    )


@transaction.atomic
def ask(
    subject: Subject,
    choices: Sequence[Choice],
    *,
    language: str,
    method: Method | str,
    evidence: Mapping[str, str],
    recorder: str = "",
    opened_guest: bool = False,
) -> Confirmation | None:
    """None: this person may not or need not be asked now, which is not told to whoever wants it.

    `evidence` says where it was asked: the page and what else is known of the call.
    """
    _check_that_all_allow(choices)
    person = Subject.objects.select_for_update(no_key=True).get(pk=subject.merged_into_id or subject.pk)
    if not _could_be_recorded(person, choices, language, method) or _asked_enough(person, choices):
        return None
    made = Confirmation.objects.create(
        subject=person,
        choices=[_kept(choice) for choice in choices],
        method=method,
        recorder=recorder,
        language=language,
        opened_guest=opened_guest,
        evidence=dumps(dict(evidence)),
        **_numbered(),
    )
    send_due.delay_on_commit()  # type: ignore[attr-defined]  # celery-types does not know Django's tasks
    return made


def _check_that_all_allow(choices: Sequence[Choice]) -> None:
    for position, choice in enumerate(choices):
        if not choice.allow:
            raise NothingToConfirm(position)


def _could_be_recorded(person: Subject, choices: Sequence[Choice], language: str, method: Method | str) -> bool:
    """The rehearsal is the real thing, so that nobody is asked to confirm what would then be refused."""
    try:
        with transaction.atomic():
            record(
                person,
                choices,
                method=method,
                actor=person,
                language=language,
                evidence={"confirmation": "rehearsal"},
            )
            raise Rehearsed
    except Rehearsed:
        return True
    except PERSONAL:
        return False


def _asked_enough(person: Subject, choices: Sequence[Choice]) -> bool:
    now = timezone.now()
    lately = Confirmation.objects.for_subject(person).filter(asked_at__gte=now - MOST_IN)
    same = lately.filter(asked_at__gte=now - SAME_WITHIN, choices=[_kept(choice) for choice in choices])
    return lately.count() >= MOST or same.exists()


def _numbered() -> dict[str, UUID | str]:
    """The link's token is made from the number, and only its hash is kept."""
    number = new_number()
    return {"pk": number, "token_sha256": token_hash(token_of(number))}


def _kept(choice: Choice) -> dict[str, str | int | None]:
    return {"purpose": choice.purpose, "text_sha256": choice.text_sha256, "version": choice.version}
