"""Whether a receipt is genuine: by its signature alone, so offline too, and without a look at anybody's choices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.subjects import data_integrity
from accounts.subjects.signing import Altered, NotSigned, UnknownKey


class Unreadable(ValueError):
    """Not even a document. `message` says why, in words a person can read."""

    def __init__(self, message: str | Promise) -> None:
        self.message = message
        super().__init__(str(message))


class Reason(Enum):
    """Why a receipt is not genuine."""

    ALTERED = _("It was changed after we signed it: the signature does not fit what it says.")
    UNKNOWN_KEY = _("It was not signed with one of our keys, or the name of the key was changed.")
    NOT_A_RECEIPT = _("It carries no signature as we make it: it is not one of our receipts, or no longer whole.")


@dataclass(frozen=True)
class Finding:
    """One receipt of a file. `document` is what it says, believed or not."""

    document: Any
    reason: Reason | None

    @property
    def genuine(self) -> bool:
        return self.reason is None

    @property
    def number(self) -> UUID | None:
        """The number that it claims to have."""
        try:
            return UUID(self.document["dct:identifier"])
        except (AttributeError, KeyError, TypeError, ValueError):
            return None


def examine(raw: bytes, keys: Mapping[str, Any] | None = None) -> list[Finding]:
    """Of a file with one receipt, or with a list of them. `keys` is a JWKS; without it the keys of this deployment.

    Raises Unreadable.
    """
    try:
        content = data_integrity.read(raw)
    except ValueError as error:
        raise Unreadable(_("This can not be read as a receipt: it is no JSON, or no longer whole.")) from error
    documents = content if isinstance(content, list) else [content]
    if not documents:
        raise Unreadable(_("There is no receipt in it."))
    return [_examine(document, keys) for document in documents]


def _examine(secured: Any, keys: Mapping[str, Any] | None) -> Finding:
    try:
        document = data_integrity.check(secured, keys)
    except Altered:
        return Finding(secured, Reason.ALTERED)
    except UnknownKey:
        return Finding(secured, Reason.UNKNOWN_KEY)
    except NotSigned:
        return Finding(secured, Reason.NOT_A_RECEIPT)
    return Finding(document, None if document.get("@type") == "dpv:ConsentReceipt" else Reason.NOT_A_RECEIPT)


@dataclass(frozen=True)
class Difference:
    """One place at which a receipt says something else than ours. None: says nothing."""

    place: str
    claimed: Any
    ours: Any


def differences(claimed: Any, ours: Any, place: str = "") -> Iterator[Difference]:
    """To be shown only to those who may see ours."""
    if isinstance(claimed, dict) and isinstance(ours, dict):
        for name in dict.fromkeys([*ours, *claimed]):
            yield from differences(claimed.get(name), ours.get(name), f"{place} › {name}" if place else name)
    elif isinstance(claimed, list) and isinstance(ours, list) and len(claimed) == len(ours):
        for number, pair in enumerate(zip(claimed, ours, strict=True), start=1):
            yield from differences(*pair, f"{place} › {number}")
    elif claimed != ours or type(claimed) is not type(ours):
        yield Difference(place, claimed, ours)
