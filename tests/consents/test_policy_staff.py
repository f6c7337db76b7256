"""Editors write, compare and publish in the staff area; nobody else does, and nothing published can be edited there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.notices.models import Delivery
from consents.policies.models import Document, Version, VersionText
from consents.policies.review import approve
from tests.consents.policies import BODY, approver, release, write

ADD = "/staff/policies/version/add/"


@pytest.fixture
def editor(dana: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(dana)


def address(version: Version, page: str = "change") -> str:
    return f"/staff/policies/version/{version.pk}/{page}/"


def form(document: Document, version: Version | None = None, fields: Any = None, /, **more: Any) -> dict[str, Any]:
    """What the browser sends for a version with one English text."""
    text = version.texts.get() if version else None
    values = {
        "document": str(document.pk),
        "number": version.number if version else "1.0",
        "effective_at_0": "",
        "effective_at_1": "",
        "seen": version.edited_at.isoformat() if version else "",
        "texts-TOTAL_FORMS": "1",
        "texts-INITIAL_FORMS": "1" if version else "0",
        "texts-MIN_NUM_FORMS": "1",
        "texts-MAX_NUM_FORMS": "1000",
        "texts-0-id": str(text.pk) if text else "",
        "texts-0-version": str(version.pk) if version else "",
        "texts-0-language": "en",
        "texts-0-title": "Privacy Policy",
        "texts-0-summary": "",
        "texts-0-body": BODY,
    }
    return values | more | (fields or {})


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_an_editor_writes_a_draft_compares_it_and_publishes_it(
    editor: Client, alice: User, bob: User, dana: User
) -> None:
    document = release("1.0", dana).document
    answer = editor.post(ADD, form(document, None, {"texts-0-body": BODY + "\nAnd more."}, number="2.0", material="on"))
    assert answer.status_code == 302, words(answer)
    draft = Version.objects.get(number="2.0")
    shown = words(editor.get(address(draft)))
    assert address(draft, "life") in shown
    assert address(draft, "compare") in shown
    assert "<ins>" in words(editor.get(address(draft, "compare")))
    refused = editor.get(address(draft, "life"))
    assert "Say why the change is material" in words(refused)
    assert 'value="submit"' not in words(refused)
    editor.post(
        address(draft),
        form(document, draft, {"texts-0-summary": "More is kept."}, material="on", reason="A new category."),
    )
    confirm = words(editor.get(address(draft, "life")))
    assert "2 people will be mailed" in confirm
    assert "More is kept." in confirm
    assert "de. It is missing here." in confirm
    act(editor, draft, "submit")
    assert editor.get(address(draft)).context["adminform"].form.fields.keys() == {"seen"}, (
        "what is in review is not edited"
    )
    assert 'value="approve"' not in words(editor.get(address(draft, "life")))
    assert "You gave it to review yourself" in act(editor, draft, "approve")
    approve(draft, actor=approver())
    assert "2 people are being told." in act(editor, draft, "publish")
    assert draft.is_published
    assert draft.published_by == dana
    assert Delivery.objects.count() == 2


def act(editor: Client, version: Version, deed: str) -> str:
    """What the page says after the button was pressed."""
    version.refresh_from_db()
    seen = version.edited_at.isoformat()
    answer = words(editor.post(address(version, "life"), {"act": deed, "seen": seen}, follow=True))
    version.refresh_from_db()
    return answer


def test_a_published_version_is_shown_and_not_edited(editor: Client, dana: User) -> None:
    version = release("1.0", dana)
    shown = editor.get(address(version))
    assert shown.status_code == 200
    assert 'name="_save"' not in words(shown)
    assert "<textarea" not in words(shown)
    assert editor.post(address(version), form(version.document, number="3.0")).status_code == 403
    assert editor.post(address(version, "delete"), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": str(version.pk), "post": "yes"}
    editor.post("/staff/policies/version/", chosen)
    version.refresh_from_db()
    assert version.number == "1.0"
    assert editor.post(address(version, "life"), {"act": "publish"}).status_code == 409
    assert editor.post(address(version, "life"), {"act": "nonsense"}).status_code == 404


def test_the_second_of_two_editors_is_told(editor: Client, dana: User) -> None:
    draft = write("1.0")
    mine = form(draft.document, draft, {"texts-0-title": "Mine"})
    theirs = form(draft.document, draft, {"texts-0-title": "Theirs"})
    assert editor.post(address(draft), mine).status_code == 302
    late = editor.post(address(draft), theirs)
    assert "Somebody changed this version" in words(late)
    assert "Theirs" in words(late)
    assert draft.texts.get().title == "Mine"
    stale = {"act": "submit", "seen": draft.edited_at.isoformat()}
    assert editor.post(address(draft, "life"), stale).status_code == 409
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.parametrize(
    ("fields", "words_of_refusal"),
    [
        ({"number": "two"}, "two whole numbers"),
        ({"number": "1.0"}, "has a version with this number"),
        ({"texts-0-title": ""}, "This field is required"),
        ({"texts-0-language": "tlh"}, "Select a valid choice"),
        ({"texts-0-body": " "}, "This field is required"),
        ({"effective_at_0": "yesterday", "effective_at_1": "noon"}, "Enter a valid date"),
        ({"texts-0-title": "x" * 201}, "at most 200 characters"),
        ({"texts-0-body": "a\x00b"}, "Null characters are not allowed"),
    ],
)
def test_bad_input_is_refused_at_the_field_and_changes_nothing(
    editor: Client, dana: User, fields: dict[str, str], words_of_refusal: str
) -> None:
    document = release("1.0", dana).document
    answer = editor.post(ADD, form(document, None, {"number": "2.0"} | fields))
    assert answer.status_code == 200
    assert words_of_refusal in words(answer)
    assert Version.objects.count() == 1


def test_a_date_that_is_over_is_refused_on_the_confirm_page(editor: Client, dana: User) -> None:
    release("1.0", dana)
    draft = write("2.0")
    Version.objects.filter(pk=draft.pk).update(effective_at=timezone.now() - timedelta(days=1), reason="A reason.")
    assert "This moment is over" in words(editor.get(address(draft, "life")))


def test_the_next_version_is_made_from_a_version(editor: Client, dana: User) -> None:
    version = release("1.0", dana)
    answer = editor.post(
        "/staff/policies/version/", {"action": "make_next", "_selected_action": str(version.pk), "index": "0"}
    )
    following = Version.objects.get(number="1.1")
    assert answer["Location"] == address(following)
    assert editor.post(address(version, "next"))["Location"] == address(Version.objects.get(number="1.2"))
    assert editor.get(address(version, "next")).status_code == 405


def test_going_on_from_two_versions_at_once_is_refused(editor: Client, dana: User) -> None:
    chosen = [str(release(number, dana).pk) for number in ("1.0", "1.1")]
    answer = editor.post(
        "/staff/policies/version/", {"action": "make_next", "_selected_action": chosen, "index": "0"}, follow=True
    )
    assert "Choose the one version" in words(answer)
    assert Version.objects.count() == 2


def test_the_address_of_a_published_document_stays(editor: Client, dana: User) -> None:
    document = release("1.0", dana).document
    editor.post(
        f"/staff/policies/document/{document.pk}/change/",
        {"slug": "moved", "title": "New", "position": "0", "acceptance": "notice"},
    )
    document.refresh_from_db()
    assert (document.slug, document.title) == ("privacy", "New")


@pytest.mark.parametrize("duty", [Duty.OFFICER, Duty.SUPPORT, Duty.AUDITOR])
def test_other_duties_read_and_do_not_write(editor: Client, dana: User, duty: Duty) -> None:
    draft = write("1.0")
    dana.groups.set(Group.objects.filter(name=duty))
    assert editor.get(address(draft)).status_code == 200
    assert editor.get(address(draft, "compare")).status_code == 200
    assert editor.get(ADD).status_code == 403
    assert editor.post(address(draft), form(draft.document, draft)).status_code == 403
    for page in ("next", "delete"):
        assert editor.post(address(draft, page)).status_code == 403
    for deed in ("submit", "take-back", "withdraw"):
        assert editor.post(address(draft, "life"), {"act": deed}).status_code in {403, 409}
    assert Version.objects.get() == draft
    assert not VersionText.objects.exclude(sha256="").exists()


def test_people_do_not_get_into_the_staff_area(alice: User, client_for: Callable[[User], Client]) -> None:
    draft = write("1.0")
    client = client_for(alice)
    for page in ("change", "life", "compare"):
        assert client.get(address(draft, page)).status_code == 302


def test_staff_see_how_far_a_notice_is_and_can_not_change_it(editor: Client, alice: User, dana: User) -> None:
    notice = release("1.0", dana, material=True).notice
    assert notice is not None
    assert "0 of 1" in words(editor.get("/staff/notices/notice/"))
    shown = editor.get(f"/staff/notices/notice/{notice.pk}/change/")
    assert "<strong>more</strong>" in words(shown)
    assert 'name="_save"' not in words(shown)
    delivery = Delivery.objects.get()
    deliveries = editor.get("/staff/notices/delivery/")
    assert alice.email not in words(deliveries)
    assert editor.post(f"/staff/notices/delivery/{delivery.pk}/delete/", {"post": "yes"}).status_code == 403
    assert editor.get("/staff/policies/acknowledgement/add/").status_code == 403
