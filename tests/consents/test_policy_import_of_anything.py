"""Whatever is given to be imported becomes a page with all of its words, or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.calls.refusals import Refusal
from consents.policies.import_text import MAX_BYTES, anchors, decode, to_markdown
from tests.consents.imported_text import Page, words

MARKUP = st.text(alphabet="ab1. \n\t-#*_`~<>&;[]()!\\|:=+'\"éß中")
TYPED = st.lists(
    st.tuples(
        st.sampled_from(["", "  ", "    ", "\t"]),
        st.sampled_from(["", "1. ", "2) ", "IV. ", "b) ", "(3) ", "- ", "• ", "2.1 ", "12. "]),
        st.text(alphabet="Word and more;:.*_#<&\\", min_size=1),
        st.sampled_from(["\n", "\n\n", "\r\n", "  \n\n\n"]),
    ),
    min_size=1,
).map(lambda lines: "".join("".join(line) for line in lines))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b" \r\n\t\n \xc2\xa0 \n-----\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not-text"),
        (b"One line.\nA name: M\xfcller", "not-text"),
        (b"Text with a \x00 in it", "not-text"),
        (b"%PDF-1.7\n\x01\x02", "not-text"),
        (b"a" * 5_000_000, "too-large"),
    ],
)
def test_what_is_no_text_is_refused_in_words(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        to_markdown(decode(data))
    assert caught.value.code == code
    assert caught.value.field == "file"
    assert str(caught.value.message).endswith(".")


def test_the_refusal_names_the_line() -> None:
    with pytest.raises(Refusal) as caught:
        decode(b"One line.\nA name: M\xfcller")
    assert "Line 2" in str(caught.value.message)


def test_a_long_text_is_refused_even_when_it_is_already_decoded() -> None:
    with pytest.raises(Refusal):
        to_markdown("a" * (MAX_BYTES + 1))


def nothing_is_lost(text: str) -> None:
    try:
        imported = to_markdown(text)
    except Refusal as refusal:
        if refusal.code in {"empty", "not-text"}:
            return
        raise
    page = Page(imported.body)
    assert words(imported.title + " " + page.text) == words(text)
    assert page.elements <= {"h2", "h3", "h4", "p", "ol", "ul", "li"}


@given(TYPED)
def test_no_word_of_a_typed_text_is_lost(text: str) -> None:
    nothing_is_lost(text)


@given(MARKUP)
def test_no_word_of_a_text_full_of_markup_is_lost(text: str) -> None:
    nothing_is_lost(text)


@given(st.text())
def test_any_text_is_imported_whole_or_refused(text: str) -> None:
    nothing_is_lost(text)


@given(st.lists(st.text()))
def test_anchors_are_unique(headings: list[str]) -> None:
    assert len(set(anchors(headings))) == len(headings)
