"""Markdown that staff write, made into HTML. HTML in it is shown as text; links lead to pages and mail only."""

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

# No images: in a mail they would tell a server that it was opened, and the pages' content security policy refuses them.
PARSER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")

TAGS = {
    *("h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br"),
    *("a", "em", "strong", "table", "thead", "tbody", "tr", "th", "td"),
}
HEADINGS = {f"h{level}": {"id"} for level in range(2, 7)}


def parse(text: str) -> list[Token]:
    """The tokens of a text whose headings begin at level two, as the page or the mail around it has the first."""
    tokens = PARSER.parse(text)
    if any(token.tag == "h1" for token in tokens):
        for token in tokens:
            if token.type in {"heading_open", "heading_close"}:
                token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    return tokens


def to_html(tokens: Sequence[Token]) -> str:
    html = PARSER.renderer.render(tokens, PARSER.options, {})
    # The parser lets no HTML through; this holds even if it once should.
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}, **HEADINGS},
        url_schemes={"http", "https", "mailto"},
    )


def render(text: str) -> str:
    return to_html(parse(text))
