"""Ed25519 signatures as JWS (RFC 7515, RFC 8037), so that any JOSE library can check them, offline and without us."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

ALGORITHM = "EdDSA"

type Signed = dict[str, str]


class NotSigned(Exception):
    """The text was altered, or signed with a key that is not among the known ones."""


def sign(payload: bytes, *, kind: str) -> Signed:
    """The flattened JSON form of a JWS. `kind` says what the payload is, so that no signature serves two ends."""
    header = {"alg": ALGORITHM, "kid": key_id(), "typ": kind}
    protected, body = _encode(json.dumps(header).encode()), _encode(payload)
    signature = _private_key().sign(f"{protected}.{body}".encode())
    return {"protected": protected, "payload": body, "signature": _encode(signature)}


def verify(signed: Mapping[str, Any], *, kind: str, keys: Mapping[str, Any] | None = None) -> bytes:
    """The payload, byte for byte as it was signed. `keys` is a JWKS; without it the keys of this deployment.

    Raises NotSigned.
    """
    try:
        protected, body, signature = (str(signed[part]) for part in ("protected", "payload", "signature"))
        header = json.loads(_decode(protected))
        found = [key for key in (keys or public_keys())["keys"] if key["kid"] == header["kid"]]
        if header["alg"] != ALGORITHM or header["typ"] != kind or not found:
            raise NotSigned("signed for another purpose, or with an unknown key")
        key = Ed25519PublicKey.from_public_bytes(_decode(found[0]["x"]))
        key.verify(_decode(signature), f"{protected}.{body}".encode())
        return _decode(body)
    except InvalidSignature as error:
        raise NotSigned("the signature does not fit the text") from error
    except (KeyError, TypeError, ValueError) as error:
        raise NotSigned("this is not a signed document") from error


def public_keys() -> dict[str, list[dict[str, str]]]:
    """A JWKS (RFC 7517)."""
    return {"keys": [{**_jwk(), "kid": key_id(), "use": "sig", "alg": ALGORITHM}]}


def key_id() -> str:
    """The thumbprint of RFC 7638."""
    return _encode(hashlib.sha256(json.dumps(_jwk(), sort_keys=True, separators=(",", ":")).encode()).digest())


def _jwk() -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _encode(_private_key().public_key().public_bytes_raw())}


def _private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(settings.SIGNING_KEY)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
