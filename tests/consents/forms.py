"""Forms of pages sent back as a browser would, without a browser."""

from html.parser import HTMLParser
from typing import Any


class Form(HTMLParser):
    """What a browser would send for the form of a page."""

    def __init__(self, page: Any) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.select = self.area = ""
        self.feed(page.content.decode().partition('id="content-main"')[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {key: value or "" for key, value in attrs}
        name = said.get("name", "")
        if tag == "select":
            self.select = name
        elif tag == "textarea":
            self.area, self.sent[name] = name, [""]
        elif tag == "option" and ("selected" in said or self.select not in self.sent):
            self.sent[self.select] = [said.get("value", "")]
        elif tag == "input" and name and (said.get("type") != "checkbox" or "checked" in said):
            self.sent.setdefault(name, []).append(said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area] = [data.removeprefix("\n")]


def filled(page: Any, **changes: Any) -> dict[str, Any]:
    return Form(page).sent | changes
