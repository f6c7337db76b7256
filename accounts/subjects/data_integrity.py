"""JSON-LD that carries its own signature and stays readable: W3C Data Integrity with the suite eddsa-jcs-2022."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from accounts.subjects import base58, signing
from accounts.subjects.signing import Altered, NotSigned

SUITE = "eddsa-jcs-2022"
SIGNATURE_BYTES = 64
# Up to here every JSON reader sees the same whole number.
LARGEST_INTEGER = 2**53 - 1

_write = json.JSONEncoder(ensure_ascii=False).encode


def secure(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with its proof. The same document gives the same proof: nothing in it is random or a time."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "verificationMethod": signing.key_address(signing.key_id()),
        "proofPurpose": "assertionMethod",
        "@context": document["@context"],
    }
    signature = signing.private_key().sign(_digest(document, proof))
    return {**document, "proof": {**proof, "proofValue": base58.encode(signature)}}


def check(secured: Any, keys: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The document without its proof. `keys` is a JWKS; without it the keys of this deployment.

    Raises NotSigned, UnknownKey or Altered.
    """
    try:
        document = dict(secured)
        proof = dict(document.pop("proof"))
        value = proof.pop("proofValue")
        if (proof["type"], proof["cryptosuite"], proof["proofPurpose"]) != (
            "DataIntegrityProof",
            SUITE,
            "assertionMethod",
        ):
            raise NotSigned("signed in another way than ours")
        kid = proof["verificationMethod"].rpartition("#")[2]
        signature, data = _signature(value), _claimed_digest(document, proof)
        signing.check(signature, data, kid, keys)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotSigned("this carries no signature") from error
    # The context says what all other words mean: were it another one than was signed, so would be the document.
    if document.get("@context") != proof.get("@context"):
        raise Altered("the context was changed")
    return document


def _signature(value: str) -> bytes:
    try:
        return base58.decode(value, SIGNATURE_BYTES)
    except ValueError as error:
        raise Altered("the signature was changed") from error


def _claimed_digest(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    try:
        return _digest(document, proof)
    except (ValueError, RecursionError) as error:
        raise Altered("something in it is never signed") from error


def _digest(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    return sha256(canonical(proof)).digest() + sha256(canonical(document)).digest()


def canonical(value: Any) -> bytes:
    """The one spelling of RFC 8785. Fractions are refused: every language writes them differently and we write none.

    Raises ValueError.
    """
    return _canonical(value).encode()


def _canonical(value: Any) -> str:
    if isinstance(value, str):
        return _write(value)
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_write(name)}:{_canonical(member)}" for name, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > LARGEST_INTEGER):
        raise ValueError("a number that is read differently elsewhere")
    return _write(value)


def read(raw: bytes) -> Any:
    """JSON that everybody reads alike: UTF-8, each key once (RFC 7493). Raises ValueError."""
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_unique)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key stands twice in the same object")
    return members
