"""A YAML file read as nodes that know their line, so that every fault can be named by line and key.

Only what a catalogue needs is accepted: one document of mappings, lists and words. Aliases are refused, because a few
lines of them unfold into gigabytes.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple

import yaml
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from accounts.calls.refusals import Refusal

MAX_BYTES = 2_000_000
# section > slug > text > language > name is five, a manifest of the datamap has ten.
DEEPEST = 12
# Control characters and halves of characters, which escapes in quotes can name and no column can hold.
UNPRINTABLE = {"Cc", "Cs"}
# Beyond these a file is not a catalogue with mistakes, it is something else.
MOST_FAULTS = 50


class Fault(NamedTuple):
    line: int
    words: str

    def __str__(self) -> str:
        return _("Line %(line)d: %(words)s") % {"line": self.line, "words": self.words}


class CatalogueRefused(Refusal):
    code = "catalogue-invalid"
    field = "file"

    def __init__(self, *faults: Fault) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults[:MOST_FAULTS]))


class Composer(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            raise CatalogueRefused(Fault(line, _("Aliases (*name) are not allowed. Write the value again.")))
        if self.depth == DEEPEST:
            raise CatalogueRefused(Fault(line, _("This is nested too deep.")))
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def compose(data: bytes) -> Node:
    """The root of the one document in the file. Raises CatalogueRefused."""
    if len(data) > MAX_BYTES:
        size = MAX_BYTES // 1000
        raise CatalogueRefused(Fault(1, _("The file is larger than %(size)d kB, too large.") % {"size": size}))
    text = _decoded(data)
    try:
        loader = Composer(text)
        node = loader.get_single_node()
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise CatalogueRefused(Fault(line, _("There is a control character here. Is this a text file?"))) from error
    except yaml.MarkedYAMLError as error:
        raise CatalogueRefused(_fault_of(error)) from error
    if node is None:
        raise CatalogueRefused(Fault(1, _("The file is empty.")))
    return node


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CatalogueRefused(Fault(line, _("This is not UTF-8. Save the file in UTF-8."))) from error


def _fault_of(error: yaml.MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    problem = " ".join(filter(None, [error.context, error.problem]))
    if "'\\t'" in problem:
        words = _("There is a tab here. Indent with spaces.")
    else:
        words = _("This is not valid YAML (%(problem)s).") % {"problem": problem}
    return Fault(mark.line + 1 if mark else 1, words)


@dataclass
class Faults:
    """Collects what is wrong, so that one reading tells everything."""

    found: list[Fault] = field(default_factory=list)

    def add(self, line: int, words: str | Promise) -> None:
        self.found.append(Fault(line, str(words)))

    def raise_any(self) -> None:
        if self.found:
            raise CatalogueRefused(*self.found)


@dataclass(frozen=True)
class Place:
    """A node, and the keys that lead to it."""

    node: Node
    path: tuple[str, ...]
    line: int
    faults: Faults

    @property
    def is_null(self) -> bool:
        return isinstance(self.node, ScalarNode) and self.node.tag == "tag:yaml.org,2002:null"

    @property
    def where(self) -> str:
        return " > ".join(self.path)

    def fault(self, words: str | Promise) -> None:
        self.faults.add(self.line, f"{self.where}: {words}" if self.path else words)

    def mapping(self) -> dict[str, "Place"]:
        """The values by their keys, in the order of the file. A key is as written: `no` is Norwegian, not false."""
        if not isinstance(self.node, MappingNode):
            self.fault(_("Here must be keys with values (key: value)."))
            return {}
        found: dict[str, Place] = {}
        for key_node, value in self.node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                Place(key_node, self.path, line, self.faults).fault(_("A key must be a word."))
                continue
            key = key_node.value
            place = Place(value, (*self.path, key), line, self.faults)
            if key in found:
                place.fault(_("This is here twice; the first is in line %(line)d.") % {"line": found[key].line})
            else:
                found[key] = place
        return found

    def known(self, allowed: list[str], required: list[str]) -> dict[str, "Place"]:
        """The mapping, with a fault for each key that nobody knows and each that is missing."""
        found = self.mapping()
        for key in found.keys() - set(allowed):
            found.pop(key).fault(_("There is no such key.") + suggestion(key, allowed))
        if isinstance(self.node, MappingNode):
            for key in required:
                if key not in found:
                    self.fault(_("“%(key)s” is missing.") % {"key": key})
        return found

    def items(self) -> Iterator["Place"]:
        if not isinstance(self.node, SequenceNode):
            self.fault(_("Here must be a list ([one, two])."))
            return
        for node in self.node.value:
            yield Place(node, self.path, node.start_mark.line + 1, self.faults)

    def words(self) -> str | None:
        if not isinstance(self.node, ScalarNode):
            self.fault(_("Here must be text."))
        elif self.is_null:
            self.fault(_("Here must be text, and there is nothing."))
        elif self.node.tag != "tag:yaml.org,2002:str":
            self.fault(_("Here must be text. Put “%(value)s” in quotes.") % {"value": self.node.value[:80]})
        else:
            words = one_form(self.node.value)
            if is_printable(words):
                return words
            self.fault(_("There is a control character in the text."))
        return None

    def number(self) -> int | None:
        if isinstance(self.node, ScalarNode) and re.fullmatch(r"[0-9]{1,9}", self.node.value):
            return int(self.node.value)
        self.fault(_("Here must be a whole number."))
        return None

    def flag(self) -> bool | None:
        if isinstance(self.node, ScalarNode) and self.node.tag == "tag:yaml.org,2002:bool":
            return yaml.SafeLoader.bool_values.get(self.node.value.lower())
        self.fault(_("Here must be true or false."))
        return None


def one_form(text: str) -> str:
    """Texts are kept in one form of Unicode and of spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def is_printable(text: str) -> bool:
    return all(unicodedata.category(sign) not in UNPRINTABLE for sign in text)


def suggestion(word: str, allowed: list[str]) -> str:
    """ " Did you mean …?", where something near is allowed; else what is."""
    if near := get_close_matches(word, allowed, 1):
        return " " + _("Did you mean “%(near)s”?") % {"near": near[0]}
    return " " + _("Known are: %(known)s.") % {"known": ", ".join(allowed)} if allowed else ""
