"""How long before its day people are told of a change that affects their rights."""

from datetime import datetime, timedelta

from django.conf import settings

from consents.policies.models import Version


def notice_period() -> timedelta:
    """One day holds for everybody, so the longest period of all places does."""
    return max(settings.POLICY_NOTICE.values())


def may_take_effect(version: Version, now: datetime) -> datetime:
    """The earliest day of a version that is published at this moment."""
    return now + notice_period() if version.material else now
