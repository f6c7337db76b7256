"""What stayed as it was is folded, but for what a change can not be understood without."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from consents.policies.rows import Row


def fold(rows: Sequence[Row]) -> Iterator[Row]:
    runs = [(same, list(run)) for same, run in groupby(rows, key=lambda row: row.fate == "same")]
    for at, (same, run) in enumerate(runs):
        if not same:
            yield from run
            continue
        following = runs[at + 1][1][0] if at + 1 < len(runs) else None
        shown = _shown(run, following) if following else set()
        for is_shown, group in groupby(enumerate(run), key=lambda item: item[0] in shown):
            stretch = [row for _index, row in group]
            if is_shown:
                yield from stretch
            else:
                yield Row("folded", stretch[0].block, blocks=[row.block for row in stretch])


def _shown(run: Sequence[Row], following: Row) -> set[int]:
    """The headings that the change stands under, and before an item of a list the sentence that announces the list."""
    level = following.block.kind if following.block.is_heading else "h9"
    shown: list[int] = []
    for index in reversed(range(len(run))):
        if run[index].block.is_heading and run[index].block.kind < level:
            level = run[index].block.kind
            shown.append(index)
    if following.block.depth:
        first = shown[0] if shown else 0
        announcing = [index for index in range(first, len(run)) if run[index].block.text.endswith((":", "："))]
        shown += announcing[-1:]
    return set(shown)
