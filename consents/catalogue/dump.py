"""The catalogue as a file, which loaded again changes nothing, and loaded elsewhere makes the same catalogue."""

import yaml

from consents.catalogue.present import present
from consents.catalogue.sections import registered


def dump() -> bytes:
    rows = present()
    document = {
        section.name: {slug: section.written(row) for slug, row in rows[section.name].items()}
        for section in registered()
    }
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=float("inf")).encode()
