"""The hash that names the words a person was shown, computed alike here and in the database."""

import unicodedata
from hashlib import sha256

from django.db.models import CharField, Func


def text_hash(name: str, description: str) -> str:
    """SHA-256 of name, line feed and description, in NFC and UTF-8, as 64 hexadecimal digits."""
    return sha256(unicodedata.normalize("NFC", f"{name}\n{description}").encode()).hexdigest()


class TextHash(Func):
    """The same in SQL: TextHash("name", "description")."""

    template = "encode(sha256(convert_to(normalize(%(expressions)s), 'UTF8')), 'hex')"
    arg_joiner = " || E'\\n' || "
    output_field = CharField()
