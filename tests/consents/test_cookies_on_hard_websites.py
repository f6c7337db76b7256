"""consent.js where it is hard: no connection, strict policies, no JavaScript, a signal, and our server being down."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.consents.shops import HTML, Open, Shop, press

pytestmark = pytest.mark.browser

SIGNAL = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"


def complaints(page: Page) -> list[str]:
    """What the console says from now on."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    return said


def test_a_choice_without_a_connection_waits_and_counts_once_it_is_sent(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    webshop.meets(page)
    page.context.set_offline(True)
    page.locator("[data-pc-action=accept-all]").click()
    expect(page.get_by_role("status")).to_contain_text("could not be sent yet")
    expect(page.locator(".pc-banner")).to_have_count(0)
    assert page.evaluate("[window.ran, privacyCenter.allowed('cookies-analytics')]") == [None, False]
    assert webshop.names(page) == set()
    page.context.set_offline(False)
    page.wait_for_function("() => window.ran?.length === 2")
    assert page.evaluate("localStorage.pc_unsent") is None
    assert {each["decision"] for each in webshop.recorded(page)} == {"granted"}


def test_a_choice_that_was_not_sent_is_sent_by_the_next_page_and_asked_about_no_more(
    webshop: Shop, new_page: Open
) -> None:
    page = new_page()
    webshop.meets(page)
    page.context.set_offline(True)
    page.locator("[data-pc-action=reject-all]").click()
    expect(page.get_by_role("status")).to_contain_text("could not be sent yet")
    page.close(run_before_unload=False)
    context = page.context
    context.set_offline(False)
    second = context.new_page()
    second.goto(webshop.own.origin)
    second.wait_for_function("() => document.cookie.includes('pc_choices')")
    expect(second.locator(".pc-banner")).to_have_count(0)
    assert {each["decision"] for each in webshop.recorded(second)} == {"refused"}


def test_a_withdrawal_counts_at_once_also_without_a_connection(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    press(page, "accept-all")
    page.wait_for_function("() => document.cookie.includes('_pk_id')")
    page.context.set_offline(True)
    page.evaluate("privacyCenter.open()")
    page.locator("dialog [data-pc-action=reject-all]").click()
    expect(page.get_by_role("status")).to_contain_text("could not be sent yet")
    assert page.evaluate("privacyCenter.allowed('cookies-analytics')") is False
    assert "_pk_id" not in page.evaluate("document.cookie")


@pytest.mark.parametrize("nonsense", ["{", '"x"', "[1]", "null", '[{"decisions":[]}]', "[null]"])
def test_nonsense_in_the_store_of_unsent_choices_does_no_harm(webshop: Shop, new_page: Open, nonsense: str) -> None:
    page = new_page()
    page.add_init_script(f"localStorage.pc_unsent ??= {json.dumps(nonsense)}")
    webshop.meets(page)
    press(page, "reject-all")
    assert len(webshop.recorded(page)) == 3


def test_without_our_server_the_page_works_and_nothing_is_let_go(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.route("**/api/v1/cookies/**", lambda route: route.abort())
    heard = complaints(page)
    page.goto(webshop.own.origin)
    page.evaluate("privacyCenter.ready")
    expect(page.get_by_role("heading", name="A shop")).to_be_visible()
    expect(page.locator(".pc-banner")).to_have_count(0)
    assert page.evaluate("[privacyCenter.allowed('cookies-analytics'), window.ran]") == [False, None]
    assert webshop.others.asked == []
    assert "Privacy Center: Failed to fetch" in heard


def test_a_site_that_is_not_registered_lets_nothing_go_and_says_why(webshop: Shop, new_page: Open) -> None:
    webshop.slug = "nobody"
    webshop.write()
    page = new_page()
    heard = complaints(page)
    page.goto(webshop.own.origin)
    page.evaluate("privacyCenter.ready")
    assert any(each.startswith("Privacy Center:") for each in heard)
    expect(page.locator(".pc-banner")).to_have_count(0)
    assert webshop.others.asked == []


def test_it_works_under_a_strict_policy(webshop: Shop, new_page: Open) -> None:
    center, others = webshop.stack.base_url, webshop.others.origin
    policy = (
        f"default-src 'none'; script-src 'self' {center} {others}; style-src {center}; connect-src {center}; "
        f"frame-src {others}; img-src 'self' {others}"
    )
    webshop.own.pages["/favicon.ico"] = webshop.others.pages["/pixel"]
    webshop.write(**{"Content-Security-Policy": policy})
    page = new_page()
    heard = complaints(page)
    page.goto(webshop.own.origin)
    press(page, "accept-all")
    page.wait_for_function("() => window.ran?.length === 2 && window.module")
    page.locator(".pc-control").click()
    expect(page.locator("dialog")).to_be_visible()
    assert page.locator("dialog button").first.evaluate("e => getComputedStyle(e).cursor") == "pointer"
    assert heard == []


def test_it_works_under_a_policy_of_nonces(webshop: Shop, new_page: Open) -> None:
    inline = '<script type="text/plain" data-purpose="cookies-analytics">ran.push("in")</script></head>'
    html = HTML.replace("</head>", inline).replace("<script ", '<script nonce="n0nce" ')
    webshop.own.pages["/favicon.ico"] = webshop.others.pages["/pixel"]
    policy = f"script-src 'nonce-n0nce' 'strict-dynamic'; style-src {webshop.stack.base_url}; object-src 'none'"
    webshop.write(html, **{"Content-Security-Policy": policy})
    page = new_page()
    heard = complaints(page)
    page.add_init_script("window.ran = []")
    page.goto(webshop.own.origin)
    press(page, "accept-all")
    page.wait_for_function("() => ['first', 'second', 'in'].every(each => window.ran.includes(each))")
    assert heard == []


def test_without_javascript_nothing_is_let_go(webshop: Shop, new_page: Open) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(webshop.own.origin)
    expect(page.get_by_role("heading", name="A shop")).to_be_visible()
    assert webshop.others.asked == []
    assert page.context.cookies() == []


def test_the_signal_is_an_opt_out_that_is_recorded_shown_and_not_asked_about(webshop: Shop, new_page: Open) -> None:
    page = new_page(extra_http_headers={"Sec-GPC": "1"})
    page.add_init_script(SIGNAL)
    page.goto(webshop.own.origin)
    banner = page.locator(".pc-banner")
    expect(banner).to_contain_text("Opt-out request honoured")
    names = banner.get_by_role("listitem")
    assert names.count() == 2, "what the signal says no to is not asked about"
    assert [(each["purpose"], each["decision"], each["method"]) for each in webshop.recorded(page)] == [
        ("cookies-marketing", "refused", "gpc")
    ]
    press(page, "accept-all")
    page.wait_for_function("() => window.ran?.length === 2")
    assert webshop.others.asked == []
    expect(page.locator(".pc-control")).to_contain_text("Opt-out request honoured")
    page.locator(".pc-control").click()
    expect(page.locator("dialog [name=cookies-marketing]")).to_be_disabled()
    expect(page.locator("dialog")).to_contain_text("privacy signal says no to this")
    page.reload()
    expect(page.locator(".pc-control")).to_be_visible()
    assert len(webshop.recorded(page)) == 3, "seen again, it is recorded once"


def test_the_opt_out_outlives_the_signal(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.add_init_script("if (!document.cookie.includes('pc_choices'))" + SIGNAL)
    page.goto(webshop.own.origin)
    press(page, "reject-all")
    page.reload()
    page.evaluate("privacyCenter.ready")
    assert page.evaluate("navigator.globalPrivacyControl") is None
    assert page.evaluate("privacyCenter.allowed('cookies-marketing')") is False


def test_the_signal_goes_before_an_older_yes(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.add_init_script("if (document.cookie.includes('pc_choices'))" + SIGNAL)
    page.goto(webshop.own.origin)
    press(page, "accept-all")
    page.reload()
    page.wait_for_function("() => navigator.globalPrivacyControl && localStorage.pc_unsent === undefined")
    page.evaluate("privacyCenter.ready")
    assert page.evaluate("privacyCenter.allowed('cookies-marketing')") is False
    assert webshop.recorded(page)[-1]["method"] == "gpc"
    assert webshop.recorded(page)[-1]["decision"] == "withdrawn"
