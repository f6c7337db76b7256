"""The minors among many people, as `authority` tells it of one."""

from collections.abc import Iterator
from uuid import UUID

from django.db import connection

from accounts.guardians.authority import under_age
from accounts.subjects.in_bulk import kept_key, opened

# Dates of birth are sealed with each person's own key, so the database can not tell.
BORN = """
SELECT profile.subject_id, subject.wrapped_key, profile.birth_date
FROM (SELECT DISTINCT id FROM ({people}) AS asked (id)) AS people
JOIN users_profile AS profile ON profile.subject_id = people.id
JOIN subjects_subject AS subject ON subject.id = people.id
WHERE profile.birth_date IS NOT NULL AND subject.wrapped_key IS NOT NULL
"""


def minors_among(people: str) -> Iterator[UUID]:
    """`people` is SQL for one column of subjects’ ids. Streams, so that any number may be asked about."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(BORN.format(people=people))
        for pk, wrapped_key, sealed in cursor:
            birth_date = opened(kept_key(pk, wrapped_key), "users.Profile.birth_date", pk, sealed)
            if birth_date and under_age(birth_date):
                yield pk
