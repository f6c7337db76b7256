"""The proof of one decision that the person keeps: signed JSON-LD that speaks for itself, with us or without."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch
from django.urls import reverse

from accounts.guardians.authority import may_decide
from accounts.subjects import data_integrity
from accounts.subjects.models import Subject
from consents.catalogue.models import DataCategory, Purpose, PurposeVersion, Recipient, Service
from consents.choices import law
from consents.choices import receipt_terms as terms
from consents.choices.models import Decision, Event, EventQuerySet, Method
from consents.policies.models import VersionText

# Of how many decisions the facts are in memory at a time, while all receipts of a person are made.
BATCH = 200


class Meanings:
    """What purposes meant, and the names of what they speak of. Read once for all the receipts of a call."""

    def __init__(self) -> None:
        self._versions: dict[tuple[UUID, int], dict[str, Any]] = {}
        self._names: dict[tuple[type, str], dict[str, Any]] = {}

    def of(self, event: Event) -> dict[str, Any]:
        key = event.purpose_id, event.version
        if key not in self._versions:
            self._versions[key] = PurposeVersion.objects.get(purpose=event.purpose_id, number=event.version).meaning
        return self._versions[key]

    def entries(self, model: Any, slugs: list[str], language: str) -> list[Any]:
        """In the order of the slugs, which never change what they mean."""
        key = model, language
        if key not in self._names:
            self._names[key] = {entry.slug: entry for entry in model.objects.with_texts(language)}
        return [self._names[key][slug] for slug in slugs]


def find(event_id: UUID, viewer: Subject) -> Event | None:
    """Of one's own, or of a minor for whom one decides; said also as the device or guest they were before."""
    event = with_facts(Event.objects.filter(pk=event_id)).select_related("subject__merged_into").first()
    if event is None:
        return None
    person = event.subject.merged_into or event.subject
    return event if viewer == person or may_decide(viewer, person) else None


def with_facts(events: EventQuerySet) -> EventQuerySet:
    texts = VersionText.objects.only("version_id", "language", "sha256", "title")
    return events.with_details().prefetch_related(Prefetch("policy_version__texts", texts))


def all_of(subject: Subject) -> Iterator[dict[str, Any]]:
    """Newest first, however many there are: only a batch of them is in memory."""
    meanings = Meanings()
    events = with_facts(Event.objects.for_subject(subject)).select_related("subject").newest_first()
    return (receipt(event, meanings) for event in events.iterator(chunk_size=BATCH))


def receipt(event: Event, meanings: Meanings | None = None) -> dict[str, Any]:
    """Made anew whenever it is wanted, always alike: from the event and from what it names, which both stay for good.

    Only names of data, recipients and services may be mended meanwhile; whichever name it has, it is genuine.
    """
    document = {
        "@context": terms.CONTEXT,
        "@id": settings.BASE_URL + reverse("choices:receipt", args=[event.pk]),
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": str(event.pk),
        "dct:conformsTo": terms.profile("receipt", event.jurisdiction),
        "dct:created": _moment(event.received_at),
        "dct:publisher": {"@id": _controller()},
        "dpv:hasRecordOfActivity": [_record(event, meanings or Meanings())],
    }
    return data_integrity.secure(document)


def _record(event: Event, meanings: Meanings) -> dict[str, Any]:
    record: dict[str, Any] = {
        "@type": "dpv:ConsentRecord",
        "dct:identifier": str(event.pk),
        "dct:conformsTo": terms.profile("record", event.jurisdiction),
        "dpv:hasDataSubject": {"@id": event.subject_id.urn, "@type": "dpv:DataSubject"},
        "dpv:hasDataController": {
            "@id": _controller(),
            "@type": "dpv:DataController",
            "dpv:hasName": settings.ORGANISATION,
            "dpv:hasAddress": settings.ORGANISATION_ADDRESS,
            "dpv:hasContact": f"mailto:{settings.ORGANISATION_CONTACT}",
        },
        "dpv:hasJurisdiction": {"@id": terms.place(event.jurisdiction), "dct:identifier": event.jurisdiction},
        "dpv:hasLegalBasis": {"@id": "eu-gdpr:A6-1-a" if terms.is_gdpr(event.jurisdiction) else "dpv:Consent"},
        "dpv:hasNotice": list(_notices(event)),
        "dpv:hasProcess": [_process(event, meanings)],
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": {"@id": settings.BASE_URL + reverse("choices:centre")},
        },
        "dpv:hasConsentStatus": [_status(event, meanings)],
    }
    if terms.is_gdpr(event.jurisdiction):
        record["dpv:hasRight"] = [{"@id": f"eu-gdpr:{right}"} for right in terms.GDPR_RIGHTS]
        record["dpv:hasAuthority"] = {"@id": terms.GDPR_AUTHORITY, "@type": "dpv:DataProtectionAuthority"}
    return record


