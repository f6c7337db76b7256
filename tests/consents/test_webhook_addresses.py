"""Where calls may go: never to what only our servers can reach."""

import ipaddress
import socket
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from consents.webhooks.addresses import Unreachable, check_url, may_reach, resolve, target
from consents.webhooks.post import post
from tests.receiver import Receiver

INNER = [
    "0.0.0.0",  # noqa: S104  # an address to refuse
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a9fe:a9fe::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


def found(*addresses: str) -> list[Any]:
    """As the resolver answers."""
    return [
        (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443))
        for each in addresses
    ]


@pytest.mark.parametrize("address", INNER)
@pytest.mark.parametrize("secure", [True, False])
def test_addresses_that_are_not_public_are_refused(address, secure):
    assert not may_reach(ipaddress.ip_address(address), secure=secure)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_called_by_tls_only(address):
    assert may_reach(ipaddress.ip_address(address), secure=True)
    assert not may_reach(ipaddress.ip_address(address), secure=False)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7"])
def test_a_network_that_the_deployment_names_may_be_called(settings: Settings, address):
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8")]
    assert may_reach(ipaddress.ip_address(address), secure=False)
    assert not may_reach(ipaddress.ip_address("10.2.0.1"), secure=True)


SPELLINGS = [
    "localhost",
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0",
    "[::1]",
    "[::ffff:7f00:1]",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_names_and_spellings_of_this_machine_are_refused(host):
    with pytest.raises(Unreachable, match="forbidden-address"):
        resolve(target(f"https://{host}/"))


def test_of_several_addresses_only_the_public_ones_are_called(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found("10.0.0.1", "8.8.8.8", "fe80::1%eth0", "::1"))
    assert [str(each) for each in resolve(target("https://mixed.example/"))] == ["8.8.8.8"]


def test_a_public_name_without_tls_is_refused_as_such(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found("8.8.8.8"))
    with pytest.raises(Unreachable, match="not-https"):
        resolve(target("http://plain.example/"))


@pytest.mark.parametrize("host", ["does-not-exist.invalid", "a" * 64 + ".example", "a..b"])
def test_a_name_that_nobody_knows_is_a_failure(host):
    answer = post(f"https://{host}/", {}, b"{}")
    assert (answer.status, answer.error) == (None, "dns")


def test_a_name_that_answers_differently_the_second_time_leads_nowhere_else(receiver: Receiver, monkeypatch):
    """DNS rebinding: the address that was judged is the one that is called, and nobody asks again."""
    answers = [found("127.0.0.1"), found("10.0.0.1")]
    asked: list[Any] = []

    def resolver(host: str, *_arguments: Any, **_options: Any) -> list[Any]:
        asked.append(host)
        return answers.pop(0)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    answer = post(f"http://rebinding.example:{receiver.port}/", {}, b"{}")
    assert answer.status == 204
    assert len(asked) == 1
    assert receiver.calls[0].headers["host"] == f"rebinding.example:{receiver.port}"


def test_nothing_is_sent_to_an_address_that_is_refused(receiver: Receiver, settings: Settings):
    settings.WEBHOOK_NETWORKS = []
    answer = post(receiver.url, {}, b"{}")
    assert (answer.status, answer.error) == (None, "forbidden-address")
    assert receiver.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example/hook",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "https://",
        "https:///hook",
        "https://user:pass@shop.example/",
        "https://shop.example/#part",
        "https://shop.example/a b",
        "https://shop.example/\r\nX: y",
        "https://shop.example\\@10.0.0.1/",
        "https://shöp.example/",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://[::1/",
        "https://shop.example%2f@10.0.0.1/",
    ],
)
def test_addresses_that_are_none_are_refused_by_the_form_and_by_the_call(url):
    with pytest.raises(ValidationError) as refused:
        check_url(url)
    assert refused.value.code == "address"
    assert post(url, {}, b"{}").error == "bad-address"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://shop.example/", "not-https"),
        ("https://127.0.0.1/", "forbidden-address"),
        ("https://[fe80::1]/", "forbidden-address"),
    ],
)
def test_the_form_says_what_is_wrong_for_sure(url, code):
    with pytest.raises(ValidationError) as refused:
        check_url(url)
    assert refused.value.code == code


@pytest.mark.parametrize("url", ["https://shop.example", "https://shop.example:8443/hook?a=b", "https://8.8.8.8/x"])
def test_the_form_takes_what_may_be_called(url):
    check_url(url)


def test_http_may_be_written_where_a_network_is_named(settings: Settings):
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("10.0.0.0/8")]
    check_url("http://shop.internal/hook")
    check_url("http://10.0.0.7/hook")
    with pytest.raises(ValidationError):
        check_url("http://192.168.0.1/hook")


@pytest.mark.parametrize(
    ("url", "name", "path"),
    [
        ("https://shop.example", "shop.example", "/"),
        ("https://shop.example:443/a?b=c", "shop.example", "/a?b=c"),
        ("http://shop.example:8080?x", "shop.example:8080", "/?x"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443", "/"),
    ],
)
def test_requests_name_the_host_and_path_as_written(url, name, path):
    aim = target(url)
    assert (aim.name, aim.path) == (name, path)
