import csv
import json
import re
from datetime import timedelta

import bagit
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.subjects import signing
from accounts.subjects.models import Subject
from accounts.users.freshness import StaleSignIn
from consents.notices.models import Delivery
from dsar.archives import shelf
from dsar.archives.bag import KIND, Names
from dsar.archives.models import Archive
from dsar.archives.table import neutral
from dsar.requests.ask import NotYoursToDecide, ask
from dsar.requests.models import Request
from dsar.work import run as running
from dsar.work.models import Plan, Step
from tests.work import archive_of, ask_for, kinds_told, now, unpacked, work_off

pytestmark = [
    pytest.mark.django_db,
    # The bagit library calls re.sub in a way that Python 3.13 warns of.
    pytest.mark.filterwarnings("ignore:'count' is passed as positional argument:DeprecationWarning"),
]


def make_copy(subject: Subject) -> Archive:
    asked = ask_for("access", subject)
    work_off()
    return archive_of(asked)


def test_it_needs_a_fresh_sign_in(alice):
    with pytest.raises(StaleSignIn):
        ask(alice.subject, "access", actor=alice.subject, signed_in_at=now() - settings.FRESH_SIGN_IN - timedelta(1))
    with pytest.raises(StaleSignIn):
        ask(alice.subject, "access", actor=alice.subject, signed_in_at=None)
    assert not Request.objects.exists()


def test_a_second_ask_returns_the_open_request(alice, helpdesk):
    first = ask_for("access", alice.subject)
    assert ask_for("access", alice.subject) == first
    assert Plan.objects.count() == 1
    assert kinds_told(alice.subject) == ["request-received"]


def test_after_the_first_is_done_another_can_be_asked_for(alice, helpdesk):
    first = ask_for("access", alice.subject)
    work_off()
    second = ask_for("access", alice.subject)
    assert second != first
    assert second.reference != first.reference


def test_references_can_be_read_out_and_not_be_guessed(alice, helpdesk):
    reference = ask_for("access", alice.subject).reference
    assert re.fullmatch(r"PC-\d{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", reference)


def test_a_stranger_can_not_ask_for_somebody_else(alice, charlie):
    with pytest.raises(NotYoursToDecide):
        ask_for("access", alice.subject, charlie.subject)


def test_minors_may_ask_for_their_own_copy_and_guardians_for_theirs(mia, bob, helpdesk):
    own = ask_for("access", mia.subject)
    work_off()
    guardians = ask_for("access", mia.subject, bob.subject)
    work_off()
    for_bob = archive_of(guardians)
    assert list(Archive.objects.for_subject(bob.subject)) == [for_bob]
    assert list(Archive.objects.for_subject(mia.subject).values_list("plan_id", flat=True)) == [own.plan_id]


def test_the_archive_is_out_of_reach_once_the_guardianship_ends(mia, bob, helpdesk):
    ask_for("access", mia.subject, bob.subject)
    work_off()
    bob.subject.minors.update(ended_at=now())
    assert not Archive.objects.for_subject(bob.subject).exists()


def test_the_archive_is_a_valid_bag(alice, helpdesk, tmp_path):
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "Where is my parcel?"}]
    top = unpacked(make_copy(alice.subject), tmp_path)
    bag = bagit.Bag(str(top))
    bag.validate()
    assert bag.info["Payload-Oxum"]
    assert alice.email not in (top / "bag-info.txt").read_text()


def test_one_altered_byte_makes_the_bag_invalid(alice, helpdesk, tmp_path):
    top = unpacked(make_copy(alice.subject), tmp_path)
    with (top / "data" / "about.json").open("a") as file:
        file.write(" ")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(top)).validate()


def test_the_manifest_is_signed(alice, helpdesk, tmp_path):
    top = unpacked(make_copy(alice.subject), tmp_path)
    signed = json.loads((top / "signature.json").read_text())
    assert signing.verify(signed, kind=KIND) == (top / "manifest-sha256.txt").read_bytes()
    forged = signed | {"payload": signed["payload"][:-2]}
    with pytest.raises(signing.NotSigned):
        signing.verify(forged, kind=KIND)


