"""Published texts are frozen, so what was compared once is kept: anybody may ask, and long texts take seconds."""

from typing import cast

from django.core.cache import cache

from consents.policies.compare import Comparison, compare
from consents.policies.models import VersionText

# To be raised when comparisons come out otherwise than those that are kept.
EDITION = 1
KEPT_FOR = 7 * 24 * 60 * 60


def compared(old: VersionText, new: VersionText) -> Comparison:
    """Both published."""
    key = f"policies-compared:{EDITION}:{old.sha256}:{new.sha256}"
    return cast(Comparison, cache.get_or_set(key, lambda: compare(old.body, new.body), KEPT_FOR))
