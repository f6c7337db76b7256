"""A plain text as people type it, cut into pieces: what stands alone, what is indented, what begins with a mark.

Nothing is judged here. Whether "1." opens a part or an item is decided in `import_text`, which sees the neighbours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

ROMAN = re.compile(r"(?=[ivxl])(?:xl|l?x{0,3})(?:ix|iv|v?i{0,3})$", re.IGNORECASE)
ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50}
SPACES = re.compile(r"[ \t]+")
RULE = re.compile(r"^[-=_*~#]{3,}$")
# Columns; a heading that shares its block with text is shorter than a line of text.
HEADING_LINE = 60
MARKS = (
    ("dotted", re.compile(r"^(?P<token>\d{1,2}(?:\.\d{1,2}){1,3})(?P<close>[.):]?)\s+(?=\S)")),
    ("decimal", re.compile(r"^(?P<token>\d{1,3})(?P<close>[.)）、])(?:\s+|(?=[^\W\d]))(?=\S)")),
    ("decimal", re.compile(r"^\((?P<token>\d{1,3})(?P<close>\))\s+(?=\S)")),
    ("letters", re.compile(r"^(?P<token>[a-z]|[ivxl]{2,6}|[A-Z]|[IVXL]{2,6})(?P<close>[.)）])\s+(?=\S)")),
    ("letters", re.compile(r"^\((?P<token>[a-z]|[ivxl]{2,6}|[A-Z])(?P<close>\))\s+(?=\S)")),
    ("bullet", re.compile(r"^(?P<token>[-–—*•·▪◦‣])(?P<close>)\s+(?=\S)")),
)


@dataclass(frozen=True)
class Mark:
    """What a line begins with: "1.", "IV.", "2.3", "b)", "•"."""

    kind: str
    close: str
    number: int
    token: str
    width: int

    @property
    def opens(self) -> bool:
        return self.number == 1


@dataclass(frozen=True)
class Piece:
    """A paragraph, a heading or an item. `alone`: on one line by itself, the way headings stand."""

    text: str
    indent: int = 0
    mark: Mark | None = None
    alone: bool = False
    after_gap: bool = True

    @property
    def whole(self) -> str:
        """The text with the mark that was taken from it."""
        return f"{self.mark.token}{self.mark.close} {self.text}" if self.mark else self.text


class MarkReader:
    """Reads the mark of a line. Remembers the last numbers: "V." after "IV." is five, after "U." a letter."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], int] = {}

    def read(self, line: str, *, strict: bool = False) -> Mark | None:
        """`strict`, in the middle of a block: only a number that begins or continues a count is a mark."""
        for kind, pattern in MARKS:
            if not (match := pattern.match(line)):
                continue
            token, close = match["token"], match["close"]
            for reading, number in self._readings(kind, token, close):
                before = self._last.get((reading, close))
                if kind == "letters" or strict:
                    plausible = number == 1 or number - 1 == before or (len(token) > 1 and not strict)
                else:
                    plausible = True
                if plausible:
                    self._last[reading, close] = number
                    return Mark(reading, close, number, token, match.end())
        return None

    def _readings(self, kind: str, token: str, close: str) -> list[tuple[str, int]]:
        """What the token may mean, likeliest first: "i" is one unless "h" came before it."""
        if kind == "bullet":
            return [(kind, 1)]
        if kind != "letters":
            return [(kind, int(token.rsplit(".", 1)[-1]))]
        case = "upper" if token.isupper() else "lower"
        readings = [(f"roman-{case}", roman_value(token))] if ROMAN.match(token) else []
        if len(token) == 1:
            letter = (f"letter-{case}", ord(token.lower()) - ord("a") + 1)
            continues = self._last.get((letter[0], close)) == letter[1] - 1
            readings.insert(0 if continues else len(readings), letter)
        return readings


def roman_value(token: str) -> int:
    values = [ROMAN_VALUES[letter] for letter in token.lower()]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))


def pieces(text: str) -> Iterator[Piece]:
    marks = MarkReader()
    for block in blocks(text):
        yield from _cut(block, marks)


def blocks(text: str) -> Iterator[list[str]]:
    """Runs of lines that no blank line interrupts. A drawn rule (-----) parts as a blank line does."""
    block: list[str] = []
    for line in text.split("\n"):
        if line.strip() and not RULE.match(line.strip()):
            block.append(line.expandtabs(4).rstrip())
        elif block:
            yield block
            block = []
    if block:
        yield block


def _cut(block: list[str], marks: MarkReader) -> Iterator[Piece]:
    """One piece per mark in the block; what follows unmarked is the rest of a wrapped paragraph."""
    widest = max(len(line) for line in block)
    current: Piece | None = None
    rest: list[str] = []
    for position, line in enumerate(block):
        bare = line.strip()
        mark = None
        if current is None or _may_begin(current, rest):
            mark = marks.read(bare, strict=current is not None)
        if current and not mark and not (position == 1 and _breaks_on_purpose(block, widest)):
            rest.append(_spaced(bare))
            continue
        if current:
            yield _joined(current, rest)
        indent = len(line) - len(line.lstrip())
        current = Piece(
            _spaced(bare[mark.width :] if mark else bare), indent, mark, alone=True, after_gap=position == 0
        )
        rest = []
    if current:
        yield _joined(current, rest)


def _joined(piece: Piece, rest: list[str]) -> Piece:
    return replace(piece, text=" ".join([piece.text, *rest]), alone=not rest)


def _spaced(text: str) -> str:
    return SPACES.sub(" ", text.strip())


def _may_begin(current: Piece, rest: list[str]) -> bool:
    """In the middle of a block a mark counts after an item or a stop; else a wrapped "12. May" would become one."""
    return current.mark is not None or (rest or [current.text])[-1].endswith((":", ";", "."))


def _breaks_on_purpose(block: list[str], widest: int) -> bool:
    """True if the second line's first word had room on the first: a heading typed right above its text."""
    first, second = block[0], block[1].strip()
    room = widest - len(first) > len(second.split(maxsplit=1)[0])
    return room and len(first) < HEADING_LINE and not first.endswith((".", ",", ";", ":")) and second[0].isupper()
