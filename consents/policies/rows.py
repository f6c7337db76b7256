"""What a comparison of two texts is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from consents.notices.blocks import Block
from consents.policies.words import Part


@dataclass(frozen=True)
class Row:
    """One paragraph; folded, several that stayed as they were; moved, one or several that stand elsewhere now.

    `left` is where they stood. `old` is what the paragraph was before, `place` the heading at the other end of a move,
    which both its ends share a number for in `move`.
    """

    fate: Literal["same", "changed", "removed", "added", "folded", "moved", "left"]
    block: Block
    parts: Sequence[Part] = ()
    blocks: Sequence[Block] = ()
    old: Block | None = None
    place: str = ""
    move: int = 0

    @property
    def as_part(self) -> Part:
        """For a paragraph that is new, gone or the same as a whole."""
        if self.fate == "removed" or self.fate == "added":
            return Part(self.fate, self.block.text)
        return Part("same", self.block.text)

    @property
    def all_parts(self) -> Sequence[Part]:
        return self.parts or [self.as_part]

    @property
    def parts_before(self) -> Sequence[Part]:
        return [part for part in self.all_parts if part.fate != "added"]

    @property
    def parts_after(self) -> Sequence[Part]:
        return [part for part in self.all_parts if part.fate != "removed"]

    @property
    def headings(self) -> Sequence[str]:
        """Of what is folded."""
        return [title(block) for block in self.blocks if block.is_heading]

    @property
    def is_renumbered(self) -> bool:
        """A heading or clause that kept its words and counts otherwise now. Items of lists always do."""
        return (
            self.old is not None and self.fate == "same" and not self.block.depth and self.old.mark != self.block.mark
        )


def title(block: Block) -> str:
    return f"{block.mark} {block.text}".strip()
