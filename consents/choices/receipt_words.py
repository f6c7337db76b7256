"""What a receipt says, for people: read from the receipt itself and from nothing else."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consents.catalogue.models import Retention
from consents.choices.models import Method
from consents.choices.receipt_terms import STATUS

type Row = dict[str, str]

DECISIONS = {kind: decision for decision, kind in STATUS.items()}


def title(document: dict[str, Any]) -> str:
    """ "Allowed: Personal ads"."""
    status, purpose = _status(document), _process(document)["dpv:hasPurpose"]
    return f"{DECISIONS[status['@type'][0]].label}: {purpose['dct:title']}"


def rows(document: dict[str, Any]) -> list[Row]:
    """As `parts/summary_list.html` shows them. The receipt is genuine, so it is whole."""
    return [*_matter(document), *_circumstances(document)]


def _matter(document: dict[str, Any]) -> Iterator[Row]:
    status, process = _status(document), _process(document)
    duration, _location = process["dpv:hasStorageCondition"]
    yield _row(_("Decision"), DECISIONS[status["@type"][0]].label)
    yield _row(_("About"), process["dpv:hasPurpose"]["dct:title"])
    yield _row(_("What data"), _names(process["dpv:hasPersonalData"]))
    yield _row(_("Who gets it"), _names(process["dpv:hasRecipient"]) or _("Nobody else"))
    yield _row(_("How long it is kept"), _kept(duration))
    if "dpv:hasDuration" in status:
        until = status.get("pc:holdsUntil")
        yield _row(_("Holds until"), moment(until) if until else _("It is withdrawn"))


def _circumstances(document: dict[str, Any]) -> Iterator[Row]:
    record, status = document["dpv:hasRecordOfActivity"][0], _status(document)
    controller = record["dpv:hasDataController"]
    yield _row(_("Receipt number"), document["dct:identifier"])
    yield _row(_("Given by"), ", ".join(filter(None, [controller["dpv:hasName"], controller["dpv:hasAddress"]])))
    yield _row(_("Whose data"), _numbered(_("Record number %(id)s"), record["dpv:hasDataSubject"]))
    yield _row(_("Decided by"), _decided_by(status["dpv:isIndicatedBy"]))
    yield _row(_("Said"), moment(status["dpv:isIndicatedAtTime"]))
    yield _row(_("Received by us"), moment(status["pc:receivedAt"]))
    yield _row(_("How"), str(Method(status["dpv:hasIndicationMethod"]).label))
    yield from _policies(record["dpv:hasNotice"])
    yield _row(_("Jurisdiction"), record["dpv:hasJurisdiction"]["dct:identifier"].replace("_", " "))


def _policies(notices: Sequence[dict[str, Any]]) -> Iterator[Row]:
    policies = [notice for notice in notices if notice["@type"] == "dpv:PrivacyNotice"]
    for policy in policies:
        value = f"{policy['dct:title']} {policy['pc:version']}"
        yield _row(_("Policy in force then"), value) | {"href": policy["@id"]}
    if not policies:
        yield _row(_("Policy in force then"), _("None"))


def _status(document: dict[str, Any]) -> dict[str, Any]:
    status: dict[str, Any] = document["dpv:hasRecordOfActivity"][0]["dpv:hasConsentStatus"][0]
    return status


def _process(document: dict[str, Any]) -> dict[str, Any]:
    process: dict[str, Any] = document["dpv:hasRecordOfActivity"][0]["dpv:hasProcess"][0]
    return process


def _row(term: str, value: Any) -> Row:
    return {"term": term, "value": str(value)}


def _names(entries: Sequence[dict[str, Any]]) -> str:
    return ", ".join(entry["dct:title"] for entry in entries)


def _numbered(words: str, node: dict[str, Any]) -> str:
    return words % {"id": node["@id"].removeprefix("urn:uuid:")}


def _decided_by(node: dict[str, Any]) -> str:
    """For whoever holds the paper, so not "you"."""
    match node["@type"]:
        case "dpv:DataSubject":
            return _("The person themself")
        case "dpv:GuardianOfDataSubject":
            return _numbered(_("A guardian, record number %(id)s"), node)
        case _:
            return _("Nobody: its time was over")


def _kept(condition: dict[str, Any]) -> str:
    period = condition["dpv:hasDuration"]
    # Where it is not a period, it is until the event itself.
    return Retention(period=period if isinstance(period, str) else "", counts_from=condition["pc:countsFrom"]).duration


def moment(at: str) -> str:
    """To the second and with its zone, as evidence should be."""
    local = timezone.localtime(datetime.fromisoformat(at))
    return f"{date_format(local, 'DATE_FORMAT')}, {local:%H:%M:%S} {local.tzname()}"