def test_it_holds_what_every_system_knows(alice, charlie, helpdesk, tmp_path):
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "Where is my parcel?"}]
    helpdesk.tickets[charlie.email] = [{"number": 2, "text": "Canary of Charlie"}]
    data = unpacked(make_copy(alice.subject), tmp_path) / "data"
    assert json.loads((data / "helpdesk" / "tickets.jsonl").read_text()) == {"number": 1, "text": "Where is my parcel?"}
    profile = json.loads((data / "privacy-center" / "users.profile.jsonl").read_text())
    assert profile["full_name"] == "Alice Example"
    everything = "".join(path.read_text() for path in data.rglob("*") if path.is_file())
    assert "Charlie" not in everything
    assert charlie.email not in everything
    assert alice.password not in everything


def test_article_15_is_answered_by_its_letters(alice, helpdesk, tmp_path):
    data = unpacked(make_copy(alice.subject), tmp_path) / "data"
    about = json.loads((data / "about.json").read_text())
    assert {key[0] for key in about if key[1] == "_"} == set("abcdefgh")
    assert about["controller"]["name"] == settings.ORGANISATION
    assert "Tickets" not in {source["collection"] for source in about["g_sources"]}, "nothing was found there"


def test_the_page_shows_days_as_people_write_them(alice, helpdesk, tmp_path):
    helpdesk.tickets[alice.email] = [
        {"number": 1, "text": text} for text in ("2026-08-01T07:57:00Z", "2026-02-28", "2026-02-31")
    ]
    page = (unpacked(make_copy(alice.subject), tmp_path) / "data" / "index.html").read_text()
    assert "1 August 2026, 07:57" in page
    assert "28 February 2026" in page
    assert "2026-02-31" in page


