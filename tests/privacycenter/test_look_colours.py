"""Every pair of text and ground that the stylesheets name can be read, in both schemes and on paper."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.privacycenter import oklch
from tests.privacycenter.stylesheets import PORTAL, Rule, rules

READABLE = 4.5
TOLD_APART = 3.0

SPECIFIED = {
    "light": {
        "paper": ".985 .004 95",
        "surface": "1 0 0",
        "ink": ".24 .02 260",
        "muted": ".46 .02 260",
        "line": ".90 .01 260",
        "accent": ".46 .08 195",
        "accent-soft": ".95 .02 195",
        "good": ".48 .11 150",
        "warn": ".95 .05 85",
        "bad": ".50 .18 27",
    },
    "dark": {
        "paper": ".19 .012 260",
        "surface": ".23 .014 260",
        "ink": ".94 .005 260",
        "muted": ".74 .01 260",
        "line": ".34 .01 260",
        "accent": ".80 .10 190",
        "good": ".80 .12 150",
        "bad": ".76 .13 25",
    },
}
# Grounds on which blocks of our pages stand, so on which any text may find itself.
GROUNDS = ("paper", "surface", "band", "accent-soft", "warn", "good-soft", "bad-soft")
MEDIA = {"light": "", "dark": "@media (prefers-color-scheme: dark)", "print": "@media print"}


def palette(scheme: str) -> dict[str, oklch.Colour]:
    """The colours of a scheme; dark and print say only what differs from light."""
    colours: dict[str, oklch.Colour] = {}
    for rule in rules("tokens.css", "print.css"):
        if rule.selector == ":root" and rule.media in {"", MEDIA[scheme]}:
            for name, value in rule.declarations:
                if value.startswith("oklch("):
                    colours[name.removeprefix("--")] = oklch.parse(value)
    return colours


def token(value: str | None) -> str | None:
    found = re.fullmatch(r"var\(--([\w-]+)\)", value or "")
    return found[1] if found else None


def pairs(rule: Rule) -> Iterator[tuple[str, str]]:
    """The names of text and ground that meet because of this rule."""
    text, ground = token(rule.value("color")), token(rule.value("background", "background-color"))
    if text and ground:
        yield text, ground
    elif text and not text.startswith("on-"):
        yield from ((text, each) for each in GROUNDS)
    elif ground and carries_text(rule):
        yield from (("ink", ground), ("muted", ground))


def carries_text(rule: Rule) -> bool:
    """Shapes drawn before a word carry none, nor does the white behind a picture."""
    return "::before" not in rule.selector and rule.selector != ".qr"


@pytest.mark.parametrize("scheme", MEDIA)
def test_every_text_can_be_read_on_its_ground(scheme: str) -> None:
    colours = palette(scheme)
    met = {pair for rule in rules(*PORTAL) for pair in pairs(rule)}
    assert len(met) > 20
    pale = {
        f"{text} on {ground}: {ratio:.2f}"
        for text, ground in met
        if (ratio := oklch.contrast(colours[text], colours[ground])) < READABLE
    }
    assert not pale


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edge_of_a_control_and_the_focus_ring_are_told_from_the_ground(scheme: str) -> None:
    colours = palette(scheme)
    for shape in ("edge", "accent", "bad"):
        for ground in ("paper", "surface", "band"):
            assert oklch.contrast(colours[shape], colours[ground]) >= TOLD_APART, (shape, ground)


@pytest.mark.parametrize("scheme", SPECIFIED)
def test_the_colours_are_those_that_were_chosen(scheme: str) -> None:
    colours = palette(scheme)
    for name, numbers in SPECIFIED[scheme].items():
        assert colours[name] == oklch.parse(f"oklch({numbers})"), name


def test_the_measure_tells_black_on_white_from_grey_on_white() -> None:
    white, black, grey = oklch.Colour(1, 0, 0), oklch.Colour(0, 0, 0), oklch.Colour(0.7, 0, 0)
    assert oklch.contrast(white, black) == pytest.approx(21, abs=0.01)
    assert oklch.contrast(white, white) == pytest.approx(1)
    assert oklch.contrast(white, grey) < READABLE


def test_a_rule_that_pairs_pale_colours_is_noticed() -> None:
    pale = Rule((), ".x", (("color", "var(--line)"), ("background", "var(--paper)")))
    assert list(pairs(pale)) == [("line", "paper")]
    colours = palette("light")
    assert oklch.contrast(colours["line"], colours["paper"]) < READABLE


def test_colours_are_named_once_and_used_by_name() -> None:
    strays = [
        (rule.selector, name, value)
        for rule in rules(*PORTAL)
        if rule.selector != ":root"
        for name, value in rule.declarations
        if re.search(r"oklch\(|rgb|hsl|#[0-9a-f]{3}", value)
    ]
    assert not strays


def test_mails_and_the_icon_have_the_ink_and_accent_of_the_pages() -> None:
    known = {oklch.hexadecimal(colour) for colour in palette("light").values()} | {"#fff"}
    files = [
        *(settings.BASE_DIR / "templates" / "mail").glob("*.html"),
        settings.BASE_DIR / "static" / "img" / "mark.svg",
    ]
    used = {colour for file in files for colour in re.findall(r"#[0-9a-f]{3,6}\b", file.read_text(encoding="utf-8"))}
    assert used
    assert used <= known


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_staff_area_can_be_read_too(scheme: str) -> None:
    colours = {
        name: oklch.parse(halves[scheme == "dark"])
        for rule in rules("admin.css")
        for name, value in rule.declarations
        if (halves := re.findall(r"oklch\([^)]*\)", value))
    }
    for text in ("--ink", "--muted", "--teal", "--teal-deep", "--red"):
        for ground in ("--paper", "--surface", "--band", "--teal-soft", "--green-soft", "--red-soft", "--warn-ground"):
            assert oklch.contrast(colours[text], colours[ground]) >= READABLE, (text, ground)
    for ground in ("--teal", "--teal-deep", "--red", "--red-deep"):
        assert oklch.contrast(colours["--on-teal"], colours[ground]) >= READABLE, ground
