"""The words of a notice, from `templates/notices/<kind>.md`.

Such a template begins with the line "Subject: …", may go on with "Action: …" (what its link does), and has its text in
Markdown after an empty line. It may use `organisation` and `base_url`. Values are put in as they are: none may come
from the public.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Engine
from django.utils import translation


@dataclass(frozen=True)
class NoticeDraft:
    subject: str
    body_markdown: str
    action: str = ""


def write(kind: str, language: str, context: Mapping[str, Any]) -> NoticeDraft:
    """Raises ImproperlyConfigured where the template has no subject or no text."""
    values = {"organisation": settings.ORGANISATION, "base_url": settings.BASE_URL, **context}
    with translation.override(language):
        template = Engine.get_default().get_template(f"notices/{kind}.md")
        # Markdown is escaped when it becomes HTML, not before.
        lines = template.render(Context(values, autoescape=False)).strip().splitlines()
    head = dict(line.split(": ", 1) for line in lines[: lines.index("")] if ": " in line) if "" in lines else {}
    body = "\n".join(lines[lines.index("") :]).strip() if head else ""
    if not (head.get("Subject") and body):
        raise ImproperlyConfigured(f"notices/{kind}.md must have a line “Subject: …”, an empty line and a text.")
    return NoticeDraft(head["Subject"].strip(), body, head.get("Action", "").strip())


def nearest(language: str, languages: list[str]) -> str:
    """The language a person reads it in: theirs, "de" for "de-at", else the deployment's own, else the first."""
    wanted = (language, language.partition("-")[0], settings.LANGUAGE_CODE)
    return next((code for code in wanted if code in languages), languages[0])
