"""Signatures that anybody can check by themselves, with the keys at the well-known address."""

import copy
import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from accounts.subjects import base58, data_integrity, signing

CONTEXT = {"name": "https://schema.org/name", "proof": "https://w3id.org/security#proof"}
DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "name": "“Zoë”",
    "count": 3,
    "yes": True,
    "none": None,
    "list": [1, "2"],
}

# The vectors that the W3C publishes with the suite.
VECTOR_KEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
VECTOR_CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"]
VECTOR = {
    "@context": VECTOR_CONTEXT,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
    "proof": {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": f"did:key:{VECTOR_KEY}#{VECTOR_KEY}",
        "proofPurpose": "assertionMethod",
        "@context": VECTOR_CONTEXT,
        "proofValue": "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX",
    },
}


def jwks(key: bytes, kid: str) -> dict[str, Any]:
    return {"keys": [{"kid": kid, "x": urlsafe_b64encode(key).rstrip(b"=").decode()}]}


def test_what_the_world_wide_web_consortium_signed_is_genuine_here():
    raw = base58.decode(VECTOR_KEY, 34)
    assert raw.startswith(signing.ED25519_PUBLIC)
    keys = jwks(raw[2:], VECTOR_KEY)
    assert data_integrity.check(VECTOR, keys) == {name: part for name, part in VECTOR.items() if name != "proof"}
    with pytest.raises(signing.Altered):
        data_integrity.check(VECTOR | {"name": "Another Credential"}, keys)
    with pytest.raises(signing.UnknownKey):
        data_integrity.check(VECTOR)


def test_a_document_gets_the_same_proof_every_time_and_passes_its_own_check():
    secured = data_integrity.secure(DOCUMENT)
    assert secured == data_integrity.secure(copy.deepcopy(DOCUMENT))
    assert data_integrity.check(secured) == DOCUMENT
    assert data_integrity.check(json.loads(json.dumps(secured, indent=4, sort_keys=True))) == DOCUMENT


@pytest.mark.parametrize("name", [*DOCUMENT, "another"])
def test_a_change_of_any_member_is_told(name):
    with pytest.raises(signing.Altered):
        data_integrity.check(data_integrity.secure(DOCUMENT) | {name: "something else"})


@pytest.mark.parametrize(
    "name", ["type", "cryptosuite", "verificationMethod", "proofPurpose", "@context", "proofValue"]
)
@pytest.mark.parametrize("value", [None, "", "z", "z111", 1, [], {}])
def test_a_change_of_any_member_of_the_proof_is_told(name, value):
    secured = data_integrity.secure(DOCUMENT)
    with pytest.raises(signing.NotSigned):
        data_integrity.check(secured | {"proof": secured["proof"] | {name: value}})
    with pytest.raises(signing.NotSigned):
        data_integrity.check(secured | {"proof": {key: part for key, part in secured["proof"].items() if key != name}})


def test_context_and_proof_can_not_be_changed_together():
    secured = data_integrity.secure(DOCUMENT)
    other = CONTEXT | {"name": "https://schema.org/alternateName"}
    with pytest.raises(signing.Altered):
        data_integrity.check(secured | {"@context": other, "proof": secured["proof"] | {"@context": other}})


@pytest.mark.parametrize("document", [None, 1, "text", [], {}, {"proof": []}, {"proof": "x"}, DOCUMENT])
def test_what_carries_no_proof_is_not_signed(document):
    with pytest.raises(signing.NotSigned):
        data_integrity.check(document)


@pytest.mark.parametrize("value", [1.5, 2**53, float("nan"), "\ud800"])
def test_what_other_readers_read_differently_is_not_signed(value):
    secured = data_integrity.secure(DOCUMENT)
    with pytest.raises(signing.NotSigned):
        data_integrity.check(secured | {"name": value})


def test_members_stand_in_the_order_of_their_utf_16_units():
    assert data_integrity.canonical({"\ufb33": 1, "\U0001f600": 2, "a": "\u20ac\n\x0f"}).decode() == (
        '{"a":"\u20ac\\n\\u000f","\U0001f600":2,"\ufb33":1}'
    )


@pytest.mark.parametrize("raw", [b'{"a":1,"a":2}', b"\xff", b"", b"{", b"[" * 100_000])
def test_json_that_readers_could_read_differently_is_refused(raw):
    with pytest.raises(ValueError, match=r"."):
        data_integrity.read(raw)


@given(st.binary(max_size=70))
def test_base58_gives_back_what_it_was_given(data):
    text = base58.encode(data)
    assert base58.decode(text, len(data)) == data
    for wrong in (f"z1{text[1:]}", text + "0", f"y{text[1:]}", ""):
        with pytest.raises(ValueError, match=r"."):
            base58.decode(wrong, len(data))


def test_what_a_former_key_signed_stays_genuine(settings):
    before, certified = data_integrity.secure(DOCUMENT), signing.sign(b"{}", kind="test")
    former = signing.private_key().public_key().public_bytes_raw()
    settings.SIGNING_KEY = Ed25519PrivateKey.generate().private_bytes_raw()
    with pytest.raises(signing.UnknownKey):
        data_integrity.check(before)
    settings.FORMER_SIGNING_KEYS = [former]
    assert data_integrity.check(before) == DOCUMENT
    assert signing.verify(certified, kind="test") == b"{}"
    assert data_integrity.secure(DOCUMENT)["proof"] != before["proof"]


@pytest.mark.django_db
def test_the_keys_are_told_in_both_forms(client, settings):
    told = client.get("/.well-known/privacy-center-keys.json").json()
    (key,), (method,) = told["keys"], told["verificationMethod"]
    assert method["id"] == f"{settings.BASE_URL}/.well-known/privacy-center-keys.json#{key['kid']}"
    assert told["assertionMethod"] == [method["id"]]
    raw = base58.decode(method["publicKeyMultibase"], 34)[2:]
    assert key["x"] == urlsafe_b64encode(raw).rstrip(b"=").decode()
    secured = data_integrity.secure(DOCUMENT)
    assert secured["proof"]["verificationMethod"] == method["id"]
    assert data_integrity.check(secured, told) == DOCUMENT
