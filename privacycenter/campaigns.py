"""What holds for a notice that goes to many, whoever makes it."""

from typing import Any

from privacycenter import environment as env

CAMPAIGNS: dict[str, Any] = {
    # To more people than that it waits until a second member of staff approves it.
    "APPROVAL_SIZE": env.number("NOTICE_APPROVAL_SIZE", 1000),
    # How many are sent first, before any other; 0: none.
    "CANARY": env.number("NOTICE_CANARY", 100),
    # It stops by itself when more than this share of what was tried can not be delivered.
    "MAX_FAILURES": env.share("NOTICE_MAX_FAILURES", "0.05"),
    # Mails per minute, of all workers together: in all, and to the addresses of one domain. None: no limit.
    "RATE": env.limit("NOTICE_RATE"),
    "DOMAIN_RATE": env.limit("NOTICE_DOMAIN_RATE"),
}
