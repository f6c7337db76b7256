"""A Markdown text as a row of paragraphs without marks: to be compared, or read in the plain part of a mail."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it.token import Token

from consents.notices.markdown import parse


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, cell of a table, or item of a list, `depth` lists deep.

    `mark` is what an item begins with. Blocks are equal whatever number an item got.
    """

    kind: str
    text: str
    mark: str = field(default="", compare=False)
    depth: int = field(default=0, compare=False)

    @property
    def is_heading(self) -> bool:
        return self.kind.startswith("h")


@dataclass
class OpenList:
    # None in a list with bullets.
    number: int | None
    # Of the item that was opened last, until its first paragraph has it.
    mark: str = ""

    def next_item(self) -> None:
        self.number = None if self.number is None else self.number + 1
        self.mark = "•" if self.number is None else f"{self.number}."

    def take_mark(self) -> str:
        mark, self.mark = self.mark, ""
        return mark


def blocks(body: str, *, with_addresses: bool = False) -> Iterator[Block]:
    kinds: list[str] = []
    lists: list[OpenList] = []
    for token in parse(body):
        match token.type:
            case "ordered_list_open":
                lists.append(OpenList(int(token.attrs.get("start", 1)) - 1))
            case "bullet_list_open":
                lists.append(OpenList(None))
            case "ordered_list_close" | "bullet_list_close":
                lists.pop()
            case "list_item_open":
                lists[-1].next_item()
            case "inline" | "fence" | "code_block":
                text = plain(token, with_addresses=with_addresses)
                yield _block(kinds[-1] if kinds else "p", text, lists)
        if token.nesting == 1:
            kinds.append(token.tag)
        elif token.nesting == -1:
            kinds.pop()


def _block(kind: str, text: str, lists: list[OpenList]) -> Block:
    if not lists or kind.startswith("h"):
        return Block(kind, text)
    return Block("li", text, lists[-1].take_mark(), len(lists))


def plain(token: Token, *, with_addresses: bool = False) -> str:
    """The words of a run of text, without what makes them bold or a link."""
    if token.children is None:
        return token.content.strip()
    words: list[str] = []
    address = ""
    for child in token.children:
        match child.type:
            case "softbreak" | "hardbreak":
                words.append(" ")
            case "link_open":
                address = str(child.attrs["href"])
            case "link_close" if with_addresses and words[-1:] != [address]:
                words.append(f" <{address}>")
            case _:
                words.append(child.content)
    return "".join(words).strip()


def to_text(body: str) -> str:
    lines: list[str] = []
    before: Block | None = None
    for block in blocks(body, with_addresses=True):
        if before and not (before.depth and block.depth and block.mark):
            lines.append("")
        indent = "   " * (block.depth - 1) + ("" if block.mark else "   ") if block.depth else ""
        lines.append(indent + (f"{block.mark} " if block.mark else "") + block.text)
        if block.is_heading:
            lines.append("-" * len(block.text))
        before = block
    return "\n".join(lines)
