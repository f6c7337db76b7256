"""Ed25519 signatures as JWS (RFC 7515, RFC 8037), so that any JOSE library can check them, offline and without us.

The same keys sign what carries its signature in itself: see data_integrity.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from accounts.subjects import base58

ALGORITHM = "EdDSA"
# What multicodec puts before an Ed25519 public key.
ED25519_PUBLIC = b"\xed\x01"

type Signed = dict[str, str]


class NotSigned(Exception):
    """This is not what we sign, or not in the form in which we sign it."""


class UnknownKey(NotSigned):
    """Signed with a key that is not among the known ones, or altered where it names its key."""


class Altered(NotSigned):
    """The signature does not fit the text: one of them was changed."""


def sign(payload: bytes, *, kind: str) -> Signed:
    """The flattened JSON form of a JWS. `kind` says what the payload is, so that no signature serves two ends."""
    header = {"alg": ALGORITHM, "kid": key_id(), "typ": kind}
    protected, body = _encode(json.dumps(header).encode()), _encode(payload)
    signature = private_key().sign(f"{protected}.{body}".encode())
    return {"protected": protected, "payload": body, "signature": _encode(signature)}


def verify(signed: Mapping[str, Any], *, kind: str, keys: Mapping[str, Any] | None = None) -> bytes:
    """The payload, byte for byte as it was signed. `keys` is a JWKS; without it the keys of this deployment.

    Raises NotSigned.
    """
    try:
        protected, body, signature = (str(signed[part]) for part in ("protected", "payload", "signature"))
        header = json.loads(_decode(protected))
        if header["alg"] != ALGORITHM or header["typ"] != kind:
            raise NotSigned("signed for another purpose")
        check(_decode(signature), f"{protected}.{body}".encode(), header["kid"], keys)
        return _decode(body)
    except (KeyError, TypeError, ValueError) as error:
        raise NotSigned("this is not a signed document") from error


def check(signature: bytes, data: bytes, kid: str, keys: Mapping[str, Any] | None = None) -> None:
    """Raises UnknownKey or Altered, and KeyError, TypeError or ValueError where `keys` is no JWKS."""
    found = [key for key in (keys or public_keys())["keys"] if key["kid"] == kid]
    if not found:
        raise UnknownKey("signed with an unknown key")
    try:
        Ed25519PublicKey.from_public_bytes(_decode(found[0]["x"])).verify(signature, data)
    except InvalidSignature as error:
        raise Altered("the signature does not fit the text") from error


def public_keys() -> dict[str, Any]:
    """A JWKS (RFC 7517) that is a controlled identifier document of the W3C too: each standard has its readers."""
    keys = list(_public_keys())
    methods = [
        {
            "id": key_address(_thumbprint(key)),
            "type": "Multikey",
            "controller": settings.BASE_URL,
            "publicKeyMultibase": base58.encode(ED25519_PUBLIC + key),
        }
        for key in keys
    ]
    return {
        "id": settings.BASE_URL,
        "keys": [{**_jwk(key), "kid": _thumbprint(key), "use": "sig", "alg": ALGORITHM} for key in keys],
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def _public_keys() -> Iterator[bytes]:
    """Those that sign no more are told as long as what they signed is to be believed."""
    yield private_key().public_key().public_bytes_raw()
    yield from settings.FORMER_SIGNING_KEYS


def key_address(kid: str) -> str:
    return f"{settings.BASE_URL}/.well-known/privacy-center-keys.json#{kid}"


def key_id() -> str:
    """Of the key that signs."""
    return _thumbprint(private_key().public_key().public_bytes_raw())


def _thumbprint(key: bytes) -> str:
    """As RFC 7638 computes it."""
    return _encode(hashlib.sha256(json.dumps(_jwk(key), sort_keys=True, separators=(",", ":")).encode()).digest())


def _jwk(key: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _encode(key)}


def private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(settings.SIGNING_KEY)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
