"""Pages behind the links of mails. Nobody signs in here; who has the link is who we wrote to."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consents.catalogue.kinds import Channel
from consents.catalogue.models import Purpose, PurposeQuerySet
from consents.choices.evidence import seen
from consents.choices.refusals import NotRecorded
from consents.mailing.confirm import NothingAsked, asked, confirm, decline
from consents.mailing.models import Confirmation
from consents.mailing.question import words
from consents.mailing.unsubscribe import NoSuchLink, Scope, Ticket, link, ticket_of, unsubscribe

IN_CHANNEL: dict[str, str | Promise] = {
    Channel.EMAIL: _("Every optional e-mail"),
    Channel.PUSH: _("Every optional push notification"),
    Channel.SMS: _("Every optional text message"),
    Channel.POST: _("Every optional letter"),
    Channel.PHONE: _("Every optional telephone call"),
}


@never_cache
@csrf_exempt  # mail providers post here (RFC 8058); the link itself is the secret
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST acts and answers without a redirect, which RFC 8058 forbids. The same for whoever it is about."""
    try:
        ticket = ticket_of(token)
    except NoSuchLink:
        return render(request, "mailing/no_such_link.html", status=404)
    if request.method != "POST":
        return render(request, "mailing/unsubscribe.html", _asked(ticket))
    scope, way = _said(request)
    unsubscribe(ticket, scope, language=get_language() or "", evidence=seen(request) | {"by": way})
    ended = ticket.purposes(scope).with_texts()
    return render(request, "mailing/unsubscribed.html", {"ended": ended, "all": scope == Scope.ALL})


def _said(request: HttpRequest) -> tuple[Scope, str]:
    """Whatever else is posted, the least that a click on such a link can mean is to end its topic."""
    if request.POST.get("List-Unsubscribe") == "One-Click":
        return Scope.TOPIC, "one-click"
    said = request.POST.get("end")
    return (Scope(said) if said in list(Scope) else Scope.TOPIC), "page"


def _asked(ticket: Ticket) -> dict[str, object]:
    purpose = ticket.purpose
    return {
        "purpose": purpose,
        "channel": IN_CHANNEL.get(purpose.channel, ""),
        "in_channel": _others(ticket.purposes(Scope.CHANNEL), ticket),
        "optional": _others(ticket.purposes(Scope.ALL), ticket),
    }


def _others(purposes: PurposeQuerySet, ticket: Ticket) -> list[Purpose]:
    """Nothing where the topic is all there is: then ending more would be ending the same."""
    found = list(purposes.with_texts())
    return found if any(purpose.pk != ticket.purpose.pk for purpose in found) else []


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, because programs that look into mails open links. The button answers."""
    refusal = None
    try:
        if request.method == "POST":
            if request.POST.get("answer") == "no":
                decline(token)
                return render(request, "mailing/declined.html")
            try:
                confirm(token, evidence=seen(request))
                return redirect("mailing:confirm", token)
            except NotRecorded as said:
                refusal = said
        question = asked(token)
    except NothingAsked:
        return render(request, "mailing/nothing_asked.html", status=404)
    return render(
        request,
        "mailing/confirm.html",
        _question(question) | {"refusal": refusal},
        status=refusal.status if refusal else 200,
    )


def _question(question: Confirmation) -> dict[str, object]:
    shown = [
        {"wording": wording, "unsubscribe": link(question.subject_id, said["purpose"])}
        for wording, said in zip(words(question), question.choices, strict=True)
    ]
    return {"question": question, "shown": shown, "confirmed": question.state == Confirmation.State.CONFIRMED}
