"""Staff see what was imported and what was wrong with it; nobody imports from a page."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.staff.duties import Duty
from consents.imports.models import Fault, Problem
from tests.consents.imports import line, take
from tests.consents.purposes import make_purpose

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(alice):
    make_purpose("ads")
    return take(line(alice), line(alice, decision="perhaps"))


def test_an_import_is_shown_with_its_bad_lines(dana, client_for, source):
    client = client_for(dana)
    assert "old-system.csv" in client.get("/staff/imports/import/").content.decode()
    page = client.get(reverse("admin:imports_import_change", args=[source.pk])).content.decode()
    assert source.sha256 in page
    assert source.client_id in page
    report = f"{reverse('admin:imports_problem_changelist')}?source__id__exact={source.pk}"
    assert report in page
    assert str(Fault.UNKNOWN_DECISION.label) in client.get(report).content.decode()


@pytest.mark.parametrize("page", ["import", "problem"])
def test_nothing_can_be_changed(dana, client_for, source, page):
    client = client_for(dana)
    row = source if page == "import" else Problem.objects.get()
    assert client.get(f"/staff/imports/{page}/add/").status_code == 403
    assert client.post(f"/staff/imports/{page}/{row.pk}/change/", {"name": "other"}).status_code == 403
    assert client.post(f"/staff/imports/{page}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("duty", "status"), [(Duty.OFFICER, 200), (Duty.AUDITOR, 200), (Duty.SUPPORT, 403), (Duty.EDITOR, 403)]
)
def test_officers_and_auditors_see_imports(dana, client_for, source, duty, status):
    dana.groups.set(Group.objects.filter(name=duty))
    assert client_for(dana).get("/staff/imports/import/").status_code == status


def test_people_do_not_see_imports(alice, client_for, source):
    assert client_for(alice).get("/staff/imports/import/").status_code == 302
