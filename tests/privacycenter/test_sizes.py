"""Files and functions stay small enough to be read at one go; what grows is split along the domain."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

HOUSE = Path(settings.BASE_DIR)
FOLDERS = ("accounts", "consents", "dsar", "privacycenter", "static", "templates", "tests")
KINDS = {".py", ".html", ".txt", ".css", ".js", ".sh"}
# Blank lines not counted, and of a function neither its head nor its docstring.
LONGEST_FILE, LONGEST_FUNCTION = 300, 30


def sources() -> list[Path]:
    """All but migrations, which Django writes."""
    files = (file for folder in FOLDERS for file in (HOUSE / folder).rglob("*") if file.suffix in KINDS)
    return sorted(file for file in files if file.parent.name != "migrations")


def length(lines: list[str]) -> int:
    return sum(bool(line.strip()) for line in lines)


def functions(source: str) -> Iterator[tuple[str, int]]:
    """With the lines of what each does."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first, *_ = [*node.body[ast.get_docstring(node) is not None :], node.body[-1]]
            yield node.name, length(lines[first.lineno - 1 : node.end_lineno])


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_is_longer_than_a_reader_keeps_in_mind(folder: str) -> None:
    mine = [file for file in sources() if file.is_relative_to(HOUSE / folder)]
    assert mine
    assert not [file for file in mine if length(file.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE]


def test_no_function_is_longer_than_a_screen() -> None:
    code = {file: file.read_text(encoding="utf-8") for file in sources() if file.suffix == ".py"}
    found = {f"{file}: {name}": size for file, text in code.items() for name, size in functions(text)}
    assert len(found) > 1000
    assert not {name: size for name, size in found.items() if size > LONGEST_FUNCTION}


def test_what_is_too_long_would_be_noticed() -> None:
    long = "def work(\n    one,\n):\n    '''Long.'''\n\n" + "    one()\n" * 31
    assert list(functions(long)) == [("work", 31)]
    assert list(functions("def rest():\n    '''Nothing.'''\n")) == [("rest", 1)]
    assert length(["x"] * 301 + ["", "  "]) == 301
