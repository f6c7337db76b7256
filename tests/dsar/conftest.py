from tests.work import helpdesk

__all__ = ["helpdesk"]
