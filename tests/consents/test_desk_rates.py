"""How people decide, counted by day in the database and drawn by the server."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices.models import Event, Method
from consents.desk.chart import chart, round_up
from consents.desk.count import count
from consents.desk.models import Tally
from consents.desk.rates import Period, Sums
from consents.desk.tasks import count_choices
from tests.consents.purposes import make_purpose, say
from tests.people import staff_with, subject_of

RATES = "/staff/desk/tally/"
MORE = """
INSERT INTO choices_event (
    id, subject_id, purpose_id, version, decision, method, recorder, jurisdiction, said_at, received_at
)
SELECT uuidv7(), subject_id, purpose_id, version, 'refused', method, recorder, jurisdiction, said_at, received_at
FROM choices_event, generate_series(1, 5000)
"""


@pytest.fixture(autouse=True)
def ads(db: None) -> Purpose:
    return make_purpose("ads", de="Werbung")


def page(client: Client, path: str = RATES) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return unescape(response.content.decode())


def sums() -> list[tuple[str, int, str, str, int]]:
    return list(Tally.objects.order_by("pk").values_list("purpose__slug", "version", "method", "decision", "count"))


def tally(purpose: Purpose, decision: str, number: int, **how: Any) -> None:
    said: dict[str, Any] = {"day": timezone.now().astimezone(UTC).date(), "version": 1, "method": Method.PORTAL}
    Tally.objects.create(purpose=purpose, decision=decision, count=number, **(said | how))


def received_on(day: date, person: User, number: int) -> None:
    """Events as the database would have made them on that day."""
    milliseconds = int(datetime.combine(day, datetime.min.time(), UTC).timestamp() * 1000) + number
    [event] = say(person, ads=bool(number % 2))
    columns = [field.column for field in Event._meta.concrete_fields if field.column != "id"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO choices_event (id, {', '.join(columns)})"  # noqa: S608  # names of our own columns
            f" SELECT %s, {', '.join(columns)} FROM choices_event WHERE id = %s",
            [UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | number), event.pk],
        )


def test_decisions_are_counted_by_purpose_version_method_and_kind(alice: User, bob: User) -> None:
    say(alice, ads=True)
    say(bob, ads=True)
    say(bob, ads=False, method=Method.APP)
    count()
    assert sums() == [("ads", 1, "app", "withdrawn", 1), ("ads", 1, "portal", "granted", 2)]


def test_counting_again_adds_what_came_since_and_nothing_twice(alice: User) -> None:
    say(alice, ads=True)
    count_choices()
    count_choices()
    say(alice, ads=True)
    count_choices()
    assert sums() == [("ads", 1, "portal", "granted", 2)]


def test_nothing_decided_is_nothing_counted() -> None:
    assert count() == 0
    assert not Tally.objects.exists()


def test_days_of_the_past_are_counted_one_by_one_and_empty_ones_passed_over(alice: User) -> None:
    today = timezone.now().astimezone(UTC).date()
    for days_ago in (800, 30, 1):
        received_on(today - timedelta(days=days_ago), alice, days_ago)
    assert count() == 4
    days = Tally.objects.order_by("day").values_list("day", flat=True).distinct()
    assert [(today - day).days for day in days] == [800, 30, 1, 0]


def test_whoever_began_before_midnight_and_committed_after_it_is_counted(alice: User) -> None:
    today = timezone.now().astimezone(UTC).date()
    say(alice, ads=True)
    count()
    received_on(today - timedelta(days=1), alice, 1)
    count()
    assert Tally.objects.filter(day=today - timedelta(days=1)).get().count == 1


def test_counting_reads_the_events_of_a_day_by_their_index(alice: User) -> None:
    say(alice, ads=True)
    with connection.cursor() as cursor:
        # Of a table of one page every index is as good as another.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(MORE)
        cursor.execute("ANALYZE choices_event")
        cursor.execute(
            "EXPLAIN SELECT count(*) FROM choices_event WHERE id >= %s AND id < %s", [UUID(int=0), UUID(int=1)]
        )
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "choices_event_pkey" in plan


@pytest.mark.parametrize(
    ("duty", "status"),
    [(Duty.OFFICER, 200), (Duty.EDITOR, 200), (Duty.AUDITOR, 200), (Duty.SUPPORT, 403), (None, 403)],
)
def test_rates_are_for_those_whose_duty_needs_them(duty: Duty | None, status: int) -> None:
    client = staff_with(duty)
    assert client.get(RATES).status_code == status
    assert client.get(f"{RATES}ads/").status_code == status


def test_visitors_are_sent_to_sign_in(client: Client) -> None:
    assert client.get(RATES).status_code == 302
    assert client.get(f"{RATES}ads/").status_code == 302


def test_the_rate_is_of_those_who_were_asked(ads: Purpose) -> None:
    tally(ads, "granted", 30)
    tally(ads, "refused", 10)
    tally(ads, "withdrawn", 60)
    html = page(staff_with(Duty.AUDITOR))
    assert "<strong>75 %</strong>" in html
    assert re.findall(r'<td class="number">(\d+)</td>', html) == ["30", "10", "60", "0"]


def test_a_purpose_shows_its_versions_and_methods(ads: Purpose) -> None:
    tally(ads, "granted", 8, version=1)
    tally(ads, "refused", 2, version=1)
    tally(ads, "refused", 3, version=2, method=Method.PAPER)
    client = staff_with(Duty.OFFICER)
    html = page(client, f"{RATES}ads/")
    rows = dict(re.findall(r'<th scope="row">(?:<a[^>]*>)?([^<]+)(?:</a>)?</th><td class="number">([^<]+)</td>', html))
    assert (rows["1"], rows["2"], rows["Portal"], rows["Paper"]) == ("80 %", "0 %", "80 %", "0 %")


def test_one_version_or_method_is_looked_at_alone(ads: Purpose) -> None:
    tally(ads, "granted", 8, version=1)
    tally(ads, "refused", 3, version=2, method=Method.PAPER)
    client = staff_with(Duty.OFFICER)
    assert 'href="?version=2"' in page(client, f"{RATES}ads/")
    assert 'href="?version=2&method=paper"' in page(client, f"{RATES}ads/?version=2")
    html = page(client, f"{RATES}ads/?version=2")
    assert "Only version 2." in html
    assert "<strong>0 %</strong> of 3 answers are a yes" in " ".join(html.split())
    assert "Only by: Portal." in page(client, f"{RATES}ads/?method=portal&period=months")
    assert "Nobody decided in this time." in page(client, f"{RATES}ads/?version=2&method=portal")


@pytest.mark.parametrize(
    "query", ["period=years", "version=x", "version=-1", "version=99999", "version=²", "method=none", "method=%00"]
)
def test_nonsense_is_not_found(query: str) -> None:
    assert staff_with(Duty.OFFICER).get(f"{RATES}ads/?{query}").status_code == 404


def test_an_essential_or_unknown_purpose_has_no_rates() -> None:
    make_purpose("service", essential=True)
    client = staff_with(Duty.OFFICER)
    assert client.get(f"{RATES}service/").status_code == 404
    assert client.get(f"{RATES}none/").status_code == 404
    assert "Service</a>" not in page(client)


def test_with_nothing_counted_the_pages_say_so() -> None:
    client = staff_with(Duty.OFFICER)
    assert "Nobody decided" in page(client)
    assert "Nobody decided in this time." in page(client, f"{RATES}ads/")


@pytest.mark.parametrize("period", Period.values)
def test_a_chart_has_a_bar_for_each_slot_and_a_table_says_the_same(ads: Purpose, period: str) -> None:
    tally(ads, "granted", 5)
    html = page(staff_with(Duty.OFFICER), f"{RATES}ads/?period={period}")
    slots = len(Period(period).slots)
    assert html.count("<g>") == slots
    assert html[html.index("The numbers of the chart") :].count('<th scope="row">') == slots
    assert '<svg class="chart"' in html
    assert 'role="img" aria-label="Ads"' in html


def test_a_retired_purpose_stays_as_long_as_there_is_something_to_tell(ads: Purpose) -> None:
    make_purpose("old")
    tally(ads, "granted", 5)
    Purpose.objects.update(retired_at=timezone.now())
    html = page(staff_with(Duty.OFFICER))
    assert "Ads</a> <small>retired</small>" in html
    assert "Old</a>" not in html


def test_numbers_of_the_drawing_stay_numbers_in_every_language(ads: Purpose) -> None:
    tally(ads, "granted", 12345)
    client = staff_with(Duty.OFFICER)
    html = client.get(f"{RATES}ads/", headers={"Accept-Language": "de"}).content.decode()
    assert re.findall(r'<rect class="granted" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/>', html)
    assert "12.345" in html


def test_the_pages_cost_the_same_whatever_was_counted(
    ads: Purpose, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = staff_with(Duty.OFFICER)
    for path in (RATES, f"{RATES}ads/"):
        client.get(path)
        with django_assert_max_num_queries(20) as first:
            client.get(path)
        for _more in range(8):
            version = Tally.objects.count() + 2
            tally(ads, "granted", 5, version=version)
            make_purpose(f"more-{version}")
        with django_assert_max_num_queries(len(first.captured_queries)):
            client.get(path)


def test_bars_stand_on_the_ground_and_reach_a_round_number() -> None:
    slots = [Sums("a", {"granted": 30, "refused": 10, "withdrawn": 0, "expired": 0}), Sums("b")]
    drawn = chart(slots, width=100, height=200)
    assert drawn.top == 50
    assert [(part.decision, part.y, part.height) for part in drawn.bars[0].parts] == [
        ("granted", 80, 120),
        ("refused", 40, 40),
    ]
    assert not drawn.bars[1].parts


def test_one_among_a_million_is_still_seen() -> None:
    slots = [Sums("a", {"granted": 1_000_000, "refused": 1, "withdrawn": 0, "expired": 0})]
    assert chart(slots, width=100, height=50).bars[0].parts[1].height == 2


@pytest.mark.parametrize(("number", "top"), [(0, 1), (1, 1), (3, 5), (10, 10), (11, 20), (499, 500), (501, 1000)])
def test_a_scale_ends_in_a_round_number(number: int, top: int) -> None:
    assert round_up(number) == top


def test_months_follow_each_other_without_gap() -> None:
    slots = Period.MONTHS.slots
    assert len(slots) == 24
    assert all(slot.day == 1 for slot in slots)
    months = [slot.year * 12 + slot.month for slot in slots]
    assert months == list(range(months[0], months[0] + 24))
    with translation.override("en"):
        assert re.fullmatch(r"\w+ \d{4}", Period.MONTHS.label_of(slots[0]))


def test_the_sums_name_nobody(alice: User) -> None:
    say(alice, ads=True)
    count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT desk_tally::text FROM desk_tally")
        assert str(subject_of(alice).pk) not in cursor.fetchone()[0]
