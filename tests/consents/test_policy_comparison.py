"""A comparison reads well: rewritten paragraphs word by word, the rest folded."""

import time
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from consents.policies.compare import Comparison, compare
from consents.policies.rows import Row


def words(row: Row) -> list[tuple[str, str]]:
    return [(part.fate, part.text) for part in row.parts]


def fates(comparison: Comparison) -> list[str]:
    return [row.fate for row in comparison.rows]


def test_equal_texts_have_no_changes() -> None:
    comparison = compare("# A\n\nOne.\n\nTwo.", "# A\n\nOne.\n\nTwo.")
    assert comparison.is_equal
    assert fates(comparison) == ["folded"]


def test_a_changed_word_is_shown_in_its_paragraph() -> None:
    (row,) = compare(
        "We keep logs for twelve months, then delete them.", "We keep logs for three months, then delete them."
    ).rows
    assert words(row) == [
        ("same", "We keep logs for "),
        ("removed", "twelve"),
        ("added", "three"),
        ("same", " months, then delete them."),
    ]


def test_a_lone_word_between_two_changes_is_taken_into_them() -> None:
    (row,) = compare(
        "You may see red and blue things here today.", "You may see green and yellow things here today."
    ).rows
    assert ("removed", "red and blue") in words(row)
    assert ("added", "green and yellow") in words(row)


def test_a_new_paragraph_and_a_removed_one_are_shown_whole() -> None:
    comparison = compare("Same.\n\nThis goes away now.", "Same.\n\nEntirely different content instead.")
    assert fates(comparison) == ["folded", "removed", "added"]
    assert (comparison.changed, comparison.added, comparison.removed) == (0, 1, 1)


def test_a_rewritten_paragraph_is_found_behind_a_new_one() -> None:
    comparison = compare(
        "We share your name with carriers.\n\nEnd.",
        "An additional first paragraph.\n\nWe share your name and address with carriers.\n\nEnd.",
    )
    assert fates(comparison) == ["added", "changed", "folded"]


def test_the_heading_above_a_change_stays_visible() -> None:
    old = "## One\n\na b c d\n\n## Two\n\ne f g h\n\ni j k l"
    comparison = compare(old, old.replace("k l", "k m"))
    assert [(row.fate, row.block.text) for row in comparison.rows if row.fate != "folded"] == [
        ("same", "Two"),
        ("changed", "i j k m"),
    ]
    assert [len(row.blocks) for row in comparison.rows if row.fate == "folded"] == [2, 1]


def test_items_that_only_got_another_number_have_not_changed() -> None:
    comparison = compare("1. One is here.\n2. Two is here.", "1. Entirely new words.\n2. One is here.\n3. Two is here.")
    assert fates(comparison) == ["added", "folded"]
    assert [block.mark for block in comparison.rows[1].blocks] == ["2.", "3."]


def test_headings_that_only_got_another_number_have_not_changed() -> None:
    comparison = compare("## 1. Name\n\nA b.\n\n## 2. Data", "## 1. New things\n\n## 2. Name\n\nA b.\n\n## 3. Data")
    assert fates(comparison) == ["added", "folded"]
    assert comparison.rows[1].headings == ["2. Name", "3. Data"]
    assert comparison.renumbered == 2
    assert not comparison.is_equal


def test_a_section_that_moved_is_told_once_at_each_end() -> None:
    one, two, three = (
        "## 1. One\n\nFirst of all words.",
        "## 2. Two\n\nA b c d e.\n\nF g h i j.",
        "## 3. Three\n\nLast.",
    )
    renumbered = two.replace("2. Two", "3. Two")
    comparison = compare("\n\n".join([one, two, three]), "\n\n".join([one, three.replace("3.", "2."), renumbered]))
    moved = next(row for row in comparison.rows if row.fate == "moved")
    left = next(row for row in comparison.rows if row.fate == "left")
    assert (comparison.changed, comparison.added, comparison.removed) == (0, 0, 0)
    assert moved.place in {"2. Two", "3. Three"}
    assert left.place in {"3. Two", "2. Three"}
    assert comparison.moved == len(moved.blocks) == len(left.blocks)