def _notices(event: Event) -> Iterator[dict[str, Any]]:
    """The words that were shown, if any, and the policy in force."""
    if words := event.wording:
        yield {
            "@type": "dpv:ConsentNotice",
            "dct:language": words.language,
            "dct:title": words.name,
            "dct:description": words.description,
            "pc:sha256": words.sha256,
        }
    if version := event.policy_version:
        text = version.text_in(_language(event))
        yield {
            "@type": "dpv:PrivacyNotice",
            "@id": settings.BASE_URL + version.get_absolute_url(),
            "dct:title": text.title if text else version.document.title,
            "dct:language": text.language if text else settings.LANGUAGE_CODE,
            "pc:version": version.number,
            "pc:sha256": text.sha256 if text else "",
        }


def _process(event: Event, meanings: Meanings) -> dict[str, Any]:
    meaning, language = meanings.of(event), _language(event)
    categories = meanings.entries(DataCategory, meaning["categories"], language)
    process: dict[str, Any] = {
        "@type": "dpv:Process",
        "dpv:hasPurpose": _purpose(event, meanings),
        "dpv:hasPersonalData": [
            _named(category, "dpv:SensitivePersonalData" if category.sensitive else "dpv:PersonalData")
            for category in categories
        ],
        "dpv:hasRecipient": [
            _recipient(recipient) for recipient in meanings.entries(Recipient, meaning["recipients"], language)
        ],
        "dpv:hasStorageCondition": [
            {
                "@type": "dpv:StorageDuration",
                "dpv:hasDuration": meaning["kept_for"] or {"@type": "dpv:UntilEventDuration"},
                "pc:countsFrom": meaning["kept_from"],
            },
            {
                "@type": "dpv:StorageLocation",
                "dpv:hasLocation": [{"@id": f"loc:{code}"} for code in settings.STORAGE_LOCATIONS],
            },
        ],
    }
    if meaning["service"]:
        [service] = meanings.entries(Service, [meaning["service"]], language)
        process["dpv:hasService"] = _named(service, "dpv:Service")
    return process


def _purpose(event: Event, meanings: Meanings) -> dict[str, Any]:
    """In the words that were shown; where none were, in those of today."""
    [purpose] = meanings.entries(Purpose, [event.purpose.slug], _language(event))
    return {
        **_named(purpose, "dpv:Purpose"),
        "dct:title": event.wording.name if event.wording else purpose.text.name,
        "pc:version": event.version,
    }


def _recipient(recipient: Recipient) -> dict[str, Any]:
    party = _named(recipient, terms.RECIPIENT.get(recipient.kind, "dpv:ThirdParty"))
    if recipient.country:
        party["dpv:hasLocation"] = {"@id": f"loc:{recipient.country}"}
    return party


def _named(entry: Any, kind: str) -> dict[str, Any]:
    return {
        "@id": f"{settings.BASE_URL}/#{entry._meta.model_name}-{entry.slug}",
        "@type": kind,
        "dct:identifier": entry.slug,
        "dct:title": entry.text.name,
    }


def _status(event: Event, meanings: Meanings) -> dict[str, Any]:
    granted = event.decision == Decision.GRANTED
    status: dict[str, Any] = {
        "@type": [terms.STATUS[Decision(event.decision)], *(["dpv:ExpressedConsent"] if granted else [])],
        "dpv:isIndicatedAtTime": _moment(event.said_at),
        "dpv:isIndicatedBy": _indicator(event),
        "dpv:hasIndicationMethod": event.method,
        "pc:receivedAt": _moment(event.received_at),
    }
    if event.recorder:
        # Who of the staff held the pen is our record's matter, not the receipt's.
        status["pc:writtenDownBy"] = event.recorder.partition(":")[0]
    if (evidence := event.opened_evidence()) is not None:
        status["pc:gpc"] = evidence.get("gpc") == "1"
    return status | (_end(event, meanings) if granted else {})


def _end(event: Event, meanings: Meanings) -> dict[str, Any]:
    meaning = meanings.of(event)
    then = Purpose(validity=meaning["validity"], validities=meaning["validities"])
    period = law.validity(then, event.jurisdiction)
    if not period:
        return {"dpv:hasDuration": {"@type": "dpv:UntilEventDuration"}}
    until = law.after(event.effective_at, period)
    return {"dpv:hasDuration": period} | ({"pc:holdsUntil": _moment(until)} if until else {})


def _indicator(event: Event) -> dict[str, Any]:
    if event.method == Method.EXPIRY:
        return {"@id": _controller(), "@type": "dpv:DataController"}
    kind = "dpv:DataSubject" if event.actor_id is None else "dpv:GuardianOfDataSubject"
    return {"@id": event.decider_id.urn, "@type": kind}


def _language(event: Event) -> str:
    return event.wording.language if event.wording else settings.LANGUAGE_CODE


def _controller() -> str:
    return f"{settings.BASE_URL}/#controller"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
