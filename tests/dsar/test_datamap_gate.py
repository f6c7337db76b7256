"""Behaviour 48: what nobody declared fails the build, and so does what is declared and gone."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.core import checks
from django.core.checks.registry import registry as registered

from dsar.datamap.checks import declarations_fit_models, faults, installed
from dsar.datamap.declarations import (
    Anonymise,
    Declaration,
    Delete,
    Detach,
    Exempt,
    Ground,
    Keep,
    Registry,
    exempt,
    registry,
)


@pytest.fixture
def said() -> Registry:
    """The project's declarations, to be spoilt."""
    return Registry(dict(registry.declared), dict(registry.exempted))


def found(said: Registry) -> list[tuple[str | None, str]]:
    return [(each.id, each.msg) for each in faults(said, installed())]


def spoil(said: Registry, label: str, **changes: Any) -> None:
    said.declared[label.lower()] = replace(said.declared[label.lower()], **changes)


def ids(messages: Iterable[checks.CheckMessage]) -> set[str | None]:
    return {each.id for each in messages}


def test_the_project_declares_every_table_and_field() -> None:
    assert found(registry) == []


def test_the_check_runs_with_all_others() -> None:
    everything: set[object] = set(registered.get_checks())
    assert declarations_fit_models in everything
    assert checks.run_checks(tags=["datamap"]) == []


def test_an_undeclared_model_fails(said: Registry) -> None:
    del said.declared["users.profile"]
    (fault,) = faults(said, installed())
    assert fault.id == "datamap.E001"
    assert fault.msg == "users.Profile says nothing about the personal data it holds."
    assert fault.hint is not None
    assert "personal_data.py of accounts.users" in fault.hint


@pytest.mark.parametrize("label", ["account.emailaddress", "usersessions.usersession"])
def test_an_undeclared_table_of_a_third_party_fails(said: Registry, label: str) -> None:
    del said.declared[label]
    assert "datamap.E001" in ids(faults(said, installed()))


def test_an_undeclared_table_behind_a_many_to_many_field_fails(said: Registry) -> None:
    del said.exempted["users.user_groups"]
    assert found(said) == [("datamap.E001", "users.User_groups says nothing about the personal data it holds.")]


def test_an_undeclared_field_fails(said: Registry) -> None:
    spoil(said, "users.Profile", shown=("full_name", "phone"))
    assert found(said) == [("datamap.E002", "users.Profile.birth_date is neither shown nor withheld.")]


def test_a_field_that_is_both_shown_and_withheld_fails(said: Registry) -> None:
    profile = said.declared["users.profile"]
    spoil(said, "users.Profile", shown=(*profile.shown, "subject"))
    assert found(said) == [("datamap.E002", "users.Profile.subject is both shown and withheld.")]


def test_a_declared_field_that_is_gone_fails(said: Registry) -> None:
    profile = said.declared["users.profile"]
    spoil(said, "users.Profile", shown=(*profile.shown, "fax"))
    assert found(said) == [("datamap.E003", "users.Profile.fax is declared, but the model has no such field.")]


def test_a_declared_model_that_is_gone_fails(said: Registry) -> None:
    said.declared["users.pet"] = replace(said.declared["users.profile"], label="users.Pet")
    assert found(said) == [("datamap.E003", "users.Pet is declared, but there is no such model.")]


def test_an_exemption_whose_model_is_gone_fails(said: Registry) -> None:
    said.exempt("users.Pet", Exempt.NO_PERSONAL_DATA)
    assert found(said) == [("datamap.E003", "users.pet is declared, but there is no such model.")]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("owner", "has no field owner"),
        ("email_address", "ends at account.EmailAddress"),
        ("email_address__email", "is no foreign key"),
        ("email_address__user__groups", "is no foreign key"),
        ("", "ends at account.EmailConfirmation"),
    ],
)
def test_a_path_that_does_not_lead_to_a_subject_fails(said: Registry, path: str, words: str) -> None:
    spoil(said, "account.EmailConfirmation", paths=(path,))
    messages = found(said)
    assert {key for key, _message in messages} == {"datamap.E004"}
    assert any(words in message for _key, message in messages)


def test_a_path_backwards_fails(said: Registry) -> None:
    """It would lead through rows that are erased first."""
    spoil(said, "users.User", paths=("emailaddress__user__subject",))
    assert ("datamap.E004") in {key for key, _message in found(said)}


def test_a_model_without_any_path_fails(said: Registry) -> None:
    spoil(said, "users.Profile", paths=())
    assert found(said) == [("datamap.E004", "users.Profile has no path.")]


@pytest.mark.parametrize(
    ("erasure", "words"),
    [
        (Anonymise(fax=None), "overwrites fax, which is no field"),
        (Anonymise(subject=None), "subject can not be overwritten"),
        (Anonymise(), "overwrites nothing"),
        (Anonymise(phone="none"), "phone can only be emptied"),
        (Detach("subject"), "subject can not be overwritten"),
        (Detach("fax"), "overwrites fax, which is no field"),
    ],
)
def test_an_erasure_that_does_not_fit_the_model_fails(said: Registry, erasure: Any, words: str) -> None:
    spoil(said, "users.Profile", erasure=erasure)
    messages = found(said)
    assert [key for key, _message in messages] == ["datamap.E005"]
    assert words in messages[0][1]


def test_emptying_what_may_not_be_empty_fails(said: Registry) -> None:
    spoil(said, "users.User", erasure=Anonymise(email=None))
    assert found(said) == [("datamap.E005", "users.User: email can not be emptied, it is NOT NULL.")]


def test_a_kept_row_that_can_not_be_without_a_deleted_one_fails(said: Registry) -> None:
    kept = Keep(ground=Ground.LEGAL_CLAIMS, law="GDPR Art. 7(1)", years=3, why="proof")
    spoil(said, "account.EmailAddress", erasure=kept)
    spoil(said, "account.EmailConfirmation", erasure=kept)
    assert found(said) == [("datamap.E006", "account.EmailAddress.user points at users.User, whose rows are deleted.")]


def test_a_model_can_not_be_declared_twice(said: Registry) -> None:
    with pytest.raises(ValueError, match=r"users\.Profile is declared twice"):
        said.exempt("users.Profile", Exempt.STAFF_ONLY)


def test_an_exemption_is_a_reason_from_the_list() -> None:
    with pytest.raises(ValueError, match="TBD"):
        exempt("users.Pet", "TBD")  # type: ignore[arg-type]  # what the test is about


def test_every_declaration_names_what_a_person_asks_for() -> None:
    for declaration in registry.declared.values():
        assert isinstance(declaration, Declaration)
        assert str(declaration.title)
        assert declaration.category
        assert declaration.purposes
        assert isinstance(declaration.erasure, Delete | Anonymise | Detach | Keep)
