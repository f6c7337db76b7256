"""Imported policies read back from the page that they become."""

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from consents.policies.import_text import to_markdown

NUMERAL = re.compile(r"(?:\d+|[ivxl]+|[a-z])", re.IGNORECASE)


class Page(HTMLParser):
    """Rendered Markdown, read back: its text, its headings, its lists, every element it made."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: set[str] = set()
        self.headings: list[tuple[str, str]] = []
        self.lists: list[tuple[int, int]] = []
        self._open: list[tuple[str, int]] = []
        self.feed(MarkdownIt("commonmark").render(body))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag in {"ol", "ul"}:
            self._open.append((tag, len(self.lists)))
            self.lists.append((int(dict(attributes).get("start") or 1), 0))
        elif tag == "li":
            start, items = self.lists[self._open[-1][1]]
            self.lists[self._open[-1][1]] = (start, items + 1)
        elif tag in {"h2", "h3", "h4"}:
            self.headings.append((tag, ""))
        self._tag = tag

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""
        if tag in {"ol", "ul"}:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data + " "
        if self._tag in {"h2", "h3", "h4"}:
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)


def body(text: str) -> str:
    return to_markdown(text).body


def words(text: str) -> list[str]:
    """The words of a text, but for what may be a number of a part or an item."""
    return [word for word in re.findall(r"[^\W_]+", text) if not NUMERAL.fullmatch(word)]
