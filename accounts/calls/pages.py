from rest_framework.pagination import CursorPagination


class CursorPage(CursorPagination):
    """Pages that hold while rows are added: `next`, `previous`, `results`. Views set `ordering`; ids are time-ordered."""

    ordering = "-id"
    page_size_query_param = "page_size"
    max_page_size = 200
