from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.users.person import PersonRequest
from consents.notices.models import Delivery
from consents.notices.read import mark_read

PAGE = 20


@require_safe
def inbox(request: PersonRequest) -> HttpResponse:
    """Everything we told this person, newest first."""
    mine = Delivery.objects.for_subject(request.subject)
    page = Paginator(mine.with_texts().order_by("-id"), PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/inbox.html", {"page": page, "unread": mine.unread().count()})


@require_safe
def detail(request: PersonRequest, pk: UUID) -> HttpResponse:
    delivery = get_object_or_404(Delivery.objects.for_subject(request.subject).with_texts(), pk=pk)
    return render(request, "notices/detail.html", {"delivery": delivery, "text": delivery.text})


@require_POST
def mark_one_read(request: PersonRequest, pk: UUID) -> HttpResponse:
    get_object_or_404(Delivery.objects.for_subject(request.subject), pk=pk)
    mark_read(request.subject, pk)
    return redirect("notices:inbox")


@require_POST
def mark_all_read(request: PersonRequest) -> HttpResponse:
    mark_read(request.subject)
    return redirect("notices:inbox")
