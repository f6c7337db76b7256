"""The project's settings, but with nothing behind them: one view of constant JSON, for a web server of its own."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from privacycenter.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.bare"


@csrf_exempt
@login_not_required
def constant(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"purpose": "bench", "results": [{"subject": "0" * 36, "allowed": True}]})


urlpatterns = [path("constant/", constant), path("healthz", constant)]
