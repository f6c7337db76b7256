"""A plain text becomes Markdown that says the same words and means nothing else."""

from pathlib import Path

import pytest
from django.conf import settings

from consents.policies.import_text import ImportedText, anchor, anchors, decode, to_markdown
from tests.consents.imported_text import Page, body, words

REAL_POLICY = Path(settings.BASE_DIR).parent / "shared/data/hotsales-privacy-policy.txt"


@pytest.fixture(scope="module")
def real() -> ImportedText:
    if not REAL_POLICY.exists():
        pytest.skip("The real policy is not beside this checkout (../shared/data/hotsales-privacy-policy.txt).")
    return to_markdown(decode(REAL_POLICY.read_bytes()))


# The real policy


def test_the_real_policy_keeps_its_title_and_gets_seven_numbered_parts(real: ImportedText) -> None:
    assert real.title == "Privacy Policy"
    assert [text for level, text in Page(real.body).headings if level == "h2"] == [
        "1. Scope of application",
        "2. How we collect information",
        "3. How we use information",
        "4. How we share information",
        "5. How we protect your personal information",
        "6. Protection of minors",
        "7. Change",
    ]


def test_the_two_ways_of_collecting_stand_under_part_two(real: ImportedText) -> None:
    levels = Page(real.body).headings
    assert levels[1:5] == [
        ("h2", "2. How we collect information"),
        ("h3", "2.1 Information you provide"),
        ("h3", "2.2 Information collected during your use of our services"),
        ("h2", "3. How we use information"),
    ]


def test_six_collections_nine_uses_and_ten_circumstances_of_sharing_are_lists(real: ImportedText) -> None:
    assert Page(real.body).lists == [(1, 6), (1, 9), (1, 10)]


def test_every_word_of_the_real_policy_is_on_its_page(real: ImportedText) -> None:
    assert words(f"{real.title} {Page(real.body).text}") == words(REAL_POLICY.read_text())
    assert Page(real.body).elements == {"h2", "h3", "p", "ol", "li"}


def test_the_parts_of_the_real_policy_have_anchors_without_numbers(real: ImportedText) -> None:
    found = anchors(text for _, text in Page(real.body).headings)
    assert found[:2] == ["scope-of-application", "how-we-collect-information"]
    assert "how-we-share-information" in found


# How texts are typed


def test_parts_that_are_all_numbered_one_are_counted() -> None:
    assert Page(body("  1. Scope\n\nText.\n\n  1. Use\n\nText.\n\nIII. Share\n\nText.")).headings == [
        ("h2", "1. Scope"),
        ("h2", "2. Use"),
        ("h2", "3. Share"),
    ]


def test_dotted_numbers_are_parts_of_parts_and_long_clauses_keep_theirs() -> None:
    clause = "2.2 " + "We keep what the law makes us keep and nothing besides, as long as it says. " * 2
    text = f"1. Scope\n\nText.\n\n2. Use\n\n2.1 Orders\n\nText.\n\n{clause}"
    page = Page(body(text))
    assert page.headings == [("h2", "1. Scope"), ("h2", "2. Use"), ("h3", "2.1 Orders")]
    assert "2.2 We keep" in page.text


def test_headings_without_numbers_are_found() -> None:
    text = "Privacy\n\nHello, this is how we work.\n\nWhat we keep\n\nYour name.\n\nHow to reach us\n\nBy mail."
    imported = to_markdown(text)
    assert imported.title == "Privacy"
    assert Page(imported.body).headings == [("h2", "What we keep"), ("h2", "How to reach us")]


def test_a_heading_typed_right_above_its_wrapped_text_is_found() -> None:
    text = (
        "I. WHO WE ARE\nThe company makes things and is\nresponsible for data.\n\nII. WHAT WE DO\nMany useful things."
    )
    page = Page(body(text))
    assert page.headings == [("h2", "1. WHO WE ARE"), ("h2", "2. WHAT WE DO")]
    assert "makes things and is responsible for data." in page.text


