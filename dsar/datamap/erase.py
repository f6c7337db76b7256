"""The end of a subject's rows in our own tables. Also the rehearsal, which is the same code rolled back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.db.models import Q

from accounts.users.models import User
from dsar.datamap.declarations import Anonymise, Declaration, Delete, Detach, Keep
from dsar.datamap.systems import Action, Ending, Identities, Outcome
from dsar.datamap.ways import Table, declared, pointing_at, rows_of


@transaction.atomic
def erase(who: Identities) -> list[Outcome]:
    """Delete, anonymise or keep every declared row of the subject, without loading any.

    What must happen in the same transaction may call this inside its own. Foreign keys are checked before it returns,
    so that the rehearsal, too, finds what could not be committed.
    """
    # Who works here keeps the sign-in for that, and what they did as staff; it is joined to the person no longer.
    User.objects.filter(subject=who.subject_id, is_staff=True).update(subject=None)
    # A session's row names nobody, so that no declaration reaches it.
    keys = UserSession.objects.filter(user__subject=who.subject_id).values("session_key")
    _delete(Session.objects.filter(session_key__in=keys))
    outcomes = []
    for model, declaration in declared().items():
        rows = model._base_manager.filter(rows_of(declaration, who.subject_id))
        outcomes.append(Outcome.of(declaration.label, ending(declaration), _end(rows, declaration)))
    connection.check_constraints()
    return outcomes


def rehearse(who: Identities) -> list[Outcome]:
    with transaction.atomic():
        outcomes = erase(who)
        transaction.set_rollback(True)
    return outcomes


def ending(declaration: Declaration) -> Ending:
    match declaration.erasure:
        case Delete():
            return Ending(Action.DELETE)
        case Anonymise() | Detach():
            return Ending(Action.ANONYMISE)
        case Keep(ground=ground, law=law, years=years, why=why):
            return Ending(Action.KEEP, ground, law, years, why=why)


def overwritten(declaration: Declaration) -> Mapping[str, Any]:
    """The fields that an erasure overwrites, with what."""
    match declaration.erasure:
        case Anonymise(fields=fields):
            return fields
        case Detach(field=field):
            return {field: None}
    return {}


def unlike(values: Mapping[str, Any]) -> Q:
    """The rows in which something is still to be overwritten."""
    condition = Q()
    for name, value in values.items():
        condition |= Q(**{f"{name}__isnull": False}) if value is None else ~Q(**{name: value})
    return condition


def _end(rows: models.QuerySet[Any], declaration: Declaration) -> int:
    if isinstance(declaration.erasure, Keep):
        return rows.count()
    if values := overwritten(declaration):
        return rows.filter(unlike(values)).update(**values)
    _let_go(rows.model, rows)
    return _delete(rows)


def _let_go(model: Table, rows: models.QuerySet[Any]) -> None:
    """What the models say about references to rows that are about to go: SET_NULL, and CASCADE from exempted tables.

    Declared rows have gone already if they are the person's. Those of somebody else that still point here make the
    check of foreign keys fail, and nothing is erased.
    """
    for field in pointing_at(model):
        source = field.model
        pointing = source._base_manager.filter(**{f"{field.name}__in": rows})
        if field.remote_field.on_delete is models.SET_NULL:
            pointing.update(**{field.name: None})
        elif source not in declared() and field.remote_field.on_delete is models.CASCADE:
            _delete(pointing)


def _delete(rows: models.QuerySet[Any]) -> int:
    """By one statement. `delete()` would load the rows to cascade in Python, which the declarations make needless."""
    return rows._raw_delete(rows.db)
