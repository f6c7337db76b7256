"""Two texts compared paragraph by paragraph, and changed paragraphs word by word."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property

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
            rows += Rewriting(before[i1:i2], after[j1:j2], elsewhere).rows()
    return Comparison(list(fold(with_moves(rows))), sum(row.is_renumbered for row in rows))


def _numbered(block: Block) -> Block:
    """What a heading counts by becomes its mark, so that it stays the same where others came before it."""
    pattern = HEADING_NUMBER if block.is_heading else CLAUSE_NUMBER
    found = None if block.mark else pattern.match(block.text)
    return replace(block, mark=found[1], text=block.text[found.end() :]) if found else block


@dataclass(frozen=True)
class Rewriting:
    """Paragraphs that took the place of others, each beside the one it came from, unless that stands elsewhere now."""

    before: Sequence[Block]
    after: Sequence[Block]
    elsewhere: Collection[Block]

    @cached_property
    def words(self) -> tuple[list[Counter[str]], list[Counter[str]]]:
        olds, news = ([counted(block.text) for block in each] for each in (self.before, self.after))
        return olds, news

    def likeness(self, i: int, j: int) -> float:
        old, new = self.before[i], self.after[j]
        if old.kind != new.kind or old in self.elsewhere or new in self.elsewhere:
            return 0
        share = alike(self.words[0][i], self.words[1][j])
        # Part 3 that is called otherwise now is still part 3, where nothing else can be.
        same_number = old.is_heading and old.mark and old.mark == new.mark
        return max(share, ALIKE) if same_number else share

    def rows(self) -> Iterator[Row]:
        """Part by part, so that a part that was written anew stands below its old text."""
        i = j = 0
        for i2, j2 in [*self._parts(), (len(self.before), len(self.after))]:
            yield from self._part(range(i, i2), range(j, j2))
            i, j = i2, j2

    def _parts(self) -> Iterator[tuple[int, int]]:
        """Where the same part begins in both."""
        news = [j for j, block in enumerate(self.after) if block.is_heading]
        for i, block in enumerate(self.before):
            if block.is_heading and (best := self._best(i, news[:NEAR])) is not None:
                yield i, best
                news = [j for j in news if j > best]

    def _part(self, olds: range, news: range) -> Iterator[Row]:
        at = news.start
        for i in olds:
            best = self._best(i, range(at, min(at + NEAR, news.stop)))
            if best is None:
                yield Row("removed", self.before[i])
                continue
            yield from (Row("added", self.after[j]) for j in range(at, best))
            old, new = self.before[i], self.after[best]
            yield Row("changed", new, word_by_word(old.text, new.text), old=old)
            at = best + 1
        yield from (Row("added", self.after[j]) for j in range(at, news.stop))

    def _best(self, i: int, candidates: Iterable[int]) -> int | None:
        best = max(candidates, key=lambda j: self.likeness(i, j), default=None)
        return best if best is not None and self.likeness(i, best) >= ALIKE else None