def test_hostile_texts_do_not_run(alice, helpdesk, tmp_path):
    evil = "<script>alert(1)</script>"
    helpdesk.tickets[alice.email] = [
        {"number": -5, "text": text}
        for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "a,=1+1", 'a";=1', "a\n@x", " =1", evil)
    ]
    data = unpacked(make_copy(alice.subject), tmp_path) / "data"
    with (data / "helpdesk" / "tickets.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = [row["text"] for row in rows]
    assert texts[:2] == ["'=1+1", "'+1"]
    assert not [text for text in texts if re.search(r"""(^|[,;"\t\r\n])\s*[=+\-@＝]""", text)]
    assert {row["number"] for row in rows} == {"-5"}, "a number is no formula"
    lines = (data / "helpdesk" / "tickets.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["text"] == "=1+1", "JSON is unaltered"
    page = (data / "index.html").read_text()
    assert evil not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("text", ["plain", "a - b", "mail@example.org", "2026-11-22", "x=1"])
def test_harmless_texts_stay_as_they_are(text):
    assert neutral(text) == text


def test_names_of_files_are_safe_wherever_they_are_unpacked():
    names = Names()
    assert names.take("..", "../../etc/passwd") == "_/etc-passwd"
    assert names.take("CON", "aux.x") == "_con/_aux.x"
    assert names.take("Shop", "Orders") == "shop/orders"
    assert names.take("shop", "orders") == "shop/orders-2"
    assert len(names.take("a" * 300)) <= 80
    assert names.take("a\0b") == "a-b"


def test_a_source_that_stays_away_is_named_and_nothing_else_is_lost(alice, helpdesk, tmp_path, monkeypatch):
    helpdesk.is_away = True
    asked = ask_for("access", alice.subject)
    monkeypatch.setattr(running, "FIRST_PAUSE", timedelta(0))
    work_off()
    asked.refresh_from_db()
    assert asked.state == Request.State.DONE
    archive = archive_of(asked)
    assert archive.missing == ["helpdesk"]
    data = unpacked(archive, tmp_path) / "data"
    missing = json.loads((data / "incomplete.json").read_text())
    assert {(each["name"], each["collection"], each["code"]) for each in missing} == {
        ("Help desk", "tickets", "unreachable"),
        ("Help desk", "invoices", "unreachable"),
    }
    assert (data / "privacy-center" / "users.user.jsonl").read_text()
    assert "Help desk" in (data / "index.html").read_text()
    assert helpdesk.asked["rows"] == 2 * running.TRIES_OPTIONAL


def test_a_source_that_comes_back_is_gathered_after_a_pause(alice, helpdesk, time_machine):
    time_machine.move_to(now(), tick=False)
    helpdesk.is_away = True
    asked = ask_for("access", alice.subject)
    work_off()
    assert Step.objects.filter(system="helpdesk", state=Step.State.WAITING, error="unreachable").count() == 2
    helpdesk.is_away = False
    assert work_off() == 0, "not before its time"
    time_machine.shift(timedelta(seconds=6))
    work_off()
    asked.refresh_from_db()
    assert asked.state == Request.State.DONE
    assert archive_of(asked).missing == []


def test_the_person_is_told_when_it_is_asked_for_and_when_it_is_ready(alice, helpdesk):
    archive = make_copy(alice.subject)
    assert kinds_told(alice.subject) == ["request-received", "archive-ready"]
    ready = Delivery.objects.get(notice__kind="archive-ready")
    assert ready.notice.link == f"/archives/{archive.pk}/"
    assert archive.reference in ready.text.subject


def test_success_is_announced_only_with_a_readable_file(alice, helpdesk):
    archive = make_copy(alice.subject)
    assert sum(len(chunk) for chunk in shelf.reading(alice.subject, archive.path)) == archive.size


def test_a_lost_part_is_gathered_again(alice, helpdesk):
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "x"}]
    ask_for("access", alice.subject)
    for pk in list(Step.objects.runnable().values_list("pk", flat=True)):
        running.run(str(pk))
    lost = Step.objects.get(collection="tickets")
    shelf.shelf().delete(lost.outcome["part"])
    seal = Step.objects.get(action=Step.Action.SEAL)
    running.run(str(seal.pk))
    lost.refresh_from_db()
    assert lost.state == Step.State.WAITING
    Step.objects.filter(pk=seal.pk).update(next_try_at=timezone.now())
    work_off()
    assert Archive.objects.count() == 1


def test_a_damaged_part_is_gathered_again(alice, helpdesk):
    ask_for("access", alice.subject)
    for pk in list(Step.objects.runnable().values_list("pk", flat=True)):
        running.run(str(pk))
    damaged = Step.objects.filter(action=Step.Action.GATHER, rows__gt=0)[0]
    shelf.shelf().delete(damaged.outcome["part"])
    shelf.shelf().save(damaged.outcome["part"], ContentFile(b"x" * 200))
    running.run(str(Step.objects.get(action=Step.Action.SEAL).pk))
    Step.objects.filter(action=Step.Action.SEAL).update(next_try_at=timezone.now())
    work_off()
    assert Archive.objects.count() == 1


def test_no_part_is_left_behind(alice, helpdesk):
    before = set(shelf.shelf().listdir("parts")[1]) if shelf.shelf().exists("parts") else set()
    make_copy(alice.subject)
    assert set(shelf.shelf().listdir("parts")[1]) == before


def test_nothing_readable_lies_on_the_shelf(alice, helpdesk):
    archive = make_copy(alice.subject)
    with shelf.shelf().open(archive.path) as raw:
        content = raw.read()
    assert b"PK" not in content[:4]
    assert b"Alice" not in content


def test_rows_and_steps_hold_no_personal_data(alice, helpdesk):
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "Alice was here"}]
    make_copy(alice.subject)
    for step in Step.objects.all():
        assert "Alice" not in json.dumps(step.outcome)
        assert alice.email not in json.dumps(step.outcome)
