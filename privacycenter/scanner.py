"""What scanning our own sites needs and may take, wherever it runs."""

import os
from typing import Any

from privacycenter import environment as env
from privacycenter.servers import chromium

SCANNING: dict[str, Any] = {
    # The browser that workers start; None where there is none.
    "CHROMIUM": chromium.find(env.text("CHROMIUM", "")),
    # Chromium's own walls between pages and the machine. It has none for root, and some containers allow none.
    "SANDBOX": env.flag("CHROMIUM_SANDBOX", default=os.geteuid() != 0),
    # For a whole scan, and for each page of it.
    "TIME": env.duration("SCAN_TIME", "PT10M"),
    "PAGE_TIME": env.duration("SCAN_PAGE_TIME", "PT20S"),
    # How often each site is scanned without being asked for; None: never.
    "EVERY": env.period("SCAN_EVERY", "P7D"),
}
