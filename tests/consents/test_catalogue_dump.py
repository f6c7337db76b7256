"""What is dumped makes the same catalogue again, to the last letter."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from consents.catalogue.dump import dump
from consents.catalogue.load import load, rehearsal
from consents.catalogue.read import read
from consents.catalogue.sections import registered
from tests.consents.catalogues import ads

pytestmark = pytest.mark.django_db

DEMO = Path(settings.BASE_DIR) / "privacycenter" / "demo" / "catalogue.yaml"


def empty() -> None:
    """As only a test may: triggers keep what was published."""
    tables = ", ".join(connection.introspection.django_table_names(only_existing=True))
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("TRUNCATE " + tables)
        cursor.execute("SET LOCAL session_replication_role = origin")


def contents() -> dict[str, list[dict[str, Any]]]:
    """Everything that tables of the catalogue hold, by slugs in place of ids."""
    return {section.name: [_entry(entry) for entry in section.model._default_manager.all()] for section in registered()}


def _entry(entry: Any) -> dict[str, Any]:
    found = {}
    for field in entry._meta.get_fields():
        if field.many_to_many:
            found[field.name] = [other.slug for other in getattr(entry, field.name).all()]
        elif isinstance(field, models.ForeignKey):
            found[field.name] = getattr(getattr(entry, field.name), "slug", None)
        elif field.concrete and field.name != "id":
            found[field.name] = getattr(entry, field.name)
    found["texts"] = sorted(entry.texts.values_list("language", "name", "description"))
    return found


def test_the_demo_dumped_and_loaded_again_changes_nothing() -> None:
    load(DEMO.read_bytes())
    dumped = dump()
    report = load(dumped)
    assert (report.created, report.changed, report.retired, report.raised) == ([], [], [], [])
    assert dump() == dumped


def test_the_demo_dumped_and_loaded_elsewhere_is_the_same_catalogue() -> None:
    load(DEMO.read_bytes())
    dumped, held = dump(), contents()
    empty()
    assert not any(contents().values())
    load(dumped)
    assert contents() == held
    assert dump() == dumped


def test_a_file_says_what_its_dump_says() -> None:
    """But for the comments, and the versions that the dump adds."""
    load(DEMO.read_bytes())
    theirs = yaml.safe_load(DEMO.read_text())
    for purpose in theirs["purposes"].values():
        purpose["version"] = 1
    ours = yaml.safe_load(dump())
    for purpose in [*ours["purposes"].values(), *theirs["purposes"].values()]:
        # Which of them comes first says nothing; they are shown in the order of their own sections.
        purpose["categories"].sort()
        purpose.get("recipients", []).sort()
    assert {name: list(section) for name, section in ours.items()} == {name: list(theirs[name]) for name in ours}
    assert ours == theirs


def test_what_goes_without_saying_is_left_out() -> None:
    load(ads(("    basis", "    version: 7\n    asks_since: 5\n    basis")))
    dumped = yaml.safe_load(dump())["purposes"]
    assert dumped["picks"] == {
        "basis": "consent",
        "categories": ["registration"],
        "recipients": ["processors"],
        "retention": "account",
        "version": 1,
        "text": {"en": {"name": "Picks", "description": "We pick for you."}},
    }
    assert (dumped["ads"]["version"], dumped["ads"]["asks_since"]) == (7, 5)


def test_what_was_retired_is_not_dumped_and_comes_back_with_its_version() -> None:
    load(ads(("    basis", "    version: 3\n    basis")))
    before = dump()
    load(before[: before.index(b"  ads:")] + b"cookies: {}\n")
    assert b"ads:" not in dump()
    load(before)
    assert dump() == before


# Any text that a person can write, in the one form in which texts are kept.
PLAIN = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200)
# And what YAML would read as something else.
WORDS = ["no", "2026", "1e3", "~", "null", "0x1F", "=", "<<", "2026-01-01"]
SIGNS = ["- a", "a: b", "#x", "'", '"', "%", "@a", "!!str x", "[a]", "{a", "a #b"]
NASTY = st.sampled_from([*WORDS, *SIGNS])


# It writes and reads a whole catalogue each time, on whatever machine this is.
@given(name=PLAIN | NASTY, description=PLAIN | NASTY, validities=st.sampled_from([{}, {"EU_GDPR/DE": "P6M"}]))
def test_any_words_come_back_as_they_were(name: str, description: str, validities: dict[str, str]) -> None:
    data = yaml.safe_load(ads())
    data["purposes"]["ads"]["text"]["en"] = {"name": name, "description": description}
    data["purposes"]["ads"] |= {"validities": validities} if validities else {}
    data["cookies"] = {}
    written = yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode()
    with rehearsal():
        load(written)
        dumped = dump()
        assert load(dumped).changed == []
        assert dump() == dumped
        (before, after) = (read(each)["purposes"]["ads"] for each in (written, dumped))
        assert before.texts == after.texts
        assert before.values["validities"] == after.values["validities"]


def test_the_command_writes_what_the_other_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(ads())
    call_command("dump_catalogue")
    assert capsys.readouterr().out == dump().decode()
    file = tmp_path / "catalogue.yaml"
    call_command("dump_catalogue", str(file))
    call_command("load_catalogue", str(file))
    assert "0 created, 0 changed, 9 unchanged, 0 retired." in capsys.readouterr().out
    with pytest.raises(CommandError, match="can not be written"):
        call_command("dump_catalogue", str(tmp_path / "nowhere" / "catalogue.yaml"))


def test_a_dry_run_tells_the_versions_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(ads())
    before = dump()
    file = tmp_path / "catalogue.yaml"
    file.write_bytes(ads(("[registration]", "[registration, location]")))
    call_command("load_catalogue", str(file), "--dry-run")
    told = capsys.readouterr().out
    assert "version 2 of purposes/ads: New data: Location. Asks 0 people again." in told
    assert "0 created, 1 changed, 8 unchanged, 0 retired." in told
    assert dump() == before
