"""Two texts compared paragraph by paragraph, and changed paragraphs word by word."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from consents.notices.blocks import Block, blocks

# Languages that put no spaces between words are compared sign by sign.
SIGNS = "\u3040-\u30ff\u3400-\u9fff"
WORD = re.compile(rf"[{SIGNS}]|(?:[^\W{SIGNS}]|(?<=\w)['’](?=\w))+|\s+|[^\w\s]")
# From this share of common words on, two paragraphs are one that was rewritten.
ALIKE = 0.5
# How far down the rewritten paragraph is looked for.
NEAR = 8
# Pairs of words; beyond it a comparison would take seconds and nobody could read it.
TOO_MANY = 4_000_000


type Fate = Literal["same", "removed", "added"]


@dataclass(frozen=True)
class Part:
    """A run of words."""

    fate: Fate
    text: str


@dataclass(frozen=True)
class Row:
    """One paragraph, or, folded, several that stayed as they were."""

    fate: Literal["same", "changed", "removed", "added", "folded"]
    block: Block
    parts: Sequence[Part] = ()
    blocks: Sequence[Block] = ()

    @property
    def as_part(self) -> Part:
        """For a paragraph that is new, gone or the same as a whole."""
        fate = self.fate if self.fate in {"removed", "added"} else "same"
        return Part(fate, self.block.text)


@dataclass(frozen=True)
class Comparison:
    rows: Sequence[Row]

    def count(self, fate: str) -> int:
        return sum(row.fate == fate for row in self.rows)

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
    def is_equal(self) -> bool:
        return not (self.changed or self.added or self.removed)


def compare(old: str, new: str) -> Comparison:
    """Both in Markdown."""
    before, after = list(blocks(old)), list(blocks(new))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    rows: list[Row] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            rows += [Row("same", block) for block in after[j1:j2]]
        else:
            rows += _rewritten(before[i1:i2], after[j1:j2])
    return Comparison(list(_fold(rows)))


def _rewritten(before: Sequence[Block], after: Sequence[Block]) -> Iterator[Row]:
    """Paragraphs that took the place of others, each beside the one it came from."""
    at = 0
    for block in before:
        near = range(at, min(at + NEAR, len(after)))
        best = max(near, key=lambda index: _alike(block, after[index]), default=None)
        if best is None or _alike(block, after[best]) < ALIKE:
            yield Row("removed", block)
            continue
        yield from (Row("added", extra) for extra in after[at:best])
        yield _changed(block, after[best])
        at = best + 1
    yield from (Row("added", extra) for extra in after[at:])


def _alike(one: Block, two: Block) -> float:
    if one.kind != two.kind:
        return 0
    a, b = (Counter(word for word in WORD.findall(block.text) if word[0].isalnum()) for block in (one, two))
    return 2 * (a & b).total() / ((a.total() + b.total()) or 1)


def _changed(before: Block, after: Block) -> Row:
    old, new = WORD.findall(before.text), WORD.findall(after.text)
    if len(old) * len(new) > TOO_MANY:
        return Row("changed", after, [Part("removed", before.text), Part("added", after.text)])
    spans = [
        (tag == "equal", "".join(old[i1:i2]), "".join(new[j1:j2]))
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    ]
    return Row("changed", after, list(_parts(spans)))


def _parts(spans: Sequence[tuple[bool, str, str]]) -> Iterator[Part]:
    """A lone word that stayed between two changes is taken into them: fewer, longer changes read better."""
    last = len(spans) - 1
    judged = [(same and (at in {0, last} or _holds(old)), old, new) for at, (same, old, new) in enumerate(spans)]
    for same, run in groupby(judged, key=lambda span: span[0]):
        olds, news = zip(*((old, new) for _same, old, new in run), strict=True)
        if same:
            yield Part("same", "".join(news))
            continue
        if any(olds):
            yield Part("removed", "".join(olds))
        if any(news):
            yield Part("added", "".join(news))


def _holds(text: str) -> bool:
    """Long enough to stand by itself between two changes."""
    return sum(word[0].isalnum() for word in WORD.findall(text)) > 1


def _fold(rows: Sequence[Row]) -> Iterator[Row]:
    """What stayed is folded, but for the heading that a change stands under."""
    runs = [(same, list(run)) for same, run in groupby(rows, key=lambda row: row.fate == "same")]
    for at, (same, run) in enumerate(runs):
        if not same:
            yield from run
            continue
        headings = [index for index, row in enumerate(run) if row.block.is_heading]
        shown = headings[-1] if headings and at < len(runs) - 1 else len(run)
        yield from _folded(run[:shown])
        yield from run[shown : shown + 1]
        yield from _folded(run[shown + 1 :])


def _folded(run: Sequence[Row]) -> Iterator[Row]:
    if run:
        yield Row("folded", run[0].block, blocks=[row.block for row in run])
