import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from dsar.requests.clock import NoSuchClock, after, answer_period, due_on, extended_period, period

VECTORS = json.loads((Path(__file__).parent / "data" / "deadline-vectors.json").read_text())
JURISDICTIONS = {"US_VA": "US_STATES"}
CLOCKS = {
    "response": answer_period,
    "response_safe": answer_period,
    "guide": answer_period,
    "response_extended": extended_period,
    "acknowledge": lambda jurisdiction: period(jurisdiction, "acknowledgement"),
    "opt_out": lambda jurisdiction: period(jurisdiction, "opt_out_deadline"),
    "breach_authority": lambda jurisdiction: period(jurisdiction, "breach_authority"),
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each['rule']}-{each['received']}")
def test_no_date_is_later_than_the_vector(vector):
    jurisdiction, clock = vector["rule"].split(".")
    length = CLOCKS[clock](JURISDICTIONS.get(jurisdiction, jurisdiction))
    ours, due = after(date.fromisoformat(vector["received"]), length), date.fromisoformat(vector["due"])
    # Earlier only by what a holiday calendar would give: never by more than a long weekend, or Christmas.
    assert due - timedelta(days=4) <= ours <= due


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-01-31", "2026-02-28"),
        ("2024-01-31", "2024-02-29"),
        ("2026-08-31", "2026-09-30"),
        ("2026-03-05", "2026-04-05"),
    ],
)
def test_a_month_ends_on_the_same_day_or_on_the_months_last(received, due):
    assert due_on(date.fromisoformat(received), "EU_GDPR") == date.fromisoformat(due)


def test_a_country_has_the_periods_of_its_union():
    received = date(2026, 1, 31)
    assert due_on(received, "EU_GDPR/DE") == due_on(received, "EU_GDPR") == date(2026, 2, 28)
    assert extended_period("EU_GDPR/AT") == extended_period("EU_GDPR")
    assert due_on(received, "US_CA/LA") == due_on(received, "US_CA")


def test_a_country_of_nowhere_has_the_strictest_of_all():
    assert due_on(date(2026, 3, 5), "ATLANTIS/POSEIDONIS") == due_on(date(2026, 3, 5), "ATLANTIS")
    assert due_on(date(2026, 3, 5), "ATLANTIS") < due_on(date(2026, 3, 5), "EU_GDPR")


def test_an_extension_counts_from_receipt_once():
    assert after(date(2026, 1, 31), extended_period("EU_GDPR")) == date(2026, 4, 30)
    assert after(date(2026, 7, 1), extended_period("US_CA")) == date(2026, 9, 28), "90 days, the first included"


def test_california_counts_the_day_of_receipt():
    assert due_on(date(2026, 7, 1), "US_CA") == date(2026, 8, 14)


def test_where_no_law_sets_a_figure_a_rule_of_the_house_does():
    assert due_on(date(2026, 7, 1), "JP_APPI") == date(2026, 7, 31)


def test_an_unknown_jurisdiction_gets_the_strictest_answer():
    assert due_on(date(2026, 7, 1), "ATLANTIS") == date(2026, 7, 11)


def test_hours_are_not_counted_in_days():
    with pytest.raises(NoSuchClock):
        period("EU_GDPR", "breach_authority")
