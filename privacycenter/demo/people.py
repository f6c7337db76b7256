"""The invented people of the demo. Their addresses are of a domain that can not exist."""

from dataclasses import dataclass
from datetime import date

from accounts.staff.duties import Duty

# Shown by `make up`. Only the demo makes these accounts, and the demo runs on the machine of whoever tries it.
PASSWORD = "privacy center demo"  # noqa: S105


@dataclass(frozen=True)
class DemoPerson:
    email: str
    name: str
    phone: str
    birth_date: date
    # What they decided, oldest first: days ago, purpose, allowed.
    choices: tuple[tuple[int, str, bool], ...] = ()


def people(today: date) -> list[DemoPerson]:
    """Adults, a minor and her guardian, who comes before her."""
    return [
        DemoPerson(
            "alice@people.example",
            "Alice Moreau",
            "+33 1 70 18 00 01",
            date(1988, 4, 12),
            (
                (210, "marketing-mail", True),
                (210, "recommendations", True),
                (210, "partner-sharing", False),
                (35, "marketing-mail", False),
                (35, "surveys", True),
            ),
        ),
        DemoPerson(
            "bob@people.example",
            "Bob Okafor",
            "+44 20 7946 0102",
            date(1979, 11, 3),
            ((90, "marketing-mail", True), (90, "ads", False)),
        ),
        DemoPerson("mia@people.example", "Mia Okafor", "+44 20 7946 0103", date(today.year - 14, 1, 15)),
        DemoPerson(
            "charlie@people.example",
            "Charlie Lindqvist",
            "+46 8 500 000 04",
            date(1995, 7, 30),
            ((12, "cookies-analytics", False), (12, "cookies-marketing", False), (3, "marketing-push", True)),
        ),
    ]


GUARDIAN, MINOR = "bob@people.example", "mia@people.example"
# Whose copy the worker builds as soon as it runs, so that there is one to look at.
ASKED_FOR_A_COPY = "charlie@people.example"

STAFF = {
    "officer@staff.example": Duty.OFFICER,
    "editor@staff.example": Duty.EDITOR,
    "support@staff.example": Duty.SUPPORT,
    "auditor@staff.example": Duty.AUDITOR,
}
ADMINISTRATOR = "admin@staff.example"
