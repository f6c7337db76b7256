from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consents.catalogue.durations import is_duration
from consents.catalogue.models import Purpose
from consents.choices import law

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def test_a_country_says_what_it_says_and_leaves_the_rest_to_its_union_and_to_the_default():
    assert law.of("EU_GDPR/DE").double_opt_in
    assert law.of("EU_GDPR/AT").double_opt_in
    assert not law.of("EU_GDPR").double_opt_in
    assert law.of("EU_GDPR/DE").refusal_period == law.of("EU_GDPR").refusal_period == "P6M"


def test_an_unknown_country_has_the_law_of_its_union_and_an_unknown_place_the_default():
    assert law.of("EU_GDPR/XX") == law.of("EU_GDPR")
    assert law.of("US_CA/LA") == law.of("US_CA")
    assert law.of("ATLANTIS") == law.Law("P6M", double_opt_in=False, gpc=False)


def test_california_asks_no_sooner_than_after_a_year_and_makes_the_signal_law():
    assert law.of("US_CA") == law.Law("P12M", double_opt_in=False, gpc=True)


def test_every_period_of_the_table_can_be_counted():
    table = law._table()
    for place in table["jurisdictions"]:
        assert is_duration(law.of(place).refusal_period)
        assert len(place) <= 20, "a subject has no room for it"


@pytest.mark.parametrize(
    ("place", "months"), [("US_CA", 12), ("EU_GDPR", 6), ("EU_GDPR/DE", 3), ("EU_GDPR/FR", 6), ("EU_GDPR/IT", None)]
)
def test_a_consent_holds_as_long_as_the_nearest_place_says(place, months):
    validities = {"EU_GDPR": "P6M", "EU_GDPR/DE": "P3M", "EU_GDPR/IT": ""}
    purpose = Purpose(validity="P12M", validities=validities)
    assert law.expires_at(purpose, place, NOON) == {
        12: NOON.replace(year=2027),
        6: NOON.replace(month=9, day=30),
        3: NOON.replace(month=6, day=30),
        None: None,
    }.get(months)


def test_what_has_no_validity_holds_until_it_is_withdrawn():
    assert law.expires_at(Purpose(), "EU_GDPR", NOON) is None


def test_a_consent_for_longer_than_the_calendar_never_ends():
    assert law.after(NOON, "P9999Y") is None
    assert law.after(NOON.replace(year=9999), "P1Y") is None
    assert law.after(NOON.replace(year=9999, month=12), "P1D") is None


amounts = st.integers(0, 400)
durations = st.builds(
    "P{}Y{}M{}W{}DT{}H{}M{}S".format, st.integers(0, 40), amounts, amounts, amounts, amounts, amounts, amounts
)


@pytest.mark.django_db
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.datetimes(datetime(1999, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)), durations)
def test_periods_count_as_the_database_counts_them(instant, period):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz + %s::interval", [instant, period])
        assert law.after(instant, period) == cursor.fetchone()[0]
