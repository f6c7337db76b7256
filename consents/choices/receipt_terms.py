"""How a receipt says things: ISO/IEC TS 27560 in the words of the W3C's Data Privacy Vocabulary (DPV 2)."""

from typing import Any

from consents.catalogue.kinds import RecipientKind
from consents.choices.models import Decision

_DATE_TIME = {"@type": "xsd:dateTime"}
_LINK = {"@type": "@id"}

# All in the receipt itself, so that it can be read offline and means for ever what it meant when it was signed.
CONTEXT: dict[str, Any] = {
    "dpv": "https://w3id.org/dpv#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "sec": "https://w3id.org/security#",
    "pc": "urn:privacy-center:",
    "dct:created": {"@id": "dct:created", **_DATE_TIME},
    "dct:conformsTo": {"@id": "dct:conformsTo", **_LINK},
    "dpv:isIndicatedAtTime": {"@id": "dpv:isIndicatedAtTime", **_DATE_TIME},
    "dpv:hasDuration": {"@id": "dpv:hasDuration", "@type": "xsd:duration"},
    "pc:receivedAt": {"@id": "pc:receivedAt", **_DATE_TIME},
    "pc:holdsUntil": {"@id": "pc:holdsUntil", **_DATE_TIME},
    "type": "@type",
    "DataIntegrityProof": "sec:DataIntegrityProof",
    "proof": {"@id": "sec:proof", "@type": "@id", "@container": "@graph"},
    "cryptosuite": {"@id": "sec:cryptosuite", "@type": "sec:cryptosuiteString"},
    "proofPurpose": {"@id": "sec:proofPurpose", "@type": "@vocab"},
    "assertionMethod": {"@id": "sec:assertionMethod", **_LINK},
    "verificationMethod": {"@id": "sec:verificationMethod", **_LINK},
    "proofValue": {"@id": "sec:proofValue", "@type": "sec:multibase"},
}

STATUS = {
    Decision.GRANTED: "dpv:ConsentGiven",
    Decision.REFUSED: "dpv:ConsentRefused",
    Decision.WITHDRAWN: "dpv:ConsentWithdrawn",
    Decision.EXPIRED: "dpv:ConsentExpired",
}

RECIPIENT: dict[str, str] = {RecipientKind.PROCESSOR: "dpv:DataProcessor", RecipientKind.AUTHORITY: "dpv:Authority"}

# What the person may do about it: withdraw, see, correct, erase, restrict, move, complain.
GDPR_RIGHTS = ("A7-3", "A15", "A16", "A17", "A18", "A20", "A77")
# The list of the authorities of all countries: whose turn it is depends on where the person lives.
GDPR_AUTHORITY = "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en"

_PROFILE = "https://w3id.org/dpv/schema/dpv-27560#"


def is_gdpr(jurisdiction: str) -> bool:
    return jurisdiction.partition("/")[0] == "EU_GDPR"


def profile(kind: str, jurisdiction: str) -> str:
    return f"{_PROFILE}{kind}-eu-gdpr" if is_gdpr(jurisdiction) else f"{_PROFILE}{kind}"


def place(jurisdiction: str) -> str:
    """In DPV's list of places: "EU_GDPR/DE" is Germany, "US_CA" California, "CH_FADP" Switzerland."""
    law, _slash, country = jurisdiction.partition("/")
    known = {"UK_GDPR": "GB", "US_CA": "US-CA", "CA_QC": "CA-QC"}
    return f"loc:{country or known.get(law, law[:2])}"
