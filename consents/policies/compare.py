"""Two texts compared paragraph by paragraph, and changed paragraphs word by word."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from consents.notices.blocks import Block, blocks
from consents.policies.fold import fold
from consents.policies.moves import with_moves
from consents.policies.rows import Row
from consents.policies.words import alike, counted, word_by_word

# From this share of common words on, two paragraphs are one that was rewritten.
ALIKE = 0.5
# How far down the rewritten paragraph is looked for.
NEAR = 8
# What a heading counts by ("3.", "2.1", "IV.", "b)"), and what a clause does ("2.1").
HEADING_NUMBER = re.compile(r"((?:\d+(?:\.\d+)*[.)]?|§+ ?\d+\w?\.?|[IVXLC]+[.)]|[A-Za-z][.)]))\s+(?=\S)")
CLAUSE_NUMBER = re.compile(r"(\d+(?:\.\d+)+\.?)\s+(?=\S)")


@dataclass(frozen=True)
class Comparison:
    rows: Sequence[Row]
    renumbered: int = 0

    def count(self, fate: str) -> int:
        return sum(len(row.blocks) or 1 for row in self.rows if row.fate == fate)

    @property
    def changed(self) -> int:
        return self.count("changed")

    @property
    def added(self) -> int:
        return self.count("added")

    @property
    def removed(self) -> int:
        return self.count("removed")

    @property
    def moved(self) -> int:
        return self.count("moved")

    @property
    def is_equal(self) -> bool:
        return not (self.changed or self.added or self.removed or self.moved or self.renumbered)


def compare(old: str, new: str) -> Comparison:
    """Both in Markdown."""
    before, after = ([_numbered(block) for block in blocks(text)] for text in (old, new))
    matched = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    elsewhere = {block for tag, i1, i2, _j1, _j2 in matched if tag != "equal" for block in before[i1:i2]}
    elsewhere &= {block for tag, _i1, _i2, j1, j2 in matched if tag != "equal" for block in after[j1:j2]}
    rows: list[Row] = []
    for tag, i1, i2, j1, j2 in matched:
        if tag == "equal":
            pairs = zip(before[i1:i2], after[j1:j2], strict=True)
            rows += [Row("same", block, old=was) for was, block in pairs]
        else:
            rows += _rewritten(before[i1:i2], after[j1:j2], elsewhere)
    return Comparison(list(fold(with_moves(rows))), sum(row.is_renumbered for row in rows))


def _numbered(block: Block) -> Block:
    """What a heading counts by becomes its mark, so that it stays the same where others came before it."""
    pattern = HEADING_NUMBER if block.is_heading else CLAUSE_NUMBER
    found = None if block.mark else pattern.match(block.text)
    return replace(block, mark=found[1], text=block.text[found.end() :]) if found else block


def _rewritten(before: Sequence[Block], after: Sequence[Block], elsewhere: Collection[Block]) -> Iterator[Row]:
    """Paragraphs that took the place of others, each beside the one it came from, unless that stands elsewhere now."""
    olds, news = ([counted(block.text) for block in each] for each in (before, after))

    def likeness(i: int, j: int) -> float:
        fits = before[i].kind == after[j].kind and after[j] not in elsewhere
        return alike(olds[i], news[j]) if fits else 0

    at = 0
    for i, block in enumerate(before):
        near = range(at, min(at + NEAR, len(after)))
        best = None if block in elsewhere else max(near, key=lambda j: likeness(i, j), default=None)  # used at once
        if best is None or likeness(i, best) < ALIKE:
            yield Row("removed", block)
            continue
        yield from (Row("added", extra) for extra in after[at:best])
        yield Row("changed", after[best], word_by_word(block.text, after[best].text), old=block)
        at = best + 1
    yield from (Row("added", extra) for extra in after[at:])
