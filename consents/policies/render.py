"""The text of a version as it is shown: made once, at publication, and kept with the version."""

import unicodedata
from dataclasses import dataclass

from consents.notices.blocks import plain
from consents.notices.markdown import parse, to_html
from consents.policies.import_text import anchors

# Ids that the pages around a text use themselves.
TAKEN = ("content", "what-changes", "contents", "about")
IN_CONTENTS = {2, 3}


@dataclass(frozen=True)
class Heading:
    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Rendered:
    html: str
    headings: list[Heading]

    @property
    def contents(self) -> list[Heading]:
        """Those that a reader finds their way by."""
        return [heading for heading in self.headings if heading.level in IN_CONTENTS]


def render_policy(body: str) -> Rendered:
    """Headings get anchors made of their words, so that a link to one still works in the next version."""
    tokens = parse(body)
    # The inline token right after the opening one has the words.
    headings = [(token, plain(tokens[at + 1])) for at, token in enumerate(tokens) if token.type == "heading_open"]
    names = anchors([*TAKEN, *(text for _token, text in headings)])[len(TAKEN) :]
    found = []
    for (token, text), name in zip(headings, names, strict=True):
        token.attrSet("id", name)
        found.append(Heading(int(token.tag[1]), name, text))
    return Rendered(to_html(tokens), found)


def canonical(text: str) -> str:
    """One form for texts that look the same, whatever editor they come from; its hash is the text's."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")
