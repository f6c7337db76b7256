"""Who may decide for whom."""

from datetime import date

from django.utils import timezone

from accounts.guardians.models import Guardianship
from accounts.subjects.models import Subject
from accounts.users.models import Profile

# The policy speaks of minors under 18; jurisdictions that set a lower age for single acts are the choices' matter.
MAJORITY = 18


def is_minor(subject: Subject, today: date | None = None) -> bool:
    """Under 18 by the date of birth that was given. Who gave none is taken for an adult, and a device can give none."""
    if subject.stage == Subject.Stage.DEVICE:
        return False
    try:
        profile = subject.profile
    except Profile.DoesNotExist:
        return False
    return bool(profile.birth_date) and under_age(profile.birth_date, today)


def under_age(birth_date: str, today: date | None = None) -> bool:
    born = date.fromisoformat(birth_date)
    today = today or timezone.localdate()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return age < MAJORITY


def may_decide(actor: Subject, subject: Subject) -> bool:
    """Adults decide for themselves, guardians for their minors; minors with a guardian do not decide alone."""
    if actor == subject:
        return not is_minor(subject)
    return is_minor(subject) and Guardianship.objects.active().filter(minor=subject, guardian=actor).exists()
