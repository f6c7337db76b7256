"""What choices look like in the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import Direction
from rest_framework import serializers

from consents.catalogue import sections
from consents.catalogue.models import Purpose
from consents.choices.asking import Why
from consents.choices.evidence import LONGEST_USER_AGENT
from consents.choices.models import Current, Decision, Event, Method
from consents.choices.record import Choice

LARGEST_BATCH = 200
RECORDED_ORDER = (
    "Recorded; in the order of the decisions, then the parts that were refused with what they are a part of."
)
SHA256 = r"^[0-9a-f]{64}$"
LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
# Of a subject.
LONGEST_LANGUAGE = 12
JURISDICTION = rf"^{sections.JURISDICTION}$"


class PolicyReferenceSerializer(serializers.Serializer[Any]):
    document = serializers.CharField(read_only=True, source="document.slug")
    number = serializers.CharField(read_only=True)


class ChoiceEventSerializer(serializers.Serializer[Event]):
    """One decision, as it was recorded for good."""

    id = serializers.UUIDField(read_only=True, help_text="Also the number of its receipt.")
    purpose = serializers.CharField(read_only=True, source="purpose.slug")
    decision = serializers.ChoiceField(Decision.choices, read_only=True)
    method = serializers.ChoiceField(Method.choices, read_only=True)
    by_guardian = serializers.SerializerMethodField(help_text="Somebody else decided for this person.")
    version = serializers.IntegerField(read_only=True, help_text="Of the purpose, as it was shown.")
    said_at = serializers.DateTimeField(read_only=True)
    received_at = serializers.DateTimeField(read_only=True)
    client_id = serializers.CharField(read_only=True, allow_null=True)
    jurisdiction = serializers.CharField(read_only=True)
    language = serializers.CharField(
        read_only=True, source="wording.language", default=None, allow_null=True, help_text="Of the words shown."
    )
    text_sha256 = serializers.CharField(
        read_only=True, source="wording.sha256", default=None, allow_null=True, help_text="Null: no words were shown."
    )
    policy = PolicyReferenceSerializer(
        read_only=True, source="policy_version", allow_null=True, help_text="The policy in force when it was said."
    )

    def get_by_guardian(self, event: Event) -> bool:
        return event.actor_id is not None


class CurrentChoiceSerializer(serializers.Serializer[Any]):
    """An optional purpose and what holds for it now."""

    purpose = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    decision = serializers.ChoiceField(
        Decision.choices, read_only=True, allow_null=True, help_text="Null: undecided, which is no."
    )
    allowed = serializers.BooleanField(
        read_only=True, help_text="Whether it may be done now: granted, not over, and so is all that it is a part of."
    )
    since = serializers.DateTimeField(read_only=True, allow_null=True)
    version = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Of the purpose, when that was decided."
    )
    expires_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Until when what was granted holds; null: until it is withdrawn."
    )
    ask = serializers.ChoiceField(
        [(why.value, why.value) for why in Why],
        read_only=True,
        allow_null=True,
        help_text="Why to ask now; null: do not.",
    )
    receipt = serializers.UUIDField(read_only=True, allow_null=True)
    decided_text_sha256 = serializers.CharField(
        read_only=True, allow_null=True, help_text="The words that were shown for this decision."
    )
    text_sha256 = serializers.CharField(read_only=True, help_text="The words to show for the next one.")

    def to_representation(self, known: tuple[Purpose, Current | None, bool, Why | None]) -> dict[str, Any]:
        purpose, choice, allowed, ask = known
        wording = choice.event.wording if choice else None
        return super().to_representation(
            {
                "purpose": purpose.slug,
                "name": purpose.text.name,
                "decision": choice.decision if choice else None,
                "allowed": allowed,
                "since": choice.since if choice else None,
                "version": choice.version if choice else None,
                "expires_at": choice.expires_at if choice else None,
                "ask": ask,
                "receipt": choice.event_id if choice else None,
                "decided_text_sha256": wording.sha256 if wording else None,
                "text_sha256": purpose.text.sha256,
            }
        )


class CurrentChoicesSerializer(serializers.Serializer[Any]):
    results = CurrentChoiceSerializer(many=True, read_only=True)


class ChoiceDecisionSerializer(serializers.Serializer[Any]):
    purpose = serializers.CharField(max_length=64)
    version = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=32767, help_text="Of the purpose, as it was shown."
    )
    decision = serializers.ChoiceField([Decision.GRANTED.value, Decision.REFUSED.value])
    text_sha256 = serializers.RegexField(
        SHA256,
        required=False,
        allow_null=True,
        help_text="The words that were shown, as `purposes/` names them. Needed to allow.",
    )


class ChoiceBatchSerializer(serializers.Serializer[Any]):
    """Decisions that were made in one go. All are recorded, or none."""

    client_id = serializers.RegexField(
        r"^[!-~]{1,64}$",
        required=False,
        allow_null=True,
        help_text="Made by the client, best as a UUID. The same decisions sent again under it are recorded once.",
    )
    said_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When the person decided, if that was before this call."
    )
    language = serializers.RegexField(LANGUAGE, required=False, max_length=16, help_text="Of the words shown.")
    decisions = serializers.ListField(child=ChoiceDecisionSerializer(), min_length=1, max_length=LARGEST_BATCH)


class PersonBatchSerializer(ChoiceBatchSerializer):
    subject = serializers.UUIDField(
        required=False, allow_null=True, help_text="A minor whom the caller decides for; else it is about the caller."
    )


class EvidenceSerializer(serializers.Serializer[Any]):
    """What the system saw of the person's own call."""

    address = serializers.IPAddressField(required=False)
    user_agent = serializers.CharField(required=False, max_length=LONGEST_USER_AGENT)
    gpc = serializers.ChoiceField(["1"], required=False, help_text="The browser sent Sec-GPC: 1.")


