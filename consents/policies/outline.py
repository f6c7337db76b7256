"""Which pieces of a plain text are parts, which are items of lists, and how deep: judged by what stands around them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from consents.policies.plain_text import Mark, Piece

# Longer lines are sentences, not headings.
HEADING_WORDS = 12
HEADING_LENGTH = 100
# Screen readers' outlines get lost in deeper ones.
DEEPEST_HEADING = 4
DEEPEST_LIST = 4
# How far a part's number may be off and still be a slip of the pen; "12. November" after part 3 is a date.
SLIP = 2


@dataclass(frozen=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """`depth`: inside how many list items it stands."""

    text: str
    depth: int = 0


@dataclass(frozen=True)
class Item:
    """`number` is None in a bulleted list; `starts` is true for the first of a list."""

    depth: int
    text: str
    number: int | None
    starts: bool


type Node = Heading | Paragraph | Item


@dataclass
class OpenList:
    mark: Mark
    indent: int
    count: int

    def goes_on_with(self, mark: Mark, indent: int) -> bool:
        """True for the next number. A repeated one counts on too (all "1."), unless it is indented: that nests."""
        if (mark.kind, mark.close) != (self.mark.kind, self.mark.close):
            return False
        if mark.number == self.mark.number:
            return self.indent - 1 <= indent <= self.indent + 1
        return mark.number == self.mark.number + 1


@dataclass
class Outline:
    # The level of a heading written in a style: kind of number, its close, its indent.
    styles: dict[tuple[str, str, int], int] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    level: int = 1
    lists: list[OpenList] = field(default_factory=list)

    def read(self, pieces: Sequence[Piece]) -> Iterator[Node]:
        around = zip([None, *pieces], pieces, [*pieces[1:], None], strict=False)
        for before, piece, after in around:
            yield self._heading(before, piece, after) or self._item(before, piece) or self._paragraph(piece)

    # Headings

    def _heading(self, before: Piece | None, piece: Piece, after: Piece | None) -> Heading | None:
        if after is None or not stands_alone(piece):
            return None
        if piece.mark is None:
            if not _opens_unnumbered(before, piece, after) or (self.lists and piece.indent > self.lists[-1].indent):
                return None
            self.lists.clear()
            return Heading(3 if self.counts else 2, piece.text)
        if _follows(before, piece) or _follows(piece, after):
            return None
        level = self._dotted_level(piece.mark) if piece.mark.kind == "dotted" else self._level(piece.mark, piece.indent)
        if level is None:
            return None
        self.lists.clear()
        return Heading(level, f"{self._number(level)} {piece.text.removesuffix('.')}")

    def _dotted_level(self, mark: Mark) -> int | None:
        """ "2.1" belongs under part 2; "12.03.24" is a date."""
        numbers = mark.token.split(".")
        fits = abs(int(numbers[0]) - self.counts.get(2, 0)) <= SLIP and len(numbers) < DEEPEST_HEADING
        return len(numbers) + 1 if fits else None

    def _level(self, mark: Mark, indent: int) -> int | None:
        if mark.close != ".":
            return None
        style = (mark.kind, mark.close, indent)
        if known := self.styles.get(style):
            next_number = self.counts.get(known, 0) + 1
            return known if mark.opens or abs(mark.number - next_number) <= SLIP else None
        if mark.opens:
            level = min(self.level + 1, DEEPEST_HEADING)
        else:
            # "IV." after parts 1, 1, 1: another hand, the same count.
            level = next((at for at, count in sorted(self.counts.items()) if count + 1 == mark.number), 0)
        if level:
            self.styles[style] = level
        return level or None

    def _number(self, level: int) -> str:
        self.counts = {at: count for at, count in self.counts.items() if at <= level}
        self.counts[level] = self.counts.get(level, 0) + 1
        self.level = level
        number = ".".join(str(self.counts[at]) for at in sorted(self.counts))
        return number if "." in number else f"{number}."

    # Lists and paragraphs

    def _item(self, before: Piece | None, piece: Piece) -> Item | None:
        mark = piece.mark
        # A clause "2.3" is known by that number and keeps it in its paragraph.
        if mark is None or mark.kind == "dotted":
            return None
        for depth in reversed(range(len(self.lists))):
            found = self.lists[depth]
            if found.goes_on_with(mark, piece.indent):
                del self.lists[depth + 1 :]
                self.lists[depth] = OpenList(mark, found.indent, found.count + 1)
                return Item(depth, piece.text, None if mark.kind == "bullet" else found.count + 1, starts=False)
        depth = self._depth(before, piece)
        del self.lists[depth:]
        self.lists.append(OpenList(mark, piece.indent, mark.number))
        return Item(depth, piece.text, None if mark.kind == "bullet" else mark.number, starts=True)

    def _depth(self, before: Piece | None, piece: Piece) -> int:
        announced = before is not None and before.mark is not None and before.text.endswith(":")
        depth = len(self.lists) if announced else sum(open_list.indent < piece.indent for open_list in self.lists)
        return min(depth, len(self.lists), DEEPEST_LIST - 1)

    def _paragraph(self, piece: Piece) -> Paragraph:
        depth = sum(open_list.indent < piece.indent for open_list in self.lists)
        del self.lists[depth:]
        return Paragraph(piece.whole, depth)


def stands_as_title(pieces: Sequence[Piece]) -> bool:
    return len(pieces) > 1 and pieces[0].mark is None and stands_alone(pieces[0]) and not pieces[0].text.endswith(".")


def stands_alone(piece: Piece) -> bool:
    """The way headings do: one short line with a gap above that announces nothing."""
    short = len(piece.text) <= HEADING_LENGTH and len(piece.text.split()) <= HEADING_WORDS
    return piece.alone and piece.after_gap and short and not piece.text.endswith((",", ";", ":"))


def _opens_unnumbered(before: Piece | None, piece: Piece, after: Piece) -> bool:
    """A short line with text below. Several in a row are an address or a signature, not headings."""
    lone = not _like_heading(after) and not (before and _like_heading(before))
    return lone and _like_heading(piece)


def _like_heading(piece: Piece) -> bool:
    bare = piece.mark is None and stands_alone(piece)
    return bare and (piece.text[0].isupper() or piece.text[0].isdigit()) and not piece.text.endswith((".", "!"))


def _follows(one: Piece | None, two: Piece) -> bool:
    """Neighbours that count on are items of one list."""
    if one is None or one.mark is None or two.mark is None:
        return False
    same = (one.mark.kind, one.mark.close) == (two.mark.kind, two.mark.close)
    return same and two.mark.number == one.mark.number + 1
