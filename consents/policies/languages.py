"""In which languages a version can be read, and which of them a reader gets."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info

from consents.policies.models import VersionText

CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Language:
    code: str
    # In the reader's language, and in itself.
    name: str
    own_name: str
    is_rtl: bool = False

    @property
    def direction(self) -> str:
        return "rtl" if self.is_rtl else "ltr"


def language(code: str) -> Language:
    try:
        info = get_language_info(code)
    except KeyError:
        return Language(code, code, code)
    return Language(code, str(info["name_translated"]), info["name_local"], info["bidi"])


def wanted(request: HttpRequest) -> str:
    """What the address asks for (`?language=de`), else the reader's; an address may ask for nonsense."""
    asked = request.GET.get("language", "")
    return asked.lower() if CODE.fullmatch(asked) else get_language() or settings.LANGUAGE_CODE


def missing(wanted: str, text: VersionText) -> Language | None:
    """The language that the reader wanted and does not get."""
    if wanted.partition("-")[0] == text.language.partition("-")[0].lower():
        return None
    return language(wanted)
