"""A policy that was written as plain text, made into Markdown that an editor can go on with.

`to_markdown` changes the numbers and marks of parts and lists, because that is where such texts go wrong (every part
"1.", Roman numerals from the middle on). It never drops or changes a word, and nothing in the text acts as markup.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from consents.policies.outline import Heading, Item, Node, Outline, Paragraph, stands_as_title
from consents.policies.plain_text import pieces

# The longest policies in use have some 50,000 words; this is several times that.
MAX_BYTES = 2_000_000

CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
NEWLINE = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
NUMBER = re.compile(r"^\s*(?:\d+(?:\.\d+)*[.)]?|[IVXL]+[.)])\s+(?=\S)")
INLINE = re.compile(r"[\\`*\[\]<~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
AT_START = re.compile(r"^(?:(?P<sign>#{1,6}(?=\s|$)|[-+](?=\s|$|-)|>)|(?P<number>\d{1,9})(?=[.)](?:\s|$)))")
CLOSING = re.compile(r"#+$")


@dataclass(frozen=True)
class ImportedText:
    """Title and Markdown body of a policy. The title is "" where the text has none; parts are level-two headings."""

    title: str
    body: str

    @property
    def markdown(self) -> str:
        """Both as one document, the title as its level-one heading."""
        return f"# {_as_heading(self.title)}\n\n{self.body}" if self.title else self.body


def decode(data: bytes) -> str:
    """The text of an uploaded file, or a refusal in words."""
    _check_size(len(data))
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        words = _("Line %(line)d cannot be read as text. Save the file as plain text in UTF-8.") % {"line": line}
        raise Refusal(words, code="not-text", field="file") from error


def to_markdown(text: str) -> ImportedText:
    _check_size(len(text))
    lines = NEWLINE.sub("\n", text.removeprefix("\ufeff"))
    if found := CONTROL.search(lines):
        line = lines.count("\n", 0, found.start()) + 1
        words = _("Line %(line)d holds control characters. This is not a plain text file.") % {"line": line}
        raise Refusal(words, code="not-text", field="file")
    parts = list(pieces(lines))
    if not parts:
        raise Refusal(_("The file holds no text."), code="empty", field="file")
    title = parts.pop(0).text if stands_as_title(parts) else ""
    return ImportedText(title, Writing().write(Outline().read(parts)))


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        words = _("The file is larger than %(size)d MB, too large for a policy.") % {"size": MAX_BYTES // 1_000_000}
        raise Refusal(words, code="too-large", field="file")


def anchor(heading: str) -> str:
    """The fragment under which a heading is found: its words without its number, so renumbering breaks no link."""
    return slugify(NUMBER.sub("", heading), allow_unicode=True) or "part"


def anchors(headings: Iterable[str]) -> list[str]:
    """One anchor per heading, in their order; the second "Contact" is "contact-2"."""
    found: dict[str, None] = {}
    counts: Counter[str] = Counter()
    for heading in headings:
        base = anchor(heading)
        counts[base] += 1
        candidate = base if counts[base] == 1 else f"{base}-{counts[base]}"
        while candidate in found:
            counts[base] += 1
            candidate = f"{base}-{counts[base]}"
        found[candidate] = None
    return list(found)


@dataclass
class Writing:
    """Writes an outline as CommonMark, one paragraph a line."""

    # Columns at which the text of the open items begins, and the sign ("." ")" "-" "*") of the list at each depth.
    columns: list[int] = field(default_factory=list)
    signs: dict[int, str] = field(default_factory=dict)

    def write(self, nodes: Iterable[Node]) -> str:
        return "".join(self._lines(nodes)) + "\n"

    def _lines(self, nodes: Iterable[Node]) -> Iterator[str]:
        before: Node | None = None
        for node in nodes:
            if before:
                yield "\n" if _tight(before, node) else "\n\n"
            match node:
                case Heading(level, text):
                    self._close_lists(0)
                    yield f"{'#' * level} {_as_heading(text)}"
                case Paragraph(text, depth):
                    self._close_lists(depth)
                    yield " " * (self.columns[depth - 1] if depth else 0) + _as_text(text)
                case Item():
                    yield self._item(node)
            before = node

    def _item(self, item: Item) -> str:
        last = self.signs.get(item.depth)
        self._close_lists(item.depth)
        # Another sign is how Markdown tells that a new list begins right after one.
        plain, other = (".", ")") if item.number else ("-", "*")
        sign = (other if last == plain else plain) if item.starts or not last else last
        self.signs[item.depth] = sign
        mark = f"{item.number or ''}{sign} "
        column = self.columns[item.depth - 1] if item.depth else 0
        self.columns.append(column + len(mark))
        return " " * column + mark + _as_text(item.text)

    def _close_lists(self, depth: int) -> None:
        """Of the items at `depth` and deeper none is open any more."""
        del self.columns[depth:]
        self.signs = {at: sign for at, sign in self.signs.items() if at < depth}


def _tight(before: Node, node: Node) -> bool:
    if not isinstance(before, Item) or not isinstance(node, Item):
        return False
    return not node.starts or (node.depth > before.depth and node.number in (None, 1))


def _as_text(text: str) -> str:
    escaped = INLINE.sub(r"\\\g<0>", text)
    return AT_START.sub(lambda found: f"\\{found['sign']}" if found["sign"] else f"{found['number']}\\", escaped)


def _as_heading(text: str) -> str:
    return CLOSING.sub(r"\\\g<0>", INLINE.sub(r"\\\g<0>", text))
