"""What a site forbids to robots (RFC 9309). The standard library's parser knows neither the longest match nor `*`."""

import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import quote, urlsplit

NAME = "PrivacyCenterScanner"
# The least that the standard lets a reader stop at.
LARGEST = 500 * 1024
TIMEOUT = 10.0
SAFE = "/%?&=+$,;:@!*'()~"


@dataclass(frozen=True)
class Rule:
    path: str
    allows: bool

    def covers(self, path: str) -> bool:
        """`*` is anything, `$` at the end is the end; else a beginning is enough."""
        ends = self.path.endswith("$")
        first, *others = self.path.removesuffix("$").split("*")
        if not others:
            return path == first if ends else path.startswith(first)
        *middle, last = others
        at = len(first) if path.startswith(first) else -1
        # Each part at its earliest place, so that no pattern is slow.
        for part in middle if ends else others:
            if at < 0 or (found := path.find(part, at)) < 0:
                return False
            at = found + len(part)
        return at >= 0 and (not ends or path[at:].endswith(last))


@dataclass(frozen=True)
class Robots:
    rules: tuple[Rule, ...] = ()

    def allows(self, url: str) -> bool:
        """The longest rule counts; of two as long, the one that allows."""
        parts = urlsplit(url)
        path = quote(parts.path or "/", SAFE) + (f"?{quote(parts.query, SAFE)}" if parts.query else "")
        if path == "/robots.txt":
            return True
        found = [(len(rule.path), rule.allows) for rule in self.rules if rule.covers(path)]
        return max(found, default=(0, True))[1]


EVERYTHING = Robots()
NOTHING = Robots((Rule("/", False),))


def parse(text: str, name: str = NAME) -> Robots:
    """The rules of all groups that name us; of those for everybody only where none does."""
    ours: list[Rule] = []
    everybodys: list[Rule] = []
    named = False
    for agents, rules in _groups(text):
        if name.lower() in agents:
            named = True
            ours += rules
        if "*" in agents:
            everybodys += rules
    return Robots(tuple(ours if named else everybodys))


def _groups(text: str) -> Iterator[tuple[set[str], list[Rule]]]:
    agents: set[str] = set()
    rules: list[Rule] = []
    in_rules = False
    for line in text.splitlines():
        key, _colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent":
            if in_rules:
                yield agents, rules
                agents, rules, in_rules = set(), [], False
            # A version or more may follow the name.
            agents.add("*" if value == "*" else re.split(r"[^A-Za-z_-]", value)[0].lower())
        elif key in {"allow", "disallow"}:
            in_rules = True
            if value:
                rules.append(Rule(quote(value, SAFE), key == "allow"))
    yield agents, rules


class _OnTheWeb(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but to no file and no FTP."""

    max_redirections = 5

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # as its base
        if urlsplit(newurl).scheme not in {"http", "https"}:
            raise urllib.error.URLError("leads out of the web")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(origin: str, timeout: float = TIMEOUT) -> Robots:
    """A site without the file forbids nothing (4xx). One that can not say what it forbids, forbids everything."""
    request = urllib.request.Request(f"{origin}/robots.txt", headers={"User-Agent": NAME})  # noqa: S310 - of the web
    deadline = time.monotonic() + timeout
    text = b""
    try:
        with urllib.request.build_opener(_OnTheWeb).open(request, timeout=timeout) as answer:
            while len(text) < LARGEST and (read := answer.read1(LARGEST - len(text))):
                text += read
                # The timeout of a socket counts anew with every byte.
                if time.monotonic() > deadline:
                    return NOTHING
    except urllib.error.HTTPError as error:
        with error:
            return EVERYTHING if 400 <= error.code < 500 else NOTHING
    except (OSError, HTTPException):
        return NOTHING
    return parse(text.decode("utf-8-sig", "replace"))
