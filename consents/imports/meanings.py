"""What the columns of a line mean here: the purpose, the published words, the version, the policy in force."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings

from consents.catalogue.models import Purpose, PurposeText
from consents.choices.models import Wording
from consents.imports.models import Fault
from consents.policies.frame import policy_in_force
from consents.policies.models import Version

# As COPY reads it.
NULL = "\\N"
NUMBER = re.compile(r"[1-9][0-9]{0,3}")


class Bad(Exception):
    """Something is wrong with a line, in this column."""

    def __init__(self, column: str, fault: Fault) -> None:
        self.column, self.fault = column, fault
        super().__init__(column, fault)


@dataclass(frozen=True)
class Terms:
    """What holds for every line of a file that says nothing else, and for the guests that it makes known."""

    # The hash of the words that were shown, by the slug of the purpose.
    words: Mapping[str, str] = field(default_factory=dict)
    language: str = settings.LANGUAGE_CODE
    jurisdiction: str = settings.JURISDICTION


class Meanings:
    """The catalogue as it stands, which is small, and the meanings that were found in it, which are few."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._purposes = {purpose.slug: purpose for purpose in Purpose.objects.all()}
        self._wordings: dict[tuple[UUID, str], list[Wording]] = defaultdict(list)
        for wording in Wording.objects.order_by("language"):
            self._wordings[wording.purpose_id, wording.sha256].append(wording)
        self._languages = {wording.language for each in self._wordings.values() for wording in each}
        self._standing = set(PurposeText.objects.values_list("purpose_id", "sha256"))
        self._found: dict[tuple[str, str, str, str, bool], str] = {}

    def find(self, slug: str, sha256: str, language: str, version: str, allow: bool) -> str:
        """The columns purpose_id, wording_id and version. Raises Bad."""
        key = (slug, sha256, language, version, allow)
        found = self._found.get(key)
        if found is None:
            # Only what is good is remembered: of that there is no more than the catalogue has.
            found = self._found[key] = self._columns(*key)
        return found

    def _columns(self, slug: str, sha256: str, language: str, version: str, allow: bool) -> str:
        purpose = self._purpose(slug)
        wording = self._wording(purpose, sha256 or self._terms.words.get(slug, ""), language)
        if wording is None and allow:
            raise Bad("text_sha256", Fault.TEXT_MISSING)
        return f"{purpose.pk}\t{wording.pk if wording else NULL}\t{self._version(purpose, wording, version)}"

    def _purpose(self, slug: str) -> Purpose:
        purpose = self._purposes.get(slug)
        if purpose is None:
            raise Bad("purpose", Fault.UNKNOWN_PURPOSE)
        if purpose.retired_at is not None:
            raise Bad("purpose", Fault.RETIRED_PURPOSE)
        if purpose.essential:
            raise Bad("purpose", Fault.NOT_OPTIONAL)
        return purpose

    def _wording(self, purpose: Purpose, sha256: str, language: str) -> Wording | None:
        if language and language not in self._languages:
            raise Bad("language", Fault.UNKNOWN_LANGUAGE)
        if not sha256:
            return None
        published = self._wordings.get((purpose.pk, sha256))
        if published is None:
            raise Bad("text_sha256", Fault.UNKNOWN_TEXT)
        wanted = language or self._terms.language
        return next((wording for wording in published if wording.language == wanted), published[-1])

    def _version(self, purpose: Purpose, wording: Wording | None, version: str) -> int:
        """As `record` tells it: words that stand no longer were shown with the version that they came with."""
        if version:
            if not NUMBER.fullmatch(version) or int(version) > purpose.version:
                raise Bad("version", Fault.UNKNOWN_VERSION)
            return int(version)
        old = wording is not None and (purpose.pk, wording.sha256) not in self._standing
        return wording.version if old and wording else purpose.version


class Policies:
    """Which policy was in force at an instant: looked up once for each day on which that changed."""

    def __init__(self) -> None:
        days = Version.objects.binding().order_by("effective_at").values_list("effective_at", flat=True).distinct()
        self._since = [day for day in days if day is not None]
        versions = [policy_in_force(day) for day in self._since]
        self._columns = [NULL, *(str(version.pk) if version else NULL for version in versions)]

    def at(self, instant: datetime) -> str:
        """The column policy_version_id."""
        return self._columns[bisect_right(self._since, instant)]
