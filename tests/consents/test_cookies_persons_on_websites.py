"""Who is signed in on a website meets their own choices there, in a real browser; what they choose holds anywhere."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.consents.members import ASKED, Member
from tests.consents.shops import Open, Shop, press
from tests.consents.test_cookies_for_everybody import fine
from tests.consents.test_cookies_on_hard_websites import SIGNAL

pytestmark = pytest.mark.browser

NEW = "You are signed in on a new device. What you chose elsewhere holds here too."
TAKEN_OVER = "What you chose on this device and with your account now holds for both."
ALL = dict.fromkeys(ASKED, "granted")


def allowed(page: Page) -> list[str]:
    return [slug for slug in ASKED if page.evaluate(f"privacyCenter.ready.then(() => privacyCenter.allowed('{slug}'))")]


def sent(page: Page) -> list[dict[str, Any]]:
    """What decisions say from now on."""
    said: list[dict[str, Any]] = []
    page.on("request", lambda asked: said.append(asked.post_data_json) if "/decisions/" in asked.url else None)
    return said


def test_what_was_chosen_elsewhere_holds_on_a_new_device_which_says_so_once(
    webshop: Shop, new_page: Open, member: Member
) -> None:
    member.chooses(cookies_analytics=True, cookies_marketing=False, recommendations=False)
    member.signs_in(webshop)
    page = new_page()
    page.goto(webshop.own.origin)
    page.wait_for_function("window.ran?.length === 2")
    expect(page.get_by_role("status")).to_have_text(NEW)
    expect(page.locator(".pc-banner")).to_have_count(0)
    assert webshop.others.asked == []
    assert webshop.cookie(page) == "1..", "nothing was said in this browser"
    assert page.locator("[data-person]").count() == 0, "other scripts of the page need not know"
    page.reload()
    assert allowed(page) == ["cookies-analytics"]
    expect(page.get_by_role("status")).to_have_count(0)


def test_the_notice_speaks_the_language_of_the_page(webshop: Shop, new_page: Open, member: Member) -> None:
    member.chooses(cookies_analytics=True)
    member.signs_in(webshop, lang="de")
    page = new_page()
    page.goto(webshop.own.origin)
    expect(page.get_by_role("status")).to_contain_text("Sie sind auf einem neuen Gerät angemeldet.")


@pytest.mark.parametrize("width", [1280, 320])
def test_beside_the_banner_the_notice_hides_none_of_it(
    webshop: Shop, new_page: Open, member: Member, width: int
) -> None:
    member.chooses(cookies_analytics=True)
    member.signs_in(webshop)
    page = new_page(viewport={"width": width, "height": 700})
    page.goto(webshop.own.origin)
    expect(page.locator(".pc-banner").get_by_role("listitem")).to_have_count(2)
    fine(page, "notice and banner")
    notice, banner = page.get_by_role("status").bounding_box(), page.locator(".pc-banner").bounding_box()
    assert notice
    assert banner
    assert notice["y"] + notice["height"] <= banner["y"]
    page.get_by_role("status").get_by_role("button").click()
    expect(page.locator(".pc-status")).to_have_count(0)
    expect(page.locator(".pc-banner")).to_be_visible()


@pytest.mark.parametrize(("action", "decision"), [("accept-all", "granted"), ("reject-all", "refused")])
def test_what_is_chosen_on_the_shop_holds_everywhere(
    webshop: Shop, new_page: Open, member: Member, action: str, decision: str
) -> None:
    member.signs_in(webshop)
    page = new_page()
    said = sent(page)
    webshop.meets(page)
    assert webshop.cookie(page) == "", "nothing holds yet that they should be told of"
    press(page, action)
    assert member.choices() == dict.fromkeys(ASKED, decision)
    assert [set(each) & {"person", "device"} for each in said] == [{"person"}]
    assert webshop.device(page) == ""
    other = new_page()
    other.goto(webshop.own.origin)
    assert allowed(other) == (ASKED if decision == "granted" else [])
    expect(other.get_by_role("status")).to_have_text(NEW)


def test_a_withdrawal_on_the_shop_holds_everywhere(webshop: Shop, new_page: Open, member: Member) -> None:
    member.chooses(cookies_analytics=True, cookies_marketing=True, recommendations=True)
    member.signs_in(webshop)
    page = new_page()
    page.goto(webshop.own.origin)
    page.wait_for_function("document.cookie.includes('_pk_id')")
    page.locator(".pc-control").click()
    press(page, "reject-all")
    page.wait_for_function("!document.cookie.includes('_pk_id')")
    assert member.choices() == dict.fromkeys(ASKED, "withdrawn")


def test_what_was_chosen_in_the_browser_before_signing_in_is_theirs(
    webshop: Shop, new_page: Open, member: Member
) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    press(page, "accept-all")
    answers = webshop.cookie(page).split(".")[2]
    member.signs_in(webshop)
    page.reload()
    expect(page.get_by_role("status")).to_have_text(TAKEN_OVER)
    assert member.choices() == ALL
    assert webshop.cookie(page) == f"1..{answers}", "whoever comes next in this browser is somebody else"


def test_after_signing_out_the_browser_keeps_what_was_said_in_it_and_is_nobody_s(
    webshop: Shop, new_page: Open, member: Member
) -> None:
    member.signs_in(webshop)
    page = new_page()
    page.goto(webshop.own.origin)
    press(page, "reject-all")
    member.chooses(cookies_analytics=True)
    page.reload()
    assert allowed(page) == ["cookies-analytics"]
    webshop.write()
    page.reload()
    assert allowed(page) == []
    expect(page.locator(".pc-banner")).to_have_count(0)
    before = member.choices()
    page.locator(".pc-control").click()
    press(page, "accept-all")
    assert member.choices() == before
    assert {each["stage"] for each in webshop.recorded(page)} == {"device"}


def test_what_another_person_left_in_the_browser_is_not_theirs(webshop: Shop, new_page: Open, member: Member) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    press(page, "accept-all")
    answers = webshop.cookie(page).split(".")[2]
    page.context.add_cookies([{"name": "pc_choices", "value": f"1..{answers}", "url": webshop.own.origin}])
    member.signs_in(webshop)
    page.reload()
    expect(page.locator(".pc-banner")).to_be_visible()
    assert allowed(page) == []
    assert member.choices() == {}


def test_both_tabs_know_what_was_chosen_in_one(webshop: Shop, new_page: Open, member: Member) -> None:
    member.signs_in(webshop)
    first = new_page()
    second = first.context.new_page()
    for page in (first, second):
        webshop.meets(page)
    press(first, "accept-all")
    second.wait_for_function("window.ran?.length === 2")
    expect(second.locator(".pc-banner")).to_have_count(0)


@pytest.mark.parametrize("fault", ["no answer", "an error", "an old token"])
def test_without_an_answer_the_page_is_one_of_nobody_known(
    webshop: Shop, new_page: Open, member: Member, fault: str
) -> None:
    member.chooses(cookies_analytics=True)
    member.signs_in(webshop, member.old_token(webshop.slug) if fault == "an old token" else None)
    page = new_page()
    if fault == "no answer":
        page.route("**/api/v1/cookies/person/", lambda route: route.abort())
    elif fault == "an error":
        page.route("**/api/v1/cookies/person/", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    page.goto(webshop.own.origin)
    expect(page.locator(".pc-banner").get_by_role("listitem")).to_have_count(3)
    press(page, "reject-all")
    assert [each["decision"] for each in webshop.recorded(page)] == ["refused"] * 3
    assert member.choices() == {"cookies-analytics": "granted"}


def test_a_token_whose_time_ends_while_the_page_is_open_makes_it_one_of_nobody_known(
    webshop: Shop, new_page: Open, member: Member
) -> None:
    member.signs_in(webshop)
    page = new_page()
    old = member.old_token(webshop.slug)

    def hours_later(route: Route) -> None:
        said = route.request.post_data_json
        route.continue_(post_data=json.dumps(said | ({"person": old} if "person" in said else {})))

    page.route("**/api/v1/cookies/decisions/", hours_later)
    page.goto(webshop.own.origin)
    page.locator("[data-pc-action=accept-all]").click()
    page.wait_for_function("window.ran?.length === 2")
    assert member.choices() == {}
    assert [each["decision"] for each in webshop.recorded(page)] == ["granted"] * 3


def decide_offline(page: Page, action: str) -> None:
    page.context.set_offline(True)
    page.locator(f"[data-pc-action={action}]").click()
    expect(page.get_by_role("status")).to_contain_text("could not be sent yet")


def test_what_was_chosen_without_a_connection_is_sent_for_the_person(
    webshop: Shop, new_page: Open, member: Member
) -> None:
    member.signs_in(webshop)
    page = new_page()
    webshop.meets(page)
    decide_offline(page, "accept-all")
    assert allowed(page) == []
    page.context.set_offline(False)
    page.wait_for_function("window.ran?.length === 2")
    assert member.choices() == ALL


def test_what_was_chosen_offline_and_sent_too_late_is_said_by_the_browser(
    webshop: Shop, new_page: Open, member: Member
) -> None:
    member.signs_in(webshop)
    page = new_page()
    webshop.meets(page)
    decide_offline(page, "reject-all")
    page.evaluate(
        """person => {
            const [waiting] = JSON.parse(localStorage.pc_unsent);
            localStorage.pc_unsent = JSON.stringify([{...waiting, person}]);
        }""",
        member.old_token(webshop.slug),
    )
    webshop.write()
    page.close(run_before_unload=False)
    page.context.set_offline(False)
    next_page = page.context.new_page()
    next_page.goto(webshop.own.origin)
    next_page.wait_for_function("document.cookie.includes('pc_choices') && !localStorage.pc_unsent")
    assert member.choices() == {}
    assert [each["decision"] for each in webshop.recorded(next_page)] == ["refused"] * 3


def test_what_the_browser_said_offline_before_signing_in_becomes_theirs(
    webshop: Shop, new_page: Open, member: Member
) -> None:
    page = new_page()
    webshop.meets(page)
    decide_offline(page, "accept-all")
    page.close(run_before_unload=False)
    page.context.set_offline(False)
    member.signs_in(webshop)
    next_page = page.context.new_page()
    next_page.goto(webshop.own.origin)
    expect(next_page.get_by_role("status")).to_have_text(TAKEN_OVER)
    assert member.choices() == ALL
    assert allowed(next_page) == ASKED


def test_a_minor_is_told_who_may_allow_and_asked_again(webshop: Shop, new_page: Open, minor: Member) -> None:
    minor.signs_in(webshop)
    page = new_page()
    page.goto(webshop.own.origin)
    page.locator("[data-pc-action=accept-all]").click()
    expect(page.get_by_role("status")).to_contain_text("your guardian can allow this for you")
    expect(page.locator(".pc-banner")).to_be_visible()
    assert (allowed(page), minor.choices()) == ([], {})
    press(page, "reject-all")
    assert minor.choices() == dict.fromkeys(ASKED, "refused")


def test_the_signal_of_the_browser_opts_the_person_out_until_they_allow_it_themselves(
    webshop: Shop, new_page: Open, member: Member
) -> None:
    member.chooses(cookies_marketing=True, cookies_analytics=True, recommendations=True)
    member.signs_in(webshop)
    page = new_page(extra_http_headers={"Sec-GPC": "1"})
    page.add_init_script(SIGNAL)
    page.goto(webshop.own.origin)
    assert allowed(page) == ["recommendations", "cookies-analytics"]
    assert member.choices()["cookies-marketing"] == "withdrawn"
    page.locator(".pc-control").click()
    page.locator("dialog [name=cookies-marketing]").check()
    press(page, "save")
    assert allowed(page) == ASKED
    assert member.choices() == ALL
    page.reload()
    assert allowed(page) == ASKED
    expect(page.locator(".pc-control")).not_to_contain_text("Opt-out request honoured")
