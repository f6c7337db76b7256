"""What `sealing` does with a row in hand, for thousands of subjects: there the rows would cost more than the seals."""

import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.subjects.keys import NONCE, open_for_service, seal_for_service


def new_key(pk: UUID) -> tuple[AESGCM, bytes]:
    """A data key, and as it is kept with the subject."""
    key = os.urandom(32)
    return AESGCM(key), seal_for_service(f"subjects.Subject:{pk}", key)


def kept_key(pk: UUID, wrapped_key: bytes) -> AESGCM:
    """Raises NotSealedHere."""
    return AESGCM(open_for_service(f"subjects.Subject:{pk}", wrapped_key))


def seal(key: AESGCM, field: str, pk: UUID, text: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + key.encrypt(nonce, text.encode(), f"{field}:{pk}".encode())


def opened(key: AESGCM, field: str, pk: UUID, sealed: bytes) -> str:
    return key.decrypt(sealed[:NONCE], sealed[NONCE:], f"{field}:{pk}".encode()).decode()
