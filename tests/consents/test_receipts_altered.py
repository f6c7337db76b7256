"""No letter of a receipt can be changed unnoticed."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.subjects import data_integrity
from consents.choices.verify import Reason
from tests.consents.receipts import every_kind, rich_purpose, verdicts


@pytest.fixture
def found(alice, bob, mia) -> list[dict[str, Any]]:
    """Receipts of every form that there is."""
    rich_purpose(validity="P12M", validities={"EU_GDPR": "P6M"})
    return every_kind(alice, bob, mia)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every member of a document, however deep."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from places(member, (*path, name))


def changed(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value, int(value)]
    if isinstance(value, int):
        return [value + 1, str(value), float(value)]
    if isinstance(value, str):
        return [value + " ", value[:-1], value.swapcase() if value.swapcase() != value else "x", None, [value]]
    return [None, [], {}] if value else [None]


def altered(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The document with one member changed or taken out, for each member and way."""
    for path in places(document):
        *way, last = path
        for replacement in [*changed(at(document, path)), ...]:
            copied = copy.deepcopy(document)
            parent = at(copied, way)
            if replacement is ...:
                del parent[last]
            else:
                parent[last] = replacement
            if copied != document or type(at(copied, path)) is not type(at(document, path)):
                yield " › ".join(map(str, path)), copied


def at(value: Any, path: Any) -> Any:
    for name in path:
        value = value[name]
    return value


def test_whoever_holds_a_receipt_that_was_altered_in_any_place_is_told_so(found):
    tried = 0
    for document in (found[0], found[-1]):
        for place, forged in altered(document):
            [verdict] = verdicts(forged)
            assert verdict is not None, place
            if not place.startswith("proof"):
                assert verdict is Reason.ALTERED, place
            tried += 1
    assert tried > 500


def test_a_member_that_was_added_is_told_too(found):
    for path in places(found[0]):
        forged = copy.deepcopy(found[0])
        if isinstance(parent := at(forged, path), dict) and path[0] != "proof":
            parent["pc:more"] = "more"
            assert verdicts(forged) == [Reason.ALTERED]


def test_of_many_receipts_each_is_judged_by_itself(found):
    first, second, third, *_ = found
    forged = second | {"dct:created": "2020-01-01T00:00:00Z"}
    assert verdicts(first, forged, third, "text") == [None, Reason.ALTERED, None, Reason.NOT_A_RECEIPT]


def test_the_proof_of_one_receipt_does_not_fit_another(found):
    first, second, *_ = found
    assert verdicts(first | {"proof": second["proof"]}) == [Reason.ALTERED]


def test_another_document_that_we_signed_is_no_receipt(found):
    document = {name: value for name, value in found[0].items() if name != "proof"}
    assert verdicts(data_integrity.secure(document | {"@type": "dpv:ConsentRecord"})) == [Reason.NOT_A_RECEIPT]
