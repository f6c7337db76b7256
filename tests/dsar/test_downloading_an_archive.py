import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.users.freshness import StaleSignIn
from dsar.archives import shelf
from dsar.archives.clear import clear_leftovers, clear_spent
from dsar.archives.hand_over import Gone, hand_over
from dsar.archives.models import Archive
from dsar.requests.models import RequestEvent
from tests.at_once import at_once
from tests.work import archive_of, ask_for, now, work_off


@pytest.fixture
def archive(alice: Any, helpdesk: Any) -> Archive:
    asked = ask_for("access", alice.subject)
    work_off()
    return archive_of(asked)


def test_the_file_is_the_zip_that_was_promised(archive, alice, client_for):
    response = client_for(alice).post(f"/archives/{archive.pk}/content/")
    content = b"".join(response.streaming_content)
    assert response.status_code == 200
    assert len(content) == int(response["Content-Length"]) == archive.size
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert response["Content-Disposition"].startswith("attachment;")
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_looking_spends_nothing(archive, alice, client_for):
    client = client_for(alice)
    for _look in range(2):
        page = client.get(f"/archives/{archive.pk}/")
        assert page.status_code == 200
        assert "Download my data" in page.content.decode()
    assert client.get(f"/archives/{archive.pk}/content/").status_code == 405
    archive.refresh_from_db()
    assert archive.downloaded_at is None


def test_it_needs_a_fresh_sign_in(archive):
    with pytest.raises(StaleSignIn):
        hand_over(archive, signed_in_at=now() - settings.FRESH_SIGN_IN - timedelta(seconds=1))
    archive.refresh_from_db()
    assert archive.downloaded_at is None


def test_a_stale_sign_in_is_renewed_and_the_download_goes_on(archive, alice, client_for, time_machine):
    client = client_for(alice)
    time_machine.move_to(now() + settings.FRESH_SIGN_IN + timedelta(seconds=5))
    response = client.post(f"/archives/{archive.pk}/content/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/reauthenticate/")
    response = client.post(response["Location"], {"password": "correct horse battery staple"})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"


def test_it_works_once(archive, alice, client_for):
    client = client_for(alice)
    b"".join(client.post(f"/archives/{archive.pk}/content/").streaming_content)
    again = client.post(f"/archives/{archive.pk}/content/")
    assert again.status_code == 410
    assert "only once" in again.content.decode()
    assert client.get(f"/archives/{archive.pk}/").status_code == 410


def test_the_history_tells_of_the_download(archive):
    b"".join(hand_over(archive, signed_in_at=now()))
    assert RequestEvent.objects.filter(kind="downloaded", by="subject").count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_to_somebody_else_it_does_not_exist(archive, charlie, client_for, method):
    client = client_for(charlie)
    path = f"/archives/{archive.pk}/" + ("content/" if method == "post" else "")
    assert getattr(client, method)(path).status_code == 404
    archive.refresh_from_db()
    assert archive.downloaded_at is None


def test_without_signing_in_there_is_nothing(archive, client):
    assert client.get(f"/archives/{archive.pk}/").status_code == 302
    assert client.post(f"/archives/{archive.pk}/content/").status_code == 302


def test_it_expires(archive, time_machine):
    time_machine.move_to(archive.expires_at + timedelta(seconds=1))
    with pytest.raises(Gone) as refusal:
        hand_over(archive, signed_in_at=now())
    assert refusal.value.code == "archive-expired"
    assert clear_spent() == 1
    assert not shelf.shelf().exists(archive.path)
    assert clear_spent() == 0


def test_it_can_be_deleted_before_it_is_used(archive, alice, client_for, django_capture_on_commit_callbacks):
    client = client_for(alice)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/archives/{archive.pk}/revoke/")
    assert not shelf.shelf().exists(archive.path)
    refused = client.post(f"/archives/{archive.pk}/content/")
    assert refused.status_code == 410
    assert "You deleted this file" in refused.content.decode()


