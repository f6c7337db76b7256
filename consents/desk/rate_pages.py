"""The charts of how people decide, drawn by the server."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consents.catalogue.models import Purpose
from consents.choices.models import Decision, Method
from consents.desk import rates
from consents.desk.chart import chart
from consents.desk.models import Tally
from consents.desk.paper_pages import require
from consents.desk.rates import Period


@require_safe
def purposes_page(request: HttpRequest) -> HttpResponse:
    """All purposes beside each other, on one scale."""
    require(request, "desk.view_tally")
    period = _period(request)
    found = rates.of_purposes(period)
    top = max((sums.total for _purpose, _all, slots in found for sums in slots), default=0)
    rows = [
        {"purpose": purpose, "sums": sums, "chart": chart(slots, width=260, height=48, top=top or 1)}
        for purpose, sums, slots in found
    ]
    context = {"title": _("How people decide"), "rows": rows, "top": top}
    return render(request, "desk/rates.html", _context(request, period) | context)


@require_safe
def purpose_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One purpose over time, by version and by method; of all, or of one version or method alone."""
    require(request, "desk.view_tally")
    purpose = get_object_or_404(Purpose.objects.optional().with_texts(), slug=slug)
    period = _period(request)
    chosen = _chosen(request)
    slots = rates.over_time(period, purpose=purpose, **chosen)
    context = {
        "title": purpose.text.name,
        "purpose": purpose,
        "sums": rates.added(slots),
        "chart": chart(slots, width=780, height=220),
        "slots": slots,
        "versions": rates.by_version(period, purpose=purpose, **_without(chosen, "version")),
        "methods": rates.by_method(period, purpose=purpose, **_without(chosen, "method")),
        "chosen": chosen,
        "chosen_method": Method(chosen["method"]).label if "method" in chosen else "",
    }
    return render(request, "desk/purpose.html", _context(request, period) | context)


def _period(request: HttpRequest) -> Period:
    try:
        return Period(request.GET.get("period", Period.WEEKS))
    except ValueError as error:
        raise Http404 from error


def _chosen(request: HttpRequest) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    if version := request.GET.get("version"):
        if not version.isascii() or not version.isdigit() or len(version) > 4:
            raise Http404
        chosen["version"] = int(version)
    if method := request.GET.get("method"):
        if method not in Method.values:
            raise Http404
        chosen["method"] = method
    return chosen


def _without(chosen: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in chosen.items() if name != key}


def _context(request: HttpRequest, period: Period) -> dict[str, object]:
    return {
        **admin.site.each_context(request),
        "opts": Tally._meta,
        "list_url": "admin:desk_tally_changelist",
        "list_title": _("How people decide"),
        "period": period,
        "periods": Period,
        "decisions": Decision.choices,
    }
