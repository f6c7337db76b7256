"""What the inventory said of a tracker can be told for any time, whichever way it was written."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.users.models import User
from consents.cookies.models import Tracker, TrackerVersion
from tests.consents.purposes import make_purpose

pytestmark = pytest.mark.django_db


@pytest.fixture
def tracker() -> Tracker:
    kept = {"name": "_visits", "storage": "cookie", "party": "first", "lifetime": "P1Y"}
    return Tracker.objects.create(slug="visits", purpose=make_purpose("statistics"), **kept)


def said(name: str = "lifetime") -> list[object]:
    return [version.content[name] for version in TrackerVersion.objects.order_by("number")]


def test_every_change_of_what_is_said_is_a_version(tracker: Tracker) -> None:
    Tracker.objects.update(lifetime="P30D")
    Tracker.objects.filter(pk=tracker.pk).update(purpose=make_purpose("ads"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cookies_tracker SET retired_at = %s", [timezone.now()])
    assert said() == ["P1Y", "P30D", "P30D", "P30D"]
    assert said("purpose") == ["statistics", "statistics", "ads", "ads"]
    assert said("retired") == [False, False, False, True]


def test_a_place_in_the_list_and_the_same_again_are_none(tracker: Tracker) -> None:
    Tracker.objects.update(position=7)
    Tracker.objects.update(lifetime="P1Y")
    assert said() == ["P1Y"]


@pytest.mark.parametrize(
    "change", ["UPDATE cookies_trackerversion SET number = 9", "DELETE FROM cookies_trackerversion"]
)
def test_nobody_changes_what_was_said(tracker: Tracker, change: str) -> None:
    with pytest.raises(DatabaseError, match="published and can not change"), transaction.atomic():
        connection.cursor().execute(change.format("cookies_trackerversion"))


def test_staff_read_it_and_people_see_when_the_list_was_last_changed(
    tracker: Tracker, client_for: Callable[[User], Client], dana: User
) -> None:
    client = client_for(dana)
    assert "P1Y" in client.get("/staff/cookies/trackerversion/").content.decode()
    change = f"/staff/cookies/trackerversion/{TrackerVersion.objects.get().pk}/change/"
    assert client.post(change, {"number": "9"}).status_code == 403
    assert "This list was last changed on" in Client().get("/cookies/").content.decode()
