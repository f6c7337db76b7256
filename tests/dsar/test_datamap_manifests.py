"""Manifests of other systems: what is right loads, what is wrong is told by its line."""

from pathlib import Path

import pytest
from django.utils import translation

from consents.catalogue.yaml_file import CatalogueRefused, Fault
from dsar.datamap.manifest import Link, Manifest
from dsar.datamap.read_manifest import ManifestRefused, read, read_text
from dsar.datamap.systems import Action
from tests.shop import SYSTEMS

HEAD = """\
dataset:
  - fides_key: club
    name: The club
    meta:
      title: {en: Club, de: Verein}
      url_env: CLUB_DATABASE_URL
    collections:
      - name: members
        meta:
          title: {en: Members}
          category: registration
          purposes: [service]
          source: person
          erasure: {action: delete}
        fields:
          - name: id
            data_categories: [user.unique_id]
            fides_meta: {primary_key: true}
            meta: {withheld: internal}
          - name: email
            data_categories: [user.contact.email]
            fides_meta: {identity: email}
"""
VISITS = """\
      - name: visits
        meta:
          title: {en: Visits}
          category: location
          purposes: [service]
          source: observed
          erasure: {action: delete}
        fields:
          - name: id
            fides_meta: {primary_key: true}
          - name: member
            fides_meta:
              references:
                - {dataset: club, field: members.id, direction: from}
"""
CLUB = HEAD + VISITS
AT_CHILD = "            fides_meta:\n              references"
DELETED = "erasure: {action: delete}"


def one(text: str) -> Manifest:
    (manifest,) = read_text(text.encode())
    return manifest


def refused(text: str) -> list[Fault]:
    with pytest.raises(CatalogueRefused) as refusal:
        one(text)
    return refusal.value.faults


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if words in line)


def test_the_manifest_of_the_demo_is_right() -> None:
    (shop,) = read(SYSTEMS / "shop.yaml")
    assert [table.name for table in shop.tables] == [
        "customers",
        "addresses",
        "orders",
        "order_items",
        "messages",
        "search_history",
    ]
    assert Link("order_items", "order_id", "orders", "id") in shop.links
    assert shop.table("orders").ending.action == Action.KEEP
    assert "agent_name" not in [field.name for field in shop.table("messages").shown]


def test_titles_read_in_the_persons_language() -> None:
    club = one(CLUB)
    assert str(club.title) == "Club"
    with translation.override("de"):
        assert str(club.title) == "Verein"
        assert str(club.table("members").title) == "Members"


def test_what_nobody_classified_is_not_shown() -> None:
    assert [field.name for field in one(CLUB).table("visits").shown] == []


def test_categories_of_a_table_hold_for_its_fields() -> None:
    text = CLUB.replace("      - name: visits\n", "      - name: visits\n        data_categories: [user.location]\n")
    assert [field.name for field in one(text).table("visits").shown] == ["id", "member"]


@pytest.mark.parametrize("direction", ["direction: from", "direction: to", ""])
def test_a_reference_is_followed_away_from_the_identity(direction: str) -> None:
    """Written at the child; "to" leads the other way, and then nothing leads here."""
    text = CLUB.replace(", direction: from", f", {direction}" if direction else "")
    if direction == "direction: to":
        (fault,) = refused(text)
        assert "No reference leads from an identity to this table" in fault.words
    else:
        assert one(text).links == (Link("visits", "member", "members", "id"),)


