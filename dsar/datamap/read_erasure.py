"""What a manifest says about the end of a table's rows."""

from __future__ import annotations

from typing import Any

import yaml
from django.utils.translation import gettext as _
from yaml.nodes import ScalarNode

from consents.catalogue.sections import OneOf
from consents.catalogue.yaml_file import Place, suggestion
from dsar.datamap.declarations import Ground
from dsar.datamap.manifest import Field
from dsar.datamap.manifest_values import REASON, day, number, texts
from dsar.datamap.systems import Action, Ending

CONSTANTS = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "str", "int", "float", "bool")}
ALLOWED = {
    Action.DELETE: [],
    Action.ANONYMISE: ["set"],
    Action.KEEP: ["set", "ground", "law", "years", "until", "why"],
}


def read_erasure(place: Place, fields: tuple[Field, ...]) -> tuple[Ending, dict[str, Any]] | None:
    found = place.known(["action", "set", "ground", "law", "years", "until", "why"], ["action"])
    action = OneOf(choices=Action).read(found["action"]) if "action" in found else None
    if action is None:
        return None
    for key in found.keys() - {"action", *ALLOWED[Action(action)]}:
        found[key].fault(_("“%(key)s” does not go with “%(action)s”.") % {"key": key, "action": action})
    constants = _constants(found["set"], fields) if "set" in found else {}
    if action == Action.ANONYMISE:
        _check_anonymised(place, fields, constants)
    ending = _kept(place, found) if action == Action.KEEP else Ending(Action(action))
    return (ending, constants) if ending else None


def _constants(place: Place, fields: tuple[Field, ...]) -> dict[str, Any]:
    known = {each.name: each for each in fields}
    constants: dict[str, Any] = {}
    for name, value in place.mapping().items():
        if name not in known:
            value.fault(_("There is no such field.") + suggestion(name, [*known]))
        elif known[name].is_key:
            value.fault(_("A primary key can not be overwritten."))
        elif not isinstance(value.node, ScalarNode) or value.node.tag not in CONSTANTS:
            value.fault(_("Here must be null, a number, true, false or text in quotes."))
        else:
            constants[name] = yaml.SafeLoader("").construct_object(value.node)
    return constants


def _check_anonymised(place: Place, fields: tuple[Field, ...], constants: dict[str, Any]) -> None:
    if not constants:
        place.fault(_("Say in “set” which fields are overwritten, and with what."))
    for each in fields:
        if each.identity and each.name not in constants:
            place.fault(_("The person could still be found by “%(name)s”. Overwrite it too.") % {"name": each.name})


def _kept(place: Place, found: dict[str, Place]) -> Ending | None:
    missing = {"ground", "law", "why"} - found.keys()
    if missing or ("years" in found) == ("until" in found):
        place.fault(_("What is kept needs a ground, a law, a reason (why), and an end: either years or until."))
        return None
    ground = OneOf(choices=Ground).read(found["ground"])
    return Ending(
        Action.KEEP,
        ground=Ground(ground) if ground else None,
        law=REASON.read(found["law"]),
        years=number(found["years"]) if "years" in found else None,
        last_day=day(found["until"]) if "until" in found else None,
        why=texts(found["why"]),
    )
