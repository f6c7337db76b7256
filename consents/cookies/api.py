"""What consent.js reads and writes, from whichever site of the organisation it runs on, and what its server asks."""

import hashlib
import json
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.calls.at_once import AtOnceOpenView
from accounts.calls.headers import IF_NONE_MATCH, LANGUAGE
from accounts.calls.systems import SystemView, calling_system
from consents.choices import named
from consents.choices.evidence import seen
from consents.choices.shapes import choices_of
from consents.cookies import devices, persons, shapes
from consents.cookies.configuration import Configuration, configuration
from consents.cookies.decide import Control, Pressed, decide
from consents.cookies.models import Site, SiteOrigin
from consents.cookies.place import place_of
from consents.cookies.sites import OriginNotRegistered

SCOPE = "cookies:person"
# How long a browser may take it that it may call, in seconds.
PREFLIGHT_LIFETIME = 600
# One of each for all calls: they keep nothing of them, and to make them takes longer than to use them.
DECISIONS = shapes.SiteDecisionsSerializer()
SETTLED = shapes.SettledListSerializer()


class SiteView(APIView):
    """For pages of registered origins; nobody signs in, and no cookie counts."""

    authentication_classes = []
    permission_classes = [AllowAny]
    origin = ""

    def configuration(self, request: HttpRequest | Request, slug: str) -> Configuration:
        """Raises Http404 and OriginNotRegistered. "null", which files and sandboxed frames send, is nobody's."""
        found = configuration(slug, place_of(request), get_language() or "")
        if found is None:
            raise Http404
        if origin := request.headers.get("Origin"):
            if origin not in found.origins:
                raise OriginNotRegistered
            self.origin = origin
        return found

    @extend_schema(exclude=True)
    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What a browser asks before it sends JSON from another origin; it does not say for which site.

        A page in “de_DE”, which is no language, has to ask for that too.
        """
        origin = request.headers.get("Origin", "").replace("\0", "")
        if not SiteOrigin.objects.filter(origin=origin, site__retired_at=None).exists():
            raise OriginNotRegistered
        self.origin = origin
        return Response(
            status=status.HTTP_204_NO_CONTENT,
            headers={
                "Access-Control-Allow-Methods": ", ".join(self.allowed_methods),
                "Access-Control-Allow-Headers": "Accept-Language, Content-Type",
                "Access-Control-Max-Age": str(PREFLIGHT_LIFETIME),
            },
        )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """A 304 and a refusal need the header too: without it the browser gives the page nothing."""
        return self.readable(super().finalize_response(request, response, *args, **kwargs))

    def readable[R: HttpResponseBase](self, answer: R) -> R:
        """By the page that asked."""
        if self.origin:
            answer["Access-Control-Allow-Origin"] = self.origin
        patch_vary_headers(answer, ["Origin"])
        return answer


class SiteConfiguration(SiteView):
    """Says the same to everybody who asks from the same place in the same language."""

    throttle_classes = []

    @extend_schema(
        operation_id="cookies_site",
        tags=["cookies"],
        parameters=[LANGUAGE, IF_NONE_MATCH],
        responses={200: shapes.SiteConfigurationSerializer, 304: None},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """What the cookie banner of a site asks, in the language of the page."""
        body = json.dumps(self.configuration(request, slug).said, ensure_ascii=False, sort_keys=True).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        response = HttpResponse(body, content_type="application/json", headers=headers)
        return get_conditional_response(request._request, etag=etag, response=response) or response


class Devices(SiteView):
    @extend_schema(
        operation_id="cookies_devices",
        tags=["cookies"],
        request=shapes.NewDeviceSerializer,
        responses={201: shapes.DeviceSerializer},
    )
    def post(self, request: Request) -> Response:
        """An id for a browser that is about to say something for the first time. Nothing is stored for it yet."""
        asked = shapes.NewDeviceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        self.configuration(request, asked.validated_data["site"])
        return Response({"device": devices.new_device()}, status=status.HTTP_201_CREATED)


class Decisions(SiteView, AtOnceOpenView):
    success = status.HTTP_201_CREATED

    @extend_schema(
        operation_id="cookies_decisions",
        tags=["cookies"],
        request=shapes.SiteDecisionsSerializer,
        responses={201: shapes.SettledListSerializer},
    )
    def post(self, request: Request) -> Response:
        """What a visitor decided. Sent again under the same `client_id` it is recorded once."""
        return self.acted(request)

    def act(self, request: HttpRequest | Request, data: Any) -> dict[str, Any]:
        said = DECISIONS.run_validation(data)
        asked = self.configuration(request, said["site"])
        language = said.get("language") or get_language() or ""
        place = str(asked.said["jurisdiction"])
        pressed = Pressed(
            Control(said["control"]), language, said.get("banner"), said.get("client_id"), said.get("said_at")
        )
        saying = partial(
            decide,
            asked=asked,
            choices=choices_of(said),
            pressed=pressed,
            evidence=seen(request) | ({"gpc": "1"} if said["gpc"] else {}),
        )
        if "person" in said:
            results = saying(persons.signed_in(said["person"], said["site"]))
        else:
            results = devices.saying(said["device"], saying, language=language, jurisdiction=place)
        return SETTLED.to_representation({"results": results})

    def answered(self, request: Any) -> HttpResponse | None:
        answer = super().answered(request)
        return answer and self.readable(answer)


class Persons(SystemView):
    @extend_schema(
        operation_id="cookies_persons",
        tags=["systems"],
        request=shapes.SignedInSerializer,
        responses={201: shapes.PersonTokenSerializer},
    )
    def post(self, request: Request) -> Response:
        """For the server of a site: who is signed in there, as its pages may tell it. Nobody is made by the call."""
        call = shapes.SignedInSerializer(data=request.data)
        call.is_valid(raise_exception=True)
        said = call.validated_data
        calling_system(request).require(SCOPE, said["site"])
        if not Site.objects.current().filter(slug=said["site"]).exists():
            raise Http404
        token, expires_at = persons.token_for(named.known(said), said["site"])
        body = shapes.PersonTokenSerializer({"person": token, "expires_at": expires_at})
        return Response(body.data, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class Person(SiteView):
    @extend_schema(
        operation_id="cookies_person",
        tags=["cookies"],
        parameters=[LANGUAGE],
        request=shapes.MeetingSerializer,
        responses={200: shapes.MetSerializer},
    )
    def post(self, request: Request) -> Response:
        """What holds for who is signed in, on whichever device they said it.

        What was said in this browser before becomes theirs, and its privacy signal opts them out; from then on
        `cookies/decisions/` is told the person.
        """
        call = shapes.MeetingSerializer(data=request.data)
        call.is_valid(raise_exception=True)
        said = call.validated_data
        asked = self.configuration(request, said["site"])
        met = persons.meet(
            persons.signed_in(said["person"], said["site"]),
            asked,
            device=said["device"],
            is_new=said["new"],
            evidence=seen(request) | ({"gpc": "1"} if said["gpc"] else {}),
        )
        return Response(shapes.MetSerializer(met).data, headers={"Cache-Control": "no-store"})


urlpatterns = [
    path("cookies/sites/<slug:slug>/", SiteConfiguration.as_view(), name="cookies-site"),
    path("cookies/devices/", Devices.as_view(), name="cookies-devices"),
    path("cookies/persons/", Persons.as_view(), name="cookies-persons"),
    path("cookies/person/", Person.as_view(), name="cookies-person"),
    path("cookies/decisions/", Decisions.as_view(), name="cookies-decisions"),
]