def test_lists_in_lists_keep_their_depth_and_their_wrapped_lines() -> None:
    text = "We use it to:\n 1) deliver\n 2) bill you, that is:\n    a) write\n       bills\n    b) remind\n 3) answer"
    assert (
        body(text) == "We use it to:\n\n1. deliver\n2. bill you, that is:\n   1. write bills\n   2. remind\n3. answer\n"
    )


def test_a_paragraph_indented_under_an_item_stays_in_it() -> None:
    page = Page(body("1) One is long.\n\n   It has a second paragraph.\n\n2) Two."))
    assert page.lists == [(1, 2)]


def test_a_list_that_an_unindented_paragraph_interrupts_goes_on_with_its_number() -> None:
    assert Page(body("1) One.\n\nA remark.\n\n2) Two.")).lists == [(1, 1), (2, 1)]


def test_a_list_right_after_another_is_a_list_of_its_own() -> None:
    assert Page(body("1) One.\n2) Two.\n\n1) Uno.\n2) Due.")).lists == [(1, 2), (1, 2)]


def test_letters_and_roman_numbers_are_told_apart_by_what_came_before() -> None:
    letters = "Uses:\n" + "\n".join(f"{letter}) use {letter * 3}" for letter in "abcdefghij")
    assert Page(body(letters)).lists == [(1, 10)]
    assert Page(body("Uses:\ni) one\nii) two\niii) three\niv) four\nv) five")).lists == [(1, 5)]


def test_a_date_at_the_start_of_a_line_keeps_its_day() -> None:
    text = "1. Scope\n\nText.\n\n12. November 2026\n\nThis was the day."
    page = Page(body(text))
    assert page.headings == [("h2", "1. Scope")]
    assert page.lists == [(12, 1)]


def test_lines_of_an_address_are_no_headings() -> None:
    text = "Write to us at this place:\n\nShop Ltd\n\n1 Main Street\n\nBerlin\n\nThank you for reading."
    assert Page(body(text)).headings == []


def test_windows_line_ends_a_byte_order_mark_and_trailing_spaces_change_nothing() -> None:
    plain = "Privacy\n\n1. Scope\n\nThis is\nthe text.\n"
    typed = ("\ufeff" + plain.replace("\n", "  \r\n")).encode()
    assert to_markdown(decode(typed)) == to_markdown(plain)
    assert to_markdown(decode(plain.encode("utf-16"))) == to_markdown(plain)


def test_the_title_is_the_level_one_heading_of_the_whole() -> None:
    assert to_markdown("Our *policy*\n\nText of it.").markdown == "# Our \\*policy\\*\n\nText of it.\n"
    assert to_markdown("Only a sentence.").markdown == "Only a sentence.\n"


@pytest.mark.parametrize(
    "text",
    [
        "Stars * and *more* and **much**, snake_case, _em_, __strong__.",
        "# no heading #",
        "-- no item --",
        "> no quotation",
        "=== and + and ---",
        "2024. That was a year.",
        "See [this](javascript:alert(1)) and ![that](x) and <https://example.org>.",
        "<script>alert(1)</script> &lt; &#60; <!-- c -->",
        "`code` ``` ~~~",
        "back\\slash and tail\\",
        "[a]: /address",
    ],
)
def test_nothing_in_a_text_acts_as_markup(text: str) -> None:
    page = Page(body(f"A sentence.\n\n{text}\n\nAnother."))
    assert " ".join(page.text.split()) == f"A sentence. {text} Another."
    assert page.elements == {"p"}


def test_a_heading_with_number_signs_at_its_end_keeps_them() -> None:
    assert Page(body("Text.\n\nRule ##\n\nText.")).headings == [("h2", "Rule ##")]


# Anchors


def test_an_anchor_is_the_words_of_a_heading_without_its_number() -> None:
    assert anchor("4. How we share information") == "how-we-share-information"
    assert anchor("IV. How we share information") == "how-we-share-information"
    assert anchor("2.1 Wie wir Daten schützen") == "wie-wir-daten-schützen"
    assert anchor("???") == "part"


def test_equal_headings_get_anchors_of_their_own() -> None:
    assert anchors(["Contact", "Contact 2", "Contact"]) == ["contact", "contact-2", "contact-3"]
