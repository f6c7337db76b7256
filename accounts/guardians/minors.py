"""The minors among many people, as `authority` tells it of one."""

from collections.abc import Iterator
from uuid import UUID

from django.db import connection

from accounts.guardians.authority import under_age
from accounts.subjects.models import Subject
from accounts.subjects.sealing import open_bytes

# Dates of birth are sealed with each person's own key, so the database can not tell.
BORN = """
SELECT profile.subject_id, subject.wrapped_key, profile.birth_date
FROM users_profile AS profile JOIN subjects_subject AS subject ON subject.id = profile.subject_id
WHERE profile.birth_date IS NOT NULL AND subject.wrapped_key IS NOT NULL
    AND profile.subject_id IN ({people})
"""


def minors_among(people: str) -> Iterator[UUID]:
    """`people` is SQL for one column of subjects’ ids. Streams, so that any number may be asked about."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(BORN.format(people=people))
        for pk, wrapped_key, sealed in cursor:
            subject = Subject(id=pk, wrapped_key=wrapped_key)
            birth_date = open_bytes(subject, "users.Profile.birth_date", sealed).decode()
            if birth_date and under_age(birth_date):
                yield pk
