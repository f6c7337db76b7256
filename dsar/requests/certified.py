"""A certificate's content as its page shows it."""

from datetime import date
from typing import Any

from dsar.datamap.systems import Action


def certified(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Per system, the collections in which something was found."""
    return [
        {"name": system["name"], "collections": [_shown(each) for each in system["collections"] if each["rows"]]}
        for system in content["systems"]
    ]


def _shown(collection: dict[str, Any]) -> dict[str, Any]:
    until = collection.get("until")
    return collection | {
        "done": Action(collection["action"]).label,
        "until": date.fromisoformat(until) if until else None,
    }
