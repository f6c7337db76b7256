"""Two wordings of a paragraph, word by word."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

# Languages that put no spaces between words are compared sign by sign.
SIGNS = "\u3040-\u30ff\u3400-\u9fff"
WORD = re.compile(rf"[{SIGNS}]|(?:[^\W{SIGNS}]|(?<=\w)['’](?=\w))+|\s+|[^\w\s]")
# Pairs of words; beyond it a comparison would take seconds and nobody could read it.
TOO_MANY = 4_000_000

type Fate = Literal["same", "removed", "added"]


@dataclass(frozen=True)
class Part:
    """A run of words."""

    fate: Fate
    text: str

    @property
    def words(self) -> str:
        return self.text.strip()

    @property
    def space_before(self) -> str:
        """Around a change, not in it: a space that is underlined or struck looks like a slip."""
        return self.text[: len(self.text) - len(self.text.lstrip())]

    @property
    def space_after(self) -> str:
        return self.text[len(self.text.rstrip()) :] if self.words else ""


def counted(text: str) -> Counter[str]:
    return Counter(word for word in WORD.findall(text) if word[0].isalnum())


def alike(one: Counter[str], two: Counter[str]) -> float:
    """The share of words that both have: 0 to 1."""
    return 2 * (one & two).total() / ((one.total() + two.total()) or 1)


def word_by_word(before: str, after: str) -> list[Part]:
    old, new = WORD.findall(before), WORD.findall(after)
    if len(old) * len(new) > TOO_MANY:
        return [Part("removed", before), Part("added", after)]
    spans = [
        (tag == "equal", "".join(old[i1:i2]), "".join(new[j1:j2]))
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    ]
    return list(_parts(spans))


def _parts(spans: Sequence[tuple[bool, str, str]]) -> Iterator[Part]:
    """A lone word that stayed between two changes is taken into them: fewer, longer changes read better."""
    last = len(spans) - 1
    judged = [(same and (at in {0, last} or _holds(spans, at)), old, new) for at, (same, old, new) in enumerate(spans)]
    for same, run in groupby(judged, key=lambda span: span[0]):
        olds, news = zip(*((old, new) for _same, old, new in run), strict=True)
        if same:
            yield Part("same", "".join(news))
            continue
        if any(olds):
            yield Part("removed", "".join(olds))
        if any(news):
            yield Part("added", "".join(news))


def _holds(spans: Sequence[tuple[bool, str, str]], at: int) -> bool:
    """Long enough to stand by itself between two changes: two words between small ones, more between large ones."""
    length = counted(spans[at][1]).total()
    around = min(max(counted(text).total() for text in spans[beside][1:]) for beside in (at - 1, at + 1))
    return length > 1 and (length > 3 or around < 2 * length)
