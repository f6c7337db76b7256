"""The call itself: whatever an endpoint does, we neither wait long, nor read much, nor follow."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from consents.webhooks import post as client
from consents.webhooks.post import LARGEST_HEAD, post
from tests.receiver import Receiver, Reply

type Speech = Callable[[socket.socket], None]


def hear(line: socket.socket) -> None:
    """The whole call, whose body is {}: what closes with something unread in it resets the line and takes the answer
    along. Whoever does not speak HTTP is not heard out."""
    heard = line.recv(65536)
    while heard.startswith(b"POST ") and not heard.endswith(b"{}"):
        more = line.recv(65536)
        if not more:
            break
        heard += more


@contextmanager
def speaking(speech: Speech, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that takes one call and says what it likes."""
    over: list[OSError] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            try:
                call, _address = server.accept()
                with call, context.wrap_socket(call, server_side=True) if context else call as line:
                    hear(line)
                    speech(line)
            except OSError as error:  # the client has gone, as it should
                over.append(error)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive()


def heard(speech: Speech, *, timeout: float = 5.0) -> client.Answer:
    with speaking(speech) as port:
        return post(f"http://127.0.0.1:{port}/", {}, b"{}", timeout=timeout)


def says(data: bytes) -> Speech:
    return lambda line: line.sendall(data)


@pytest.fixture(autouse=True)
def _loopback(receiver: Receiver) -> None:
    """What the receiver's fixture allows."""


def test_the_head_of_the_answer_is_all_that_counts():
    answer = heard(says(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nnot so much"))
    assert (answer.status, answer.error) == (200, "")
    assert answer.is_confirmation


def test_a_huge_body_is_not_read():
    sent: list[int] = []

    def flood(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for number in range(4096):
            sent.append(number)
            line.sendall(b"x" * 65536)

    assert heard(flood).status == 200
    assert len(sent) < 4096


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff\x16garbage\r\n\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2 * LARGEST_HEAD + b"\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * LARGEST_HEAD,
    ],
)
def test_an_answer_that_is_none_or_does_not_end_is_a_failure(data):
    answer = heard(says(data))
    assert (answer.status, answer.error) == (None, "bad-answer")


def test_a_connection_that_ends_without_an_answer_is_a_failure():
    answer = heard(lambda line: None)
    assert (answer.status, answer.error) == (None, "connection")


def test_an_endpoint_that_says_nothing_is_waited_for_no_longer_than_the_limit():
    began = time.monotonic()
    answer = heard(lambda line: drain(line), timeout=0.3)
    assert (answer.status, answer.error) == (None, "timeout")
    assert time.monotonic() - began < 3


def test_an_endpoint_that_says_a_byte_now_and_then_can_not_hold_us():
    """Each byte comes well within a socket's own timeout."""
    gone = threading.Event()

    def trickle(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not gone.wait(0.05):
            line.sendall(b"y")

    began = time.monotonic()
    with speaking(trickle) as port:
        answer = post(f"http://127.0.0.1:{port}/", {}, b"{}", timeout=0.4)
        gone.set()
    assert (answer.status, answer.error) == (None, "timeout")
    assert time.monotonic() - began < 3


def drain(line: socket.socket) -> None:
    """Until the other side hangs up."""
    while line.recv(65536):
        pass


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver):
    other = Receiver()
    receiver.answer = lambda call: Reply(307, {"Location": other.url})
    assert post(receiver.url, {}, b"{}").status == 307
    assert other.calls == []
    other.stop()


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch):
    """A proxy would resolve the name by itself."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert post(receiver.url, {}, b"{}").status == 204


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "Sun, 99 Foo 2026 12:00:00 GMT", "٣"])
def test_a_wish_that_nobody_understands_is_none(receiver: Receiver, value):
    receiver.answer = lambda call: Reply(503, {"Retry-After": value.encode().decode("latin-1")})
    assert post(receiver.url, {}, b"{}").retry_after is None


# TLS


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A certificate for this machine that is trusted through SSL_CERT_FILE, and its key beside it."""
    pem = make_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    client._tls.cache_clear()
    yield pem
    client._tls.cache_clear()


def make_certificate(folder: Path, address: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a receiver")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    )
    pem = folder / f"{address}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return pem


def by_tls(pem: Path) -> client.Answer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with speaking(says(b"HTTP/1.1 204 No Content\r\n\r\n"), context) as port:
        return post(f"https://127.0.0.1:{port}/", {}, b"{}", timeout=5)


def test_a_system_with_a_certificate_that_is_trusted_is_told(authority: Path):
    assert by_tls(authority).status == 204


def test_a_certificate_for_another_name_is_refused(authority: Path, tmp_path: Path, monkeypatch):
    other = make_certificate(tmp_path, "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    client._tls.cache_clear()
    assert by_tls(other).error == "tls"


def test_a_certificate_that_nobody_vouches_for_is_refused(authority: Path, tmp_path: Path):
    assert by_tls(make_certificate(tmp_path, "127.0.0.3")).error == "tls"


def test_a_system_that_speaks_no_tls_is_refused():
    with speaking(says(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
        assert post(f"https://127.0.0.1:{port}/", {}, b"{}", timeout=5).error == "tls"
