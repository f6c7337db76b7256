"""consent.js on a website, in a real browser: nothing before a choice, exactly the right things after it."""

import json
from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import expect

from tests.consents.shops import Open, Shop, press
from tests.websites import Web, register

pytestmark = pytest.mark.browser

Start = Callable[[str], Web]

ASKED = ["recommendations", "cookies-analytics", "cookies-marketing"]


def test_nothing_is_loaded_or_kept_before_a_choice(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    webshop.meets(page)
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length, window.ran]") == [0, 0, None]
    assert webshop.others.asked == []
    assert not {"/first.js", "/second.js", "/module.js"} & set(webshop.own.asked)


def test_what_is_allowed_runs_without_a_reload_and_in_order(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    press(page, "accept-all")
    page.wait_for_function("window.ran?.length === 2 && window.module")
    assert page.evaluate("window.ran") == ["first", "second"]
    expect(page.frame_locator("iframe").get_by_text("A film")).to_be_visible()
    page.wait_for_function("document.cookie.includes('_gcl_au') && document.querySelector('img').complete")
    assert {"/film", "/pixel", "/ads.js"} <= set(webshop.others.asked)
    assert webshop.names(page) >= {"pc_choices", "_pk_id.1", "_gcl_au"}
    assert webshop.own.asked.count("/") == 1
    assert [(each["purpose"], each["decision"], each["method"]) for each in webshop.recorded(page)] == [
        (slug, "granted", "banner") for slug in ASKED
    ]
    page.reload()
    page.wait_for_function("window.ran?.length === 2")
    expect(page.locator(".pc-banner")).to_have_count(0)


def test_a_refusal_is_recorded_and_not_asked_again(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    press(page, "reject-all")
    expect(page.locator(".pc-banner")).to_have_count(0)
    page.reload()
    expect(page.locator(".pc-control")).to_be_visible()
    expect(page.locator(".pc-banner")).to_have_count(0)
    assert webshop.others.asked == []
    assert webshop.names(page) == {"pc_choices"}
    assert [(each["purpose"], each["decision"], each["stage"]) for each in webshop.recorded(page)] == [
        (slug, "refused", "device") for slug in ASKED
    ]


def test_only_what_was_ticked_is_allowed(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    page.locator("[data-pc-action=choose]").click()
    boxes = page.get_by_role("dialog").get_by_role("checkbox")
    assert [box.is_checked() for box in boxes.all()] == [False, False, False]
    page.locator("dialog [name=cookies-analytics]").check()
    press(page, "save")
    page.wait_for_function("window.ran?.length === 2")
    assert page.evaluate("localStorage.recently_viewed") is None
    assert webshop.others.asked == []
    methods = {each["purpose"]: (each["decision"], each["method"]) for each in webshop.recorded(page)}
    assert methods == {
        "recommendations": ("refused", "preferences"),
        "cookies-analytics": ("granted", "preferences"),
        "cookies-marketing": ("refused", "preferences"),
    }


def test_a_withdrawal_clears_what_was_kept_and_holds_back_again(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(f"{webshop.own.origin}/")
    press(page, "accept-all")
    page.wait_for_function("localStorage.recently_viewed && document.cookie.includes('_pk_id')")
    page.locator(".pc-control").click()
    press(page, "reject-all")
    page.wait_for_function("!localStorage.recently_viewed && !document.cookie.includes('_pk_id')")
    expect(page.frame_locator("iframe").get_by_text("A film")).to_have_count(0)
    expect(page.locator(".pc-embed")).to_be_visible()
    assert "_gcl_au" not in page.evaluate("document.cookie")
    assert {each["decision"] for each in webshop.recorded(page)[3:]} == {"withdrawn"}
    before = len(webshop.others.asked)
    page.reload()
    expect(page.locator(".pc-control")).to_be_visible()
    assert len(webshop.others.asked) == before


def test_held_back_content_is_named_and_can_be_allowed_where_it_stands(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    press(page, "reject-all")
    sign = page.locator(".pc-embed")
    expect(sign).to_contain_text("This comes from another company. It is shown if you allow")
    assert sign.count() == 1, "a pixel needs no sign"
    press(page, "show")
    expect(page.frame_locator("iframe").get_by_text("A film")).to_be_visible()
    expect(sign).to_have_count(0)
    assert webshop.recorded(page)[-1]["decision"] == "granted"
    assert page.evaluate(
        "[privacyCenter.allowed('cookies-marketing'), privacyCenter.allowed('cookies-analytics')]"
    ) == [
        True,
        False,
    ]


def test_what_is_added_later_is_held_back_and_let_go_too(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    add = """purpose => {
        const late = document.createElement("script");
        Object.assign(late, {type: "text/plain", text: "window.late = (window.late ?? 0) + 1"});
        late.dataset.purpose = purpose;
        document.body.append(late);
    }"""
    page.evaluate(add, "cookies-analytics")
    press(page, "accept-all")
    page.wait_for_function("window.late === 1")
    page.evaluate(add, "cookies-analytics")
    page.wait_for_function("window.late === 2")
    page.evaluate(add, "of-nobody")
    assert page.evaluate("window.late") == 2


def test_pages_are_told_and_may_wait(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.add_init_script("""
        window.heard = [];
        document.addEventListener("privacycenter:choice", ({detail}) => heard.push(detail));
    """)
    page.goto(webshop.own.origin)
    page.evaluate("""async () => {
        await privacyCenter.ready;
        privacyCenter.when("cookies-analytics").then(() => { window.waited = true; });
    }""")
    assert page.evaluate("window.waited") is None
    press(page, "accept-all")
    page.wait_for_function("window.waited")
    assert page.evaluate("heard") == [{"allowed": [], "refused": ASKED}, {"allowed": ASKED, "refused": []}]


def test_the_cookie_is_small_and_holds_no_more_than_an_id_and_answers(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    press(page, "accept-all")
    cookie = webshop.cookie(page)
    assert len(f"pc_choices={cookie}") < 400
    version, device, answers = cookie.split(".")
    assert (version, len(device), len(answers)) == ("1", 66, 8 * len(ASKED))
    assert page.evaluate("localStorage.pc_unsent") is None


def test_each_visit_keeps_the_answers_anew(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    press(page, "reject-all")
    webshop.recorded(page)
    [kept] = page.context.cookies()
    # Safari lets a script's cookie live for a week.
    week = kept["expires"] - 393 * 86400
    url = webshop.own.origin
    page.context.add_cookies([{"name": "pc_choices", "value": kept["value"], "url": url, "expires": week}])
    page.reload()
    expect(page.locator(".pc-control")).to_be_visible()
    [anew] = page.context.cookies()
    assert anew["value"] == kept["value"]
    assert anew["expires"] >= kept["expires"]


@pytest.mark.parametrize("broken", ["1", "1..", "2.x.y", "x" * 3900, "1.%00.", '{"a":1}', "1..AAAAG9999", "%"])
def test_a_broken_cookie_is_no_choice(webshop: Shop, new_page: Open, broken: str) -> None:
    page = new_page()
    page.context.add_cookies([{"name": "pc_choices", "value": broken, "url": webshop.own.origin}])
    webshop.meets(page)
    assert webshop.others.asked == []
    press(page, "reject-all")
    assert len(webshop.recorded(page)) == 3


def test_the_banner_speaks_the_language_of_the_page(webshop: Shop, new_page: Open) -> None:
    webshop.write(lang="de")
    page = new_page()
    page.goto(webshop.own.origin)
    expect(page.locator(".pc-banner")).to_have_attribute("lang", "de")
    expect(page.locator("[data-pc-action=reject-all]")).to_have_text("Alles ablehnen")
    press(page, "accept-all")
    assert {each["language"] for each in webshop.recorded(page)} == {"de"}


def test_to_close_is_to_say_nothing(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    page.locator(".pc-banner [data-pc-action=close]").click()
    expect(page.locator(".pc-banner")).to_have_count(0)
    expect(page.locator(".pc-control")).to_be_focused()
    assert webshop.cookie(page) == ""
    page.reload()
    page.locator("[data-pc-action=accept-all]").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".pc-banner")).to_have_count(0)
    assert webshop.cookie(page) == ""
    assert webshop.others.asked == []


def test_a_choice_in_one_tab_holds_in_the_other(webshop: Shop, new_page: Open) -> None:
    first = new_page()
    second = first.context.new_page()
    for page in (first, second):
        webshop.meets(page)
    press(first, "accept-all")
    second.wait_for_function("window.ran?.length === 2")
    expect(second.locator(".pc-banner")).to_have_count(0)


def speaks_for_analytics(webshop: Shop) -> None:
    """From the next page on: what the server keeps for a moment is that of a new site."""
    with psycopg.connect(webshop.stack.env["DATABASE_URL"]) as connection:
        connection.execute("""
            INSERT INTO cookies_googlesignal (consent_type, purpose_id)
            SELECT 'analytics_storage', id FROM catalogue_purpose WHERE slug = 'cookies-analytics'
            ON CONFLICT (consent_type) DO NOTHING
        """)
    webshop.look()


def test_google_s_tags_hear_no_first_and_then_what_was_decided(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    first = page.evaluate("[...dataLayer[0]]")
    assert first[:2] == ["consent", "default"]
    assert {value for name, value in first[2].items() if name.endswith("storage") and name != "security_storage"} == {
        "denied"
    }
    speaks_for_analytics(webshop)
    page.reload()
    press(page, "accept-all")
    page.wait_for_function("dataLayer.some(each => each.event && each.allowed.length)")
    said = json.loads(page.evaluate("JSON.stringify(dataLayer.map(each => each.event ? each : [...each]))"))
    assert said[-1] == {"event": "privacy_center_choice", "allowed": ASKED, "refused": []}
    assert said[-2][:2] == ["consent", "update"]
    granted = {name for name, value in said[-2][2].items() if value == "granted"}
    assert granted == {"analytics_storage"}, "the other types are nobody's"


def test_what_is_said_on_one_website_is_not_said_on_another(webshop: Shop, website: Start, new_page: Open) -> None:
    blog = website("127.0.0.3")
    other = Shop(webshop.stack, blog, webshop.others, register(webshop.stack, blog.origin))
    other.write()
    page = new_page()
    page.goto(webshop.own.origin)
    press(page, "reject-all")
    page.goto(blog.origin)
    press(page, "accept-all")
    assert webshop.device(page) != other.device(page)
    assert {each["decision"] for each in webshop.recorded(page)} == {"refused"}
    assert {each["decision"] for each in other.recorded(page)} == {"granted"}


def test_the_page_of_one_site_can_not_speak_for_another(webshop: Shop, website: Start, new_page: Open) -> None:
    stranger = website("127.0.0.3")
    webshop.write()
    stranger.pages["/"] = webshop.own.pages["/"]
    page = new_page()
    page.goto(stranger.origin)
    page.evaluate("privacyCenter.ready")
    expect(page.locator(".pc-banner")).to_have_count(0)
    assert page.context.cookies() == []
