from allauth.usersessions.models import UserSession

from accounts.subjects.models import Subject


def sign_out_everywhere(subject: Subject) -> None:
    """End every session of the subject, in browsers and apps alike."""
    for session in UserSession.objects.filter(user__subject=subject).iterator():
        session.end()
