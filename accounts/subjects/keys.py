"""AES-256-GCM under the master keys: they wrap each subject's data key and seal what must outlive it.

A sealed value is: key id length (1 byte), key id, nonce (12 bytes), ciphertext with tag. The context is bound as
associated data, so a value can not be moved to another place.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE = 12


class KeyDestroyed(Exception):
    """A subject's data key is gone: nothing sealed with it can be read or written any more."""


class NotSealedHere(Exception):
    """The bytes were altered, belong to another context, or were sealed with a key that this deployment lacks."""


def seal_for_service(context: str, data: bytes) -> bytes:
    name, key = next(iter(settings.MASTER_KEYS.items()))
    nonce = os.urandom(NONCE)
    head = name.encode()
    return bytes([len(head)]) + head + nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def open_for_service(context: str, sealed: bytes) -> bytes:
    """Raises NotSealedHere."""
    sealed = bytes(sealed)
    size = sealed[0] if sealed else 0
    name, body = sealed[1 : 1 + size].decode("utf-8", "replace"), sealed[1 + size :]
    key = settings.MASTER_KEYS.get(name)
    if key is None:
        raise NotSealedHere(f"No master key {name!r}.")
    try:
        return AESGCM(key).decrypt(body[:NONCE], body[NONCE:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise NotSealedHere("The sealed value does not open here.") from error
