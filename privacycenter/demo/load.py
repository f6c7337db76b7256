"""Fills an empty deployment with the running example. Loading twice changes nothing that is there."""

from datetime import timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.guardians.models import Guardianship
from accounts.staff.duties import Duty
from accounts.subjects.models import Subject
from accounts.users.joining import join
from accounts.users.models import Profile, User
from consents.catalogue.load import load as load_catalogue
from consents.catalogue.models import Purpose
from consents.choices.models import Method
from consents.choices.record import as_published, record
from consents.cookies.models import Site, SiteOrigin
from consents.desk.count import count as count_choices
from consents.policies.draft import draft
from consents.policies.models import Document, Version
from consents.policies.publish import publish
from consents.policies.review import approve, submit
from dsar.requests.ask import ask
from dsar.requests.models import Request
from privacycenter.demo.people import (
    ADMINISTRATOR,
    ASKED_FOR_A_COPY,
    GUARDIAN,
    MINOR,
    PASSWORD,
    STAFF,
    DemoPerson,
    people,
)
from privacycenter.demo.shop import ShopPerson, make_shop

HERE = Path(__file__).parent
POLICY, TITLE, LANGUAGE = "privacy", "Privacy Policy", "en"
# Version 1.0 was in force before the oldest choice of the demo was made.
IN_FORCE_FOR = timedelta(days=400)


def load_demo() -> None:
    # Only once: what staff changed while trying the demo must not go back with the next start.
    if not Purpose.objects.exists():
        load_catalogue((HERE / "catalogue.yaml").read_bytes())
    _make_staff()
    _make_site()
    _make_policy()
    url = settings.SYSTEM_URLS["SHOP_DATABASE_URL"]
    make_shop(url, [])
    # Only once: whoever was erased while trying the demo must not come back with the next start.
    if not Subject.objects.exists():
        everybody = people(timezone.localdate())
        make_shop(url, [ShopPerson(person.email, person.name, person.phone, person.birth_date) for person in everybody])
        _make_people(everybody)
        # So that the charts of the first ten minutes are not empty.
        count_choices()


@transaction.atomic
def _make_staff() -> None:
    for email, duty in STAFF.items():
        if not User.objects.filter(email=email).exists():
            user = User.objects.create_user(email, PASSWORD, is_staff=True)
            user.groups.add(Group.objects.get(name=duty.value))
            _confirm(user)
    if not User.objects.filter(email=ADMINISTRATOR).exists():
        _confirm(User.objects.create_superuser(ADMINISTRATOR, PASSWORD))


@transaction.atomic
def _make_site() -> None:
    """These pages, so that they ask about their own cookies."""
    if not Site.objects.exists():
        site = Site.objects.create(slug="privacy-center", name="Privacy Center")
        SiteOrigin.objects.create(site=site, origin=settings.BASE_URL)


def _make_policy() -> None:
    """Version 1.0 in force, 2.0 waiting for an editor to approve and publish it."""
    if Document.objects.filter(slug=POLICY).exists():
        return
    with transaction.atomic():
        first = draft(
            POLICY, language=LANGUAGE, title="Privacy Policy", body=_text("policy-1.0.en.md"), number="1.0"
        ).version
        Version.objects.filter(pk=first.pk).update(effective_at=timezone.now() - IN_FORCE_FOR)
        administrator = User.objects.get(email=ADMINISTRATOR)
        officer = User.objects.filter(groups__name=Duty.OFFICER.value).earliest("pk")
        publish(approve(submit(first, actor=administrator), actor=officer), actor=administrator)
        second = draft(
            POLICY,
            language=LANGUAGE,
            title=TITLE,
            body=_text("policy-2.0.en.md"),
            summary=_text("policy-2.0.en.summary.md"),
            number="2.0",
            material=True,
        ).version
        second.reason = "New data, a new purpose and new recipients: it affects what people decided."
        second.save()
        submit(second, actor=administrator)


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8").replace("{{ organisation }}", settings.ORGANISATION)


@transaction.atomic
def _make_people(everybody: list[DemoPerson]) -> None:
    subjects = {person.email: _make_person(person) for person in everybody}
    Guardianship.objects.create(minor=subjects[MINOR], guardian=subjects[GUARDIAN])
    asking = subjects[ASKED_FOR_A_COPY]
    ask(asking, Request.Kind.ACCESS, actor=asking, signed_in_at=timezone.now())


def _make_person(somebody: DemoPerson) -> Subject:
    user = User(email=somebody.email)
    user.set_password(PASSWORD)
    join(user, HttpRequest(), full_name=somebody.name, birth_date=somebody.birth_date)
    assert user.subject is not None
    profile = Profile.objects.get(subject=user.subject)
    profile.phone = somebody.phone
    profile.save()
    _confirm(user)
    for days_ago, purpose, allow in somebody.choices:
        record(
            user.subject,
            as_published({purpose: allow}, LANGUAGE),
            method=Method.PORTAL,
            actor=user.subject,
            language=LANGUAGE,
            said_at=timezone.now() - timedelta(days=days_ago),
        )
    return user.subject


def _confirm(user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def sign_ins() -> list[tuple[str, str]]:
    """Who may be signed in as, and what for."""
    roles = [("alice@people.example", "an adult"), (GUARDIAN, "guardian of Mia"), (MINOR, "a minor")]
    roles.append((ASKED_FOR_A_COPY, "asked for a copy"))
    duties = [(email, f"staff: {duty.label}") for email, duty in STAFF.items()]
    return [*roles, *duties, (ADMINISTRATOR, "staff: everything")]
