import secrets

from django.utils import timezone

# Crockford's letters and digits: none looks like another, none spells anything.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, LENGTH = 2, 4


def new_reference() -> str:
    """Such as PC-2026-7KQ4-M2XD: easy to read out, hard to guess. It names a request and opens nothing."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(GROUPS))
    return "-".join(["PC", str(timezone.localdate().year), *groups])
