"""The stylesheets stay small, layered, of logical properties, and leave focus visible."""

import gzip
import re
from pathlib import Path

from django.conf import settings

from tests.privacycenter.stylesheets import FOLDER, PORTAL, Rule, rules

LAYERS = ["reset", "tokens", "base", "layout", "parts", "print"]
# As much as a small photograph's thumbnail: it is read on every first visit, also over a slow line.
LARGEST, LARGEST_PACKED = 40_000, 10_000

SIDES = r"(left|right|top|bottom)"
PHYSICAL = re.compile(
    rf"((margin|padding|border)-{SIDES}(-.*)?|{SIDES}|(min-|max-)?(width|height)|overflow-[xy]|border-.*-{SIDES}-radius)"
)
# The two names without a logical equivalent that browsers know widely.
NO_EQUIVALENT = {"overflow-x", "overflow-y"}


def is_physical(name: str, value: str) -> bool:
    if name in {"text-align", "float", "clear"}:
        return value in {"left", "right"}
    return bool(PHYSICAL.fullmatch(name)) and name not in NO_EQUIVALENT


def everything() -> list[Rule]:
    return rules(*PORTAL, "admin.css")


def test_only_logical_properties_so_that_pages_turn_with_the_script() -> None:
    assert not [
        (rule.selector, name) for rule in everything() for name, value in rule.declarations if is_physical(name, value)
    ]


def test_a_physical_property_would_be_noticed() -> None:
    for name, value in (("margin-left", "1rem"), ("width", "10rem"), ("text-align", "right"), ("top", "0")):
        assert is_physical(name, value)
    for name, value in (("margin-inline-start", "1rem"), ("inline-size", "10rem"), ("text-align", "end")):
        assert not is_physical(name, value)


def test_every_rule_of_the_portal_is_in_a_layer_and_the_first_file_orders_them() -> None:
    assert {rule.layer for rule in rules(*PORTAL)} == set(LAYERS)
    order = re.search(r"@layer ([^;{]+);", (FOLDER / PORTAL[0]).read_text(encoding="utf-8"))
    assert order
    assert order[1].split(", ") == LAYERS


def test_the_stylesheets_stay_small() -> None:
    together = b"".join((FOLDER / name).read_bytes() for name in PORTAL)
    assert len(together) < LARGEST
    assert len(gzip.compress(together)) < LARGEST_PACKED


def classes(rule: Rule) -> set[str]:
    return set(re.findall(r"\.([a-z][\w-]*)", rule.selector))


def test_every_class_of_the_portal_is_used() -> None:
    house = Path(settings.BASE_DIR)
    folders = ("templates", "static/js", "accounts", "consents", "dsar", "privacycenter")
    files = [
        file for folder in folders for file in (house / folder).rglob("*") if file.suffix in {".html", ".py", ".js"}
    ]
    used = {word for file in files for word in re.findall(r"[\w-]+", file.read_text(encoding="utf-8"))}
    styled = {name for rule in rules(*PORTAL) for name in classes(rule)}
    assert len(styled) > 50
    assert not styled - used


def test_nothing_is_loaded_by_a_stylesheet() -> None:
    for name in (*PORTAL, "admin.css"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert not re.search(r"@import|@font-face|url\(", text), name


def test_the_focus_ring_is_three_pixels_of_accent_and_never_removed() -> None:
    ring = next(rule for rule in rules("base.css") if rule.selector == ":focus-visible")
    assert ring.value("outline") == "3px solid var(--accent)"
    assert ring.value("outline-offset") == "2px"
    without = {rule.selector for rule in everything() if rule.value("outline") in {"none", "0"}}
    # The ring of this control goes around the label that holds it.
    assert without == {".choice-options input:focus-visible"}
    assert any(rule.selector == ".choice-options label:has(:focus-visible)" for rule in everything())


def test_motion_is_short_and_stops_for_who_asks() -> None:
    durations = [value for rule in rules(*PORTAL) for name, value in rule.declarations if name == "transition"]
    assert durations
    assert all(value.endswith("var(--quick)") for value in durations)
    still = [rule for rule in rules("base.css") if "prefers-reduced-motion: reduce" in rule.media]
    assert [rule.value("transition-duration") for rule in still] == ["0s"]


def test_space_keeps_to_the_grid_of_four_pixels() -> None:
    tokens = dict(next(rule for rule in rules("tokens.css") if rule.layer == "tokens").declarations)
    steps = [float(tokens[f"--s{number}"].removesuffix("rem")) * 16 for number in range(1, 9)]
    assert steps == [4, 8, 12, 16, 24, 32, 48, 72]
    assert float(tokens["--target"].removesuffix("rem")) * 16 == 44
