"""Lines about purposes that are part of others: a no to the whole refuses its parts, a yes without it is history."""

import pytest
from django.utils import timezone

from consents.catalogue.models import Purpose
from consents.choices.check import check
from consents.choices.may import may
from consents.choices.models import Current, Event
from consents.imports.models import Line
from tests.consents.imports import line, take
from tests.consents.parts import INNER, PART, WHOLE, make_essential, make_parts
from tests.consents.purposes import say

pytestmark = pytest.mark.django_db
DAYS = [f"2024-03-{day:02}T10:00:00Z" for day in range(1, 10)]


@pytest.fixture(autouse=True)
def parts(db: None) -> None:
    make_parts()


def history() -> list[tuple[str, str, int]]:
    """Purpose, decision and day."""
    events = Event.objects.select_related("purpose").order_by("said_at", "purpose__position")
    return [(event.purpose.slug, event.decision, event.said_at.day) for event in events]


def allowed(somebody) -> list[str]:
    answers = {slug: may(somebody.subject, slug) for slug in (WHOLE, PART, INNER)}
    assert answers == {slug: check(slug, [somebody.subject_id]).allowed[0] for slug in answers}
    return [slug for slug, answer in answers.items() if answer]


def test_a_part_without_its_whole_is_history_until_the_whole_is_allowed(alice):
    """The lines about the whole may stand in another file, which may come first or last."""
    source = take(line(alice, PART))
    assert (source.recorded, source.bad) == (1, 0)
    assert Current.objects.get().decision == "granted"
    assert allowed(alice) == []
    take(line(alice, WHOLE, said_at=DAYS[4]))
    assert allowed(alice) == [WHOLE, PART]


@pytest.mark.parametrize("order", [1, -1])
def test_who_refused_the_whole_refused_its_parts_in_whichever_order_the_lines_stand(alice, bob, order):
    source = take(
        *[
            line(alice, WHOLE, said_at=DAYS[0]),
            line(alice, PART, said_at=DAYS[1]),
            line(alice, WHOLE, "refused", said_at=DAYS[2]),
            line(alice, WHOLE, said_at=DAYS[3]),
            line(alice, INNER, said_at=DAYS[4]),
            line(bob, PART, said_at=DAYS[1]),
        ][::order]
    )
    mine = [each for each in history() if each[2] != 2]
    assert mine == [
        (WHOLE, "granted", 1),
        (WHOLE, "withdrawn", 3),
        (PART, "withdrawn", 3),
        (INNER, "refused", 3),
        (WHOLE, "granted", 4),
        (INNER, "granted", 5),
    ]
    assert allowed(alice) == [WHOLE]
    assert (source.lines, source.recorded) == (6, 6)
    part = Event.objects.get(purpose__slug=PART, decision="withdrawn")
    whole = Event.objects.get(purpose__slug=WHOLE, decision="withdrawn")
    assert (part.client_id, part.said_at, part.method) == (whole.client_id, whole.said_at, "import")
    assert part.wording is None
    assert not Line.objects.exists()


def test_a_line_that_refuses_the_part_itself_is_the_one_that_is_kept(alice):
    lines = [line(alice, slug, "refused", said_at=DAYS[1]) for slug in (INNER, WHOLE, PART, WHOLE)]
    source = take(*lines)
    assert history() == [(WHOLE, "refused", 2), (WHOLE, "refused", 2), (PART, "refused", 2), (INNER, "refused", 2)]
    client_ids = {event.purpose.slug: event.client_id for event in Event.objects.exclude(purpose__slug=WHOLE)}
    assert client_ids == {INNER: f"{source.client_id}2", PART: f"{source.client_id}4"}


def test_what_was_refused_here_since_is_not_refused_again(alice):
    say(alice, partner_ads=False)
    take(line(alice, WHOLE, "refused"))
    assert Event.objects.filter(method="import").values_list("purpose__slug", flat=True).get() == WHOLE


def test_a_part_that_no_choice_can_refuse_is_left_alone(alice):
    make_essential(PART)
    Purpose.objects.filter(slug=INNER).update(retired_at=timezone.now())
    take(line(alice, WHOLE, "refused"))
    assert history() == [(WHOLE, "refused", 1)]


def test_a_rehearsal_leaves_nothing_and_the_import_after_it_the_parts(alice):
    lines = [line(alice, WHOLE, "refused")]
    take(*lines, rehearse=True)
    assert not Event.objects.exists()
    take(*lines)
    assert Event.objects.count() == 3
