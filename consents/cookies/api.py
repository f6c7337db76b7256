"""What consent.js reads, from whichever site of the organisation it runs on."""

from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.calls.conditional import conditional
from accounts.calls.headers import IF_NONE_MATCH, LANGUAGE
from consents.choices import law
from consents.cookies.models import Party, Site, Storage
from consents.cookies.sites import asked_about, check_origin


class TrackerSerializer(serializers.Serializer[Any]):
    """Something that is kept in the browser."""

    name = serializers.CharField(read_only=True, help_text="As the browser shows it; * stands for any ending.")
    storage = serializers.ChoiceField(Storage.choices, read_only=True)
    party = serializers.ChoiceField(Party.choices, read_only=True)
    provider = serializers.CharField(read_only=True, source="set_by")
    duration = serializers.CharField(read_only=True, help_text="In words.")


class AskedSerializer(serializers.Serializer[Any]):
    """A purpose that the site asks about."""

    purpose = serializers.CharField(read_only=True, source="purpose.slug")
    part_of = serializers.CharField(read_only=True, source="purpose.parent.slug", default=None, allow_null=True)
    version = serializers.IntegerField(read_only=True, source="purpose.version")
    asks_since = serializers.IntegerField(read_only=True, source="purpose.asks_since")
    gpc = serializers.BooleanField(
        read_only=True, source="purpose.gpc", help_text="The browser's signal Global Privacy Control refuses it."
    )
    language = serializers.CharField(read_only=True, source="purpose.text.language")
    name = serializers.CharField(read_only=True, source="purpose.text.name")
    description = serializers.CharField(read_only=True, source="purpose.text.description")
    text_sha256 = serializers.CharField(read_only=True, source="purpose.text.sha256")
    trackers = TrackerSerializer(many=True, read_only=True)


class SiteConfigurationSerializer(serializers.Serializer[Any]):
    """What a banner has to know. Nobody is known to it, so the rule is that of the deployment."""

    site = serializers.CharField(read_only=True)
    jurisdiction = serializers.CharField(read_only=True)
    refusal_period = serializers.CharField(
        read_only=True, help_text="ISO 8601: who refused is not asked again earlier."
    )
    purposes = AskedSerializer(many=True, read_only=True)


class SiteConfiguration(APIView):
    """Says the same to everybody, so nobody signs in. Pages of other origins may read it if they are registered."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="cookies_site",
        tags=["cookies"],
        parameters=[LANGUAGE, IF_NONE_MATCH],
        responses={200: SiteConfigurationSerializer, 304: None},
    )
    @conditional
    def get(self, request: Request, slug: str) -> Response:
        """What the cookie banner of a site asks, in the language of the page."""
        site = get_object_or_404(Site.objects.current(), slug=slug)
        if origin := request.headers.get("Origin"):
            check_origin(site, origin)
            self.origin = origin
        place = settings.JURISDICTION
        configuration = {
            "site": site.slug,
            "jurisdiction": place,
            "refusal_period": law.of(place).refusal_period,
            "purposes": asked_about(),
        }
        return Response(SiteConfigurationSerializer(configuration).data)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """A 304 needs the header too: without it the browser gives the page nothing."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        if origin := getattr(self, "origin", None):
            answer["Access-Control-Allow-Origin"] = origin
        patch_vary_headers(answer, ["Origin"])
        return answer


urlpatterns = [path("cookies/sites/<slug:slug>/", SiteConfiguration.as_view(), name="cookies-site")]