class SystemBatchSerializer(ChoiceBatchSerializer):
    evidence = EvidenceSerializer(required=False)


class NamedSerializer(serializers.Serializer[Any]):
    """Whom it is about: their number, the keyed hash of their address, or the address itself. One of the three."""

    subject = serializers.UUIDField(required=False, help_text="The number of somebody who is known.")
    address_hash = serializers.RegexField(
        SHA256,
        required=False,
        help_text="Of somebody who is known: the HMAC-SHA256 of an address, as `choices/check/` takes it.",
    )
    address = serializers.EmailField(required=False, max_length=254, help_text="Of somebody who is known.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in NAMES if name in attrs]
        if len(given) != 1:
            words = _("Name the person in exactly one way: by subject, address_hash or address.")
            raise serializers.ValidationError({name: [words] for name in given or NAMES})
        return attrs


class NamedBatchSerializer(NamedSerializer, SystemBatchSerializer):
    """With whom it is about."""

    address = serializers.EmailField(
        required=False,
        max_length=254,
        help_text="As it was typed into a form, by whomever: who is not known yet becomes a guest. Where the law wants "
        "double opt-in, what is sent by e-mail can be allowed by `confirmations/` only.",
    )
    language = serializers.RegexField(
        LANGUAGE, required=False, max_length=LONGEST_LANGUAGE, help_text="Of the words shown, and of a new guest."
    )
    jurisdiction = serializers.RegexField(
        JURISDICTION,
        required=False,
        max_length=sections.JURISDICTION_LENGTH,
        help_text="Of a new guest, such as EU_GDPR/DE.",
    )


NAMES = ("subject", "address_hash", "address")


class NamedSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # drf-spectacular's registering base
    """Says that exactly one of the names is given, which fields alone can not."""

    target_class = NamedSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Direction) -> dict[str, Any]:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "oneOf": [{"required": [name]} for name in NAMES]}


class ChoicesRecordedSerializer(serializers.Serializer[Any]):
    events = ChoiceEventSerializer(many=True, read_only=True)


def choices_of(batch: dict[str, Any]) -> list[Choice]:
    return [
        Choice(said["purpose"], said["decision"] == Decision.GRANTED, said.get("text_sha256"), said.get("version"))
        for said in batch["decisions"]
    ]
