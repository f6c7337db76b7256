from typing import Any

from django import template
from django.template import RequestContext

from accounts.staff.alarms import Alarm, alarms

register = template.Library()


@register.simple_tag(takes_context=True)
def staff_alarms(context: RequestContext) -> list[Alarm]:
    user: Any = context["user"]
    return alarms(user.has_perm)