def test_a_reference_written_at_the_parent_leads_to_the_child() -> None:
    parent = "            fides_meta: {primary_key: true"
    there = ", references: [{dataset: club, field: visits.member, direction: to}]"
    text = CLUB[: CLUB.index(AT_CHILD)].replace(parent, parent + there, 1)
    assert one(text).links == (Link("visits", "member", "members", "id"),)


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("fides_key: club", "fides_keys: club", "Did you mean “fides_key”?"),
        ("fides_key: club", "fides_key: privacy-center", "This is the key of our own tables"),
        ("url_env: CLUB_DATABASE_URL", "url_env: club", "Name a setting such as SHOP_DATABASE_URL"),
        ("url_env: CLUB_DATABASE_URL", "url_env: postgresql://u:p@h/club", "Name a setting such as"),
        ("source: person", "source: persons", "“persons” is not one of the choices. Did you mean “person”?"),
        ("category: location", "category: Where they were", "A slug is made of small letters"),
        ("purposes: [service]", "purpose: [service]", "Did you mean “purposes”?"),
        ("title: {en: Visits}", "title: {fr: Visites}", "There is no such key"),
        ("{identity: email}", "{identity: passport}", "“passport” is not one of the choices"),
        ("{withheld: internal}", "{withheld: because}", "“because” is not one of the choices"),
        ("field: members.id", "field: members.number", "members has no field “number”"),
        ("field: members.id", "field: member.id", "There is no table “member” here. Did you mean “members”?"),
        ("field: members.id", "field: members", "Write table.column"),
        ("field: members.id", "field: visits.id", "A reference of a table to itself is not followed"),
        ("dataset: club,", "dataset: pub,", "Only references within a dataset are followed"),
        ("direction: from", "direction: up", "“up” is not one of the choices"),
        (DELETED, "erasure: {action: shred}", "“shred” is not one of the choices"),
        (DELETED, "erasure: {action: delete, years: 3}", "“years” does not go with “delete”"),
        (DELETED, "erasure: {action: anonymise}", "Say in “set” which fields are overwritten"),
        (
            DELETED,
            "erasure: {action: anonymise, set: {id: null}}",
            "A primary key can not be overwritten",
        ),
        (DELETED, "erasure: {action: anonymise, set: {fax: null}}", "There is no such field"),
        (DELETED, "erasure: {action: keep, ground: legal-claims}", "an end: either years or until"),
        (
            DELETED,
            "erasure: {action: keep, ground: taste, law: x, why: {en: y}, years: 3}",
            "“taste” is not one of the choices",
        ),
        (
            DELETED,
            "erasure: {action: keep, ground: legal-claims, law: x, why: {en: y}, years: forever}",
            "Here must be a whole number",
        ),
        (
            DELETED,
            "erasure: {action: keep, ground: legal-claims, law: x, why: {en: y}, until: later}",
            "Here must be a day",
        ),
        ("- name: visits", "- name: members", "This table is here twice"),
        ("- name: visits", "- name: 'visits; drop'", "A name of the database is letters, digits and _"),
    ],
)
def test_a_fault_is_told_with_its_line(right: str, wrong: str, words: str) -> None:
    head, last = CLUB.rsplit(right, 1)
    text = head + wrong + last
    faults = refused(text)
    told = [fault for fault in faults if words in fault.words]
    assert told, faults
    assert told[0].line == head.count("\n") + 1


def test_anonymising_must_overwrite_what_the_person_is_found_by() -> None:
    text = CLUB.replace(DELETED, "erasure: {action: anonymise, set: {name: null}}", 1)
    text = text.replace("          - name: email\n", "          - name: name\n          - name: email\n")
    assert "The person could still be found by “email”" in refused(text)[0].words


def test_a_table_without_a_primary_key_is_refused_with_a_way_out() -> None:
    text = CLUB.replace("          - name: id\n            fides_meta: {primary_key: true}\n", "")
    fault = refused(text)[0]
    assert "ALTER TABLE … ADD COLUMN id" in fault.words
    assert fault.line == line_of(text, "- name: visits")


def test_a_table_that_would_be_skipped_is_refused() -> None:
    text = CLUB.replace("      - name: visits\n", "      - name: visits\n        fides_meta: {skip_processing: true}\n")
    assert "A table that is skipped would be reported as done" in refused(text)[0].words


def test_a_table_that_nothing_leads_to_is_refused() -> None:
    text = CLUB[: CLUB.index(AT_CHILD)]
    fault = refused(text)[0]
    assert "No reference leads from an identity to this table" in fault.words
    assert fault.line == line_of(text, "- name: visits")


def test_references_in_a_circle_are_refused() -> None:
    back = "{references: [{dataset: club, field: members.id, direction: to}]}"
    text = f"{CLUB}          - name: guide\n            fides_meta: {back}\n"
    assert "The references run in a circle" in refused(text)[0].words


def test_all_faults_are_told_at_once() -> None:
    text = CLUB.replace("category: location", "category: Wrong One").replace("source: person", "source: nobody")
    assert [fault.line for fault in refused(text)] == [
        line_of(text, "source: nobody"),
        line_of(text, "category: Wrong One"),
    ]


@pytest.mark.parametrize("text", ["", "dataset: 3", "dataset: [3]", "[", "dataset:\n\t- x", "a: &b 1\nc: *b"])
def test_what_is_no_manifest_is_refused_in_words(text: str) -> None:
    assert refused(text)[0].words


def test_a_file_names_itself_in_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "club.yaml"
    path.write_text(CLUB.replace("source: person", "source: nobody"))
    with pytest.raises(ManifestRefused, match=r"club\.yaml: Line 13: "):
        read(path)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestRefused, match=r"club\.yaml: Line 1: The file can not be read"):
        read(tmp_path / "club.yaml")
