"""Pages of the admin whose rows tell about people: who opens them is on record."""

from typing import Any, cast

from django.http import HttpRequest

from accounts.staff.looked import looked
from accounts.staff.models import Look
from accounts.subjects.admin import ReadOnlyAdmin
from accounts.subjects.models import Subject
from accounts.users.models import User


class WatchedAdmin(ReadOnlyAdmin):
    """Of rows with a `subject`, which may be None. Wants `subject__merged_into` in `list_select_related`."""

    what_is_opened: Look.What
    what_is_listed: Look.What
    # The field with the number under which the row is known.
    number = "pk"

    def opens(self, request: HttpRequest) -> Look.What:
        """What a row shows to this member of staff."""
        return self.what_is_opened

    def searched(self, term: str) -> Subject | None:
        """The one person whom a search is for, also if nothing is found: that tells something as well."""
        return None

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Written down first, whichever page of the admin opens it."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and row.subject and self.has_view_permission(request, row):
            looked(cast(User, request.user), row.subject, self.opens(request), getattr(row, self.number))
        return row

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """A list of one person's rows is a look at them; one of everybody's newest is at nobody."""
        shown = super().get_changelist_instance(request)
        people = {row.subject.merged_into or row.subject for row in shown.result_list if row.subject}
        if (person := self.searched(shown.query)) is not None:
            people.add(person)
        if len(people) == 1:
            looked(cast(User, request.user), people.pop(), self.what_is_listed)
        return shown
