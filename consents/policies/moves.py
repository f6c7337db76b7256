"""What was taken away in one place and put back in another has moved, and is not told twice as gone and as new."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from consents.policies.rows import Row, title
from consents.policies.words import alike, counted, word_by_word

# Shorter paragraphs may be alike by chance.
WORDS = 4
# A paragraph that moved and was rewritten is known by more words, and a larger share of them, than beside one that
# moved the same way.
WORDS_OF_REWRITTEN, ALIKE, ALIKE_BESIDE = 8, 0.8, 0.5
# Pairs; beyond it only paragraphs that kept their words are found.
TOO_MANY = 20_000


def with_moves(rows: Sequence[Row]) -> list[Row]:
    sources = _sources(rows)
    if not sources:
        return list(rows)
    places = list(_places(rows))
    numbers = _numbers(rows, sources)
    judged = list(rows)
    for to, source in sources.items():
        new, old = rows[to].block, rows[source].block
        parts = [] if new.text == old.text else word_by_word(old.text, new.text)
        judged[to] = Row("moved", new, parts, old=old, place=places[source][0], move=numbers[to])
        judged[source] = Row("left", old, place=places[to][1], move=numbers[to])
    return list(_together(judged))


def _sources(rows: Sequence[Row]) -> dict[int, int]:
    """Where what is new at a row stood before: first the same words, then most of them."""
    gone = {at: counted(row.block.text) for at, row in enumerate(rows) if row.fate == "removed"}
    come = {at: counted(row.block.text) for at, row in enumerate(rows) if row.fate == "added"}
    found: dict[int, int] = {}
    by_block: dict[object, list[int]] = {}
    for at, words in gone.items():
        if words.total() >= WORDS or rows[at].block.is_heading:
            by_block.setdefault(rows[at].block, []).append(at)
    taken: set[int] = set()
    for to in come:
        # A short one too, behind what moved.
        beside = found.get(to - 1, -2) + 1
        follows = beside in gone and beside not in taken and rows[beside].block == rows[to].block
        same = [beside] if follows else [at for at in by_block.get(rows[to].block, ()) if at not in taken]
        if same:
            found[to] = same[0]
            taken.add(same[0])
    _add_rewritten(rows, gone, come, found)
    return found


def _add_rewritten(
    rows: Sequence[Row], gone: dict[int, Counter[str]], come: dict[int, Counter[str]], found: dict[int, int]
) -> None:
    left = [at for at in gone if at not in found.values() and gone[at].total() >= WORDS_OF_REWRITTEN]
    new = [to for to in come if to not in found and come[to].total() >= WORDS_OF_REWRITTEN]

    def likeness(at: int, to: int) -> float:
        return alike(gone[at], come[to]) if rows[at].block.kind == rows[to].block.kind else 0

    for to in new:
        beside = found.get(to - 1, -2) + 1
        if beside in left and likeness(beside, to) >= ALIKE_BESIDE:
            found[to] = beside
            left.remove(beside)
    new = [to for to in new if to not in found]
    if len(left) * len(new) > TOO_MANY:
        return
    for to in new:
        best = max(left, key=lambda at: likeness(at, to), default=None)  # used at once
        if best is not None and likeness(best, to) >= ALIKE:
            found[to] = best
            left.remove(best)


def _places(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """For each row the heading it stands under in the older text, and in the newer one; a heading under itself."""
    older = newer = ""
    for row in rows:
        if row.block.is_heading and row.fate != "added":
            older = title(row.old or row.block)
        if row.block.is_heading and row.fate != "removed":
            newer = title(row.block)
        yield older, newer


def _numbers(rows: Sequence[Row], sources: dict[int, int]) -> dict[int, int]:
    """One for each run that moved as a whole, word for word."""
    numbers: dict[int, int] = {}
    for to in sorted(sources):
        same = rows[to].block.text == rows[sources[to]].block.text
        follows = sources.get(to - 1) == sources[to] - 1
        goes_on = same and follows and rows[to - 1].block.text == rows[sources[to - 1]].block.text
        numbers[to] = numbers[to - 1] if goes_on else len(numbers) + 1
    return numbers


def _together(rows: Sequence[Row]) -> Iterator[Row]:
    """What moved word for word is one row, and at the other end all that went to one place."""

    def end(row: Row) -> tuple[str, int | str]:
        return row.fate, row.place if row.fate == "left" else row.move

    for (fate, _end), run in groupby(rows, key=end):
        first, *others = run
        if fate in {"moved", "left"} and others:
            yield replace(first, blocks=[row.block for row in (first, *others)])
        else:
            yield from (first, *others)
