"""AES-256-GCM under the master keys: they wrap each subject's data key and seal what must outlive it.

A sealed value is: key id length (1 byte), key id, nonce (12 bytes), ciphertext with tag. The context is bound as
associated data, so a value can not be moved to another place.
"""

import base64
import binascii
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE = 12


class NotSealedHere(Exception):
    """The bytes were altered, belong to another context, or were sealed with a key that this deployment lacks."""


@cache
def _parse(entries: tuple[str, ...]) -> dict[str, AESGCM]:
    keys: dict[str, AESGCM] = {}
    for entry in entries:
        name, separator, encoded = entry.partition(":")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raw = b""
        if not (name and separator and len(raw) == 32):
            raise ImproperlyConfigured("MASTER_KEYS must be id:base64-of-32-bytes, separated by commas.")
        keys[name] = AESGCM(raw)
    if not keys:
        raise ImproperlyConfigured("MASTER_KEYS is empty.")
    return keys


def seal_for_service(context: str, data: bytes) -> bytes:
    keys = _parse(tuple(settings.MASTER_KEYS))
    name = next(iter(keys))
    nonce = os.urandom(NONCE)
    head = name.encode()
    return bytes([len(head)]) + head + nonce + keys[name].encrypt(nonce, data, context.encode())


def open_for_service(context: str, sealed: bytes) -> bytes:
    """Raises NotSealedHere."""
    sealed = bytes(sealed)
    size = sealed[0] if sealed else 0
    name, body = sealed[1 : 1 + size].decode("utf-8", "replace"), sealed[1 + size :]
    key = _parse(tuple(settings.MASTER_KEYS)).get(name)
    if key is None:
        raise NotSealedHere(f"No master key {name!r}.")
    try:
        return key.decrypt(body[:NONCE], body[NONCE:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise NotSealedHere("The sealed value does not open here.") from error
