"""Of whom a system speaks: named by their number, by the keyed hash of their address, or by the address itself."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.subjects import addresses
from accounts.subjects.models import Subject
from consents.choices.refusals import NotRecorded


class NobodyKnown(NotRecorded):
    code = "nobody-known"
    status = 404
    message = _("Nobody is known by this, or they were erased.")


class NumberUnknown(NobodyKnown):
    field = "subject"


class HashUnknown(NobodyKnown):
    field = "address_hash"


class AddressUnknown(NobodyKnown):
    field = "address"


def person(said: Mapping[str, Any]) -> Subject:
    """`said` has one of the three. An address that nobody has yet makes a guest. Raises NobodyKnown."""
    if "address" in said:
        words = {name: said.get(name, "") for name in ("language", "jurisdiction")}
        return addresses.guest(said["address"], **words)
    return known(said)


def known(said: Mapping[str, Any]) -> Subject:
    """`said` has one of the three, of which none makes anybody. Raises NobodyKnown."""
    if "address" in said:
        return _living(addresses.find(said["address"]), AddressUnknown)
    if "address_hash" in said:
        return _living(addresses.find_by_hash(said["address_hash"]), HashUnknown)
    return _living(Subject.objects.filter(pk=said["subject"]).select_related("merged_into").first(), NumberUnknown)


def _living(found: Subject | None, refusal: type[NobodyKnown]) -> Subject:
    if found is None or found.stage == Subject.Stage.TOMBSTONE:
        raise refusal
    return found
