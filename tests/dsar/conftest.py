from tests.erasures import asked, erased, grace_over
from tests.work import helpdesk

__all__ = ["asked", "erased", "grace_over", "helpdesk"]
