"""From OKLCH to the light that reaches the eye, by the matrices of CSS Color 4."""

import math
import re
from typing import NamedTuple

NUMBER = r"[\d.]+"


class Colour(NamedTuple):
    lightness: float
    chroma: float
    hue: float


def parse(text: str) -> Colour:
    found = re.fullmatch(rf"oklch\(({NUMBER}) ({NUMBER}) ({NUMBER})\)", text)
    if not found:
        raise ValueError(f"{text} is not oklch(l c h).")
    lightness, chroma, hue = map(float, found.groups())
    return Colour(lightness, chroma, hue)


def linear(colour: Colour) -> tuple[float, float, float]:
    """Red, green and blue, each from 0 to 1, before gamma; what the screen cannot show is cut off."""
    angle = math.radians(colour.hue)
    a, b = colour.chroma * math.cos(angle), colour.chroma * math.sin(angle)
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return _shown(red), _shown(green), _shown(blue)


def _shown(value: float) -> float:
    return min(1.0, max(0.0, value))


def hexadecimal(colour: Colour) -> str:
    return "#" + "".join(f"{round(255 * _gamma(value)):02x}" for value in linear(colour))


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def contrast(one: Colour, other: Colour) -> float:
    """The ratio of WCAG 2: 1 for equal colours, 21 for black on white."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
