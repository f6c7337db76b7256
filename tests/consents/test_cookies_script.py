"""consent.js and its parts, as every website of the organisation loads them."""

import gzip

import pytest
from django.test import Client

FILES = ["consent.js", "consent-ui.js", "consent.css"]


@pytest.mark.parametrize("name", FILES)
def test_any_origin_may_load_it_packed_or_plain(name: str) -> None:
    packed = Client().get(f"/{name}", headers={"Accept-Encoding": "gzip, br"})
    plain = Client().get(f"/{name}")
    assert packed["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain
    assert gzip.decompress(packed.content) == plain.content
    assert plain["Access-Control-Allow-Origin"] == "*"
    assert plain["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Accept-Encoding" in plain["Vary"]
    assert not plain.cookies


@pytest.mark.parametrize("name", FILES)
def test_what_a_browser_has_is_not_sent_again(name: str) -> None:
    first = Client().get(f"/{name}")
    again = Client().get(f"/{name}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_is_small_and_carries_no_comments() -> None:
    together = 0
    for name in FILES:
        answer = Client().get(f"/{name}", headers={"Accept-Encoding": "gzip"})
        plain = gzip.decompress(answer.content)
        assert not [mark for mark in (b"/*", b"// ", b"\n  ") if mark in plain]
        if name == "consent.css":
            assert len(answer.content) <= 2000
        else:
            together += len(answer.content)
    assert together <= 6000


def test_it_is_only_read() -> None:
    assert Client().post("/consent.js").status_code == 405
