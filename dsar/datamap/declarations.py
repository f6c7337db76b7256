"""What each room says in its `personal_data.py` about the rows it holds: whose they are, why, and how they end.

Declaring only records. `checks.py` compares the records with the models, so that a model or a field that nobody
declared, or a declaration whose model is gone, fails the build.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Text = str | Promise


class Source(TextChoices):
    """Where the data comes from (GDPR Art. 15(1)(g))."""

    PERSON = "person", _("You gave it to us")
    OBSERVED = "observed", _("Recorded while you used the service")
    DERIVED = "derived", _("Worked out by us from other data")
    STAFF = "staff", _("Entered by our staff")
    PARTNER = "partner", _("Given to us by somebody else")


class Withheld(TextChoices):
    """Why a field is not part of a copy."""

    INTERNAL = "internal", _("Tells nothing about you; it only joins our records")
    SECRET = "secret", _("Would endanger your account or our security")
    OTHERS = "others", _("Is about somebody else")


class Ground(TextChoices):
    """The five grounds of GDPR Art. 17(3), the only ones on which data may survive an erasure."""

    EXPRESSION = "expression", _("freedom of expression and information")
    LEGAL_OBLIGATION = "legal-obligation", _("a legal obligation or a task in the public interest")
    PUBLIC_HEALTH = "public-health", _("public health")
    ARCHIVING = "archiving", _("archiving, research or statistics in the public interest")
    LEGAL_CLAIMS = "legal-claims", _("establishing, exercising or defending legal claims")


class Exempt(TextChoices):
    """Why a model needs no declaration."""

    NO_PERSONAL_DATA = "no-personal-data", _("Holds nothing about anybody")
    STAFF_ONLY = "staff-only", _("Is about the deeds and duties of staff")
    CATALOGUE = "catalogue", _("Says what the organisation does, not whom it concerns")
    REACHED_ELSEWHERE = "reached-elsewhere", _("Its rows are found and erased through another model")


@dataclass(frozen=True)
class Delete:
    """The rows go."""


@dataclass(frozen=True, init=False)
class Anonymise:
    """The rows stay, these fields are overwritten by a constant: `Anonymise(note="", author=None)`."""

    fields: Mapping[str, Any]

    def __init__(self, **fields: Any) -> None:
        object.__setattr__(self, "fields", fields)


@dataclass(frozen=True)
class Detach:
    """The rows stay, the reference that leads to the person is emptied."""

    field: str


@dataclass(frozen=True)
class Keep:
    """The rows stay as they are, because a law wants it, until `years` after the erasure."""

    ground: Ground
    law: str
    years: int
    why: Text


type Erasure = Delete | Anonymise | Detach | Keep


@dataclass(frozen=True)
class Declaration:
    label: str
    # The ORM path from a row to its Subject; "" for Subject itself. Rows of two people have several.
    paths: tuple[str, ...]
    category: str
    purposes: tuple[str, ...]
    source: Source
    title: Text
    shown: tuple[str, ...]
    withheld: Mapping[str, Withheld]
    erasure: Erasure


@dataclass
class Registry:
    """All that was declared. The project has one; tests make others, to see the checks turn red."""

    declared: dict[str, Declaration] = field(default_factory=dict)
    exempted: dict[str, Exempt] = field(default_factory=dict)

    def declare(self, declaration: Declaration) -> None:
        self._only_once(declaration.label)
        self.declared[declaration.label.lower()] = declaration

    def exempt(self, label: str, reason: Exempt) -> None:
        self._only_once(label)
        self.exempted[label.lower()] = reason

    def _only_once(self, label: str) -> None:
        if label.lower() in self.declared or label.lower() in self.exempted:
            raise ValueError(f"{label} is declared twice.")


registry = Registry()


def declare(
    label: str,
    *,
    path: str | tuple[str, ...],
    category: str,
    purposes: Iterable[str],
    source: Source,
    title: Text,
    shown: Iterable[str],
    erasure: Erasure,
    withheld: Mapping[str, Withheld] | None = None,
) -> None:
    """Record what a model (`app.Model`) holds about people. Every concrete field is in `shown` or in `withheld`.

    Raises ValueError where the model was declared or exempted before.
    """
    paths = (path,) if isinstance(path, str) else path
    registry.declare(
        Declaration(label, paths, category, tuple(purposes), source, title, tuple(shown), dict(withheld or {}), erasure)
    )


def exempt(label: str, reason: Exempt) -> None:
    """Record why a model holds nothing that a person could ask for. Raises ValueError where it was named before."""
    registry.exempt(label, Exempt(reason))
