"""Sums as bars: whole numbers for an SVG that the page itself draws, so that no script is needed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from consents.choices.models import Decision
from consents.desk.rates import Sums


@dataclass(frozen=True)
class Part:
    decision: str
    y: int
    height: int


@dataclass(frozen=True)
class Bar:
    sums: Sums
    label: str | Promise
    x: int
    width: int
    parts: Sequence[Part]


@dataclass(frozen=True)
class Chart:
    """`top` is the number at the upper edge, on a scale that ends in a round one."""

    bars: Sequence[Bar]
    width: int
    height: int
    top: int

    @property
    def is_empty(self) -> bool:
        return not any(bar.sums.total for bar in self.bars)


def chart(slots: Sequence[Sums], *, width: int, height: int, top: int = 0) -> Chart:
    top = top or round_up(max((sums.total for sums in slots), default=0))
    step = width // max(len(slots), 1)
    gap = max(step // 5, 1)
    bars = [
        Bar(sums, sums.label, number * step, step - gap, _stack(sums, height, top)) for number, sums in enumerate(slots)
    ]
    return Chart(bars, width, height, top)


def round_up(number: int) -> int:
    """To 1, 2 or 5 times a power of ten."""
    power = 10 ** max(len(str(number)) - 1, 0)
    return next(step * power for step in (1, 2, 5, 10) if number <= step * power)


def _stack(sums: Sums, height: int, top: int) -> list[Part]:
    """From the ground up. What was said at all is seen, however few said it."""
    parts, ground = [], height
    for decision in Decision.values:
        if count := sums.counts[decision]:
            tall = max(round(height * count / top), 2)
            ground -= tall
            parts.append(Part(decision, ground, tall))
    return parts