def test_the_file_goes_after_the_download(archive, time_machine):
    b"".join(hand_over(archive, signed_in_at=now()))
    assert clear_spent() == 0, "the download may still be running"
    time_machine.move_to(now() + timedelta(hours=2))
    assert clear_spent() == 1
    assert not shelf.shelf().exists(archive.path)


def test_an_archive_that_can_not_be_read_is_not_spent(archive):
    shelf.shelf().delete(archive.path)
    with pytest.raises(Gone) as refusal:
        hand_over(archive, signed_in_at=now())
    assert refusal.value.code == "archive-damaged"
    archive.refresh_from_db()
    assert archive.downloaded_at is None


def test_what_a_killed_worker_left_is_cleared(archive, alice, time_machine):
    with shelf.writing(alice.subject, "archives/left"), shelf.writing(alice.subject, "parts/left"):
        pass
    clear_leftovers()
    assert shelf.shelf().exists("archives/left"), "it may still be being written"
    time_machine.move_to(now() + timedelta(hours=7))
    clear_leftovers()
    assert not shelf.shelf().exists("archives/left")
    assert not shelf.shelf().exists("parts/left")
    assert shelf.shelf().exists(archive.path)


def test_one_file_can_not_stand_in_for_another(archive, alice):
    with shelf.writing(alice.subject, "archives/other") as out:
        out.write(b"x")
    with shelf.shelf().open("archives/other") as other, shelf.shelf().open(archive.path, "wb") as raw:
        raw.write(other.read())
    with pytest.raises(Gone):
        hand_over(archive, signed_in_at=now())


@pytest.mark.django_db(transaction=True)
def test_of_two_downloads_at_the_same_moment_one_succeeds(archive):
    outcomes: list[int | str] = []

    def download() -> None:
        mine = Archive.objects.select_related("subject").get(pk=archive.pk)
        try:
            outcomes.append(len(b"".join(hand_over(mine, signed_in_at=now()))))
        except Gone as gone:
            outcomes.append(gone.code)

    at_once(download, download)
    assert sorted(outcomes, key=str) == sorted([archive.size, "archive-downloaded"], key=str)


def test_the_api_hands_it_over_once(archive, alice, api_for):
    api = api_for(alice)
    detail = api.get(f"/api/v1/archives/{archive.pk}/").json()
    assert detail["state"] == "ready"
    response = api.post(detail["content"])
    assert len(b"".join(response.streaming_content)) == archive.size
    again = api.post(detail["content"])
    assert again.status_code == 410
    assert again.json()["type"].endswith("archive-downloaded")
    assert api.get(f"/api/v1/archives/{archive.pk}/").json()["state"] == "downloaded"


def test_the_api_asks_for_a_fresh_sign_in(archive, alice, api_for, time_machine):
    api = api_for(alice)
    time_machine.move_to(now() + settings.FRESH_SIGN_IN + timedelta(seconds=5))
    refused = api.post(f"/api/v1/archives/{archive.pk}/content/")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("fresh-sign-in-required")


def test_the_api_knows_nothing_of_other_peoples_archives(archive, charlie, api_for):
    api = api_for(charlie)
    assert api.get(f"/api/v1/archives/{archive.pk}/").status_code == 404
    assert api.post(f"/api/v1/archives/{archive.pk}/content/").status_code == 404
    assert api.delete(f"/api/v1/archives/{archive.pk}/").status_code == 404


def test_the_admin_shows_that_it_is_and_not_what_is_in_it(archive, dana, client_for):
    page = client_for(dana).get(f"/staff/archives/archive/{archive.pk}/change/")
    assert page.status_code == 200
    assert archive.path not in page.content.decode()


def test_the_database_refuses_an_archive_both_downloaded_and_revoked(archive):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        Archive.objects.update(downloaded_at=timezone.now(), revoked_at=timezone.now())