def test_a_paragraph_that_moved_and_changed_is_compared_with_what_it_was() -> None:
    text = "We keep the logs of our servers for twelve months and then we delete them."
    between = "## A\n\nOne thing stays here.\n\nTwo things stay.\n\n## B\n\nThree things stay."
    comparison = compare(f"{text}\n\n{between}", f"{between}\n\n{text.replace('twelve', 'three')}")
    row = comparison.rows[-1]
    assert (row.fate, row.place) == ("moved", "")
    assert [part for part in words(row) if part[0] != "same"] == [("removed", "twelve"), ("added", "three")]
    assert comparison.rows[0].fate == "left"
    assert comparison.rows[0].place == "B"


def test_a_text_that_was_written_anew_is_compared_part_by_part() -> None:
    old = "## 1. How we gather\n\nFirst old words.\n\n## 2. Whom we tell\n\nSecond old words."
    new = "## 1. What we collect\n\nEntirely different here.\n\n## 2. Our partners\n\nNothing the same there."
    assert [(row.fate, row.block.kind) for row in compare(old, new).rows] == [
        *(("changed", "h2"), ("removed", "p"), ("added", "p")),
        *(("changed", "h2"), ("removed", "p"), ("added", "p")),
    ]


def test_short_paragraphs_that_come_again_have_not_moved() -> None:
    between = "\n\nOne thing stays here.\n\nTwo things stay here.\n\n"
    comparison = compare(f"Your name.{between}", f"{between}Your name.")
    assert (comparison.moved, comparison.added, comparison.removed) == (0, 1, 1)


def test_the_sentence_that_announces_a_list_stays_visible_above_a_changed_item() -> None:
    old = "## A\n\nWe keep these:\n\n- your whole name\n- your old address here"
    comparison = compare(old, old.replace("old address", "new address"))
    assert [row.block.text for row in comparison.rows if row.fate == "same"] == ["A", "We keep these:"]


def test_changes_hold_no_space_at_their_edges() -> None:
    (row,) = compare("We keep your name here.", "We keep your name here. And we delete it.").rows
    added = next(part for part in row.parts if part.fate == "added")
    assert (added.space_before, added.words) == (" ", "And we delete it.")


def test_emphasis_and_links_are_compared_as_their_words() -> None:
    assert compare("Some **bold** [words](/x).", "Some bold words.").is_equal


def test_text_without_spaces_is_compared_sign_by_sign() -> None:
    (row,) = compare("我们保存您的姓名和地址", "我们保存您的姓名和电话").rows
    assert ("removed", "地址") in words(row)


def test_headings_are_not_mistaken_for_paragraphs() -> None:
    assert fates(compare("## What we keep about you", "What we keep about you")) == ["removed", "added"]


@pytest.mark.parametrize("number", ["1.0", "2.0"])
def test_the_policies_of_the_demo_are_compared_at_once(number: str) -> None:
    demo = Path(settings.BASE_DIR) / "privacycenter/demo"
    one = (demo / "policy-1.0.en.md").read_text()
    other = (demo / f"policy-{number}.en.md").read_text()
    began = time.process_time()
    comparison = compare(one, other)
    assert time.process_time() - began < 1
    assert comparison.is_equal == (number == "1.0")


def test_a_paragraph_beyond_all_measure_is_not_compared_by_words() -> None:
    long = "word " * 3000
    (row,) = compare(long + "a", long + "b").rows
    assert [part.fate for part in row.parts] == ["removed", "added"]


TEXT = st.lists(
    st.sampled_from(["We keep logs.", "We keep some logs.", "## Heading", "1. An item", "- A point", "Änderung, neu"]),
    max_size=12,
).map("\n\n".join)


@given(TEXT, TEXT)
def test_both_texts_can_be_read_out_of_their_comparison(old: str, new: str) -> None:
    def read(comparison: Comparison, hidden: str) -> list[str]:
        found = []
        for row in comparison.rows:
            if row.fate == "folded":
                found += [block.text for block in row.blocks]
            elif row.fate == "left":
                continue
            elif row.fate == "moved" and row.blocks:
                found += [block.text for block in row.blocks]
            elif row.parts:
                found.append("".join(part.text for part in row.parts if part.fate != hidden))
            elif row.fate != hidden:
                found.append(row.block.text)
        return found

    def texts(text: str) -> list[str]:
        same = compare(text, text).rows
        return [block.text for row in same for block in row.blocks]

    assert read(compare(old, new), "removed") == texts(new)
    assert sorted(read(compare(old, new), "added")) == sorted(texts(old))
