"""Reads the project's own stylesheets: enough of CSS for what we write, which has no nested rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "static" / "css"
PORTAL = ("tokens.css", "base.css", "layout.css", "parts.css", "print.css")


@dataclass(frozen=True)
class Rule:
    """One block of declarations and the at-rules around it, outermost first."""

    around: tuple[str, ...]
    selector: str
    declarations: tuple[tuple[str, str], ...]

    @property
    def layer(self) -> str | None:
        return next((rule.removeprefix("@layer ") for rule in self.around if rule.startswith("@layer ")), None)

    @property
    def media(self) -> str:
        return " ".join(rule for rule in self.around if rule.startswith("@media"))

    def value(self, *names: str) -> str | None:
        return next((value for name, value in self.declarations if name in names), None)


def rules(*names: str) -> list[Rule]:
    return [rule for name in names for rule in _parse((FOLDER / name).read_text(encoding="utf-8"))]


def _parse(source: str, around: tuple[str, ...] = ()) -> Iterator[Rule]:
    text = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    start = 0
    while (opening := text.find("{", start)) != -1:
        # A statement such as "@layer reset, tokens;" may stand before the block.
        head = " ".join(text[start:opening].rpartition(";")[2].split())
        closing = _closing(text, opening)
        body = text[opening + 1 : closing]
        if head.startswith(("@layer", "@media")):
            yield from _parse(body, (*around, head))
        else:
            yield Rule(around, head, tuple(_declarations(body)))
        start = closing + 1


def _closing(text: str, opening: int) -> int:
    depth = 0
    for place in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return place
    raise ValueError("A block of the stylesheet is not closed.")


def _declarations(body: str) -> Iterator[tuple[str, str]]:
    for declaration in body.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            yield name.strip(), " ".join(value.split())
