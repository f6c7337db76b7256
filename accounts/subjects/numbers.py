from uuid import UUID

from django.db import connection


def new_number() -> UUID:
    """Made by the database, as all are, but known before its row: for what is bound to it, as keys and tokens are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuidv7()")
        number: UUID = cursor.fetchone()[0]
    return number
