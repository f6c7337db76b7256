from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.calls.conditional import conditional
from accounts.calls.headers import IF_NONE_MATCH, LANGUAGE
from accounts.calls.permissions import caller
from dsar.datamap.declarations import Ground
from dsar.datamap.overview import look
from dsar.datamap.systems import Action


class SystemSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)


class PurposeNameSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True, source="text.name")


class ColumnSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)


class EndingSerializer(serializers.Serializer[Any]):
    """What an erasure does to it. The last four are filled only where it is kept."""

    action = serializers.ChoiceField(Action.choices, read_only=True)
    ground = serializers.ChoiceField(Ground.choices, read_only=True, allow_null=True)
    law = serializers.CharField(read_only=True, allow_null=True)
    why = serializers.CharField(read_only=True)
    until = serializers.CharField(read_only=True, source="until_in_words")


class HoldingSerializer(serializers.Serializer[Any]):
    system = SystemSerializer(read_only=True)
    name = serializers.CharField(read_only=True, source="collection.name")
    title = serializers.CharField(read_only=True, source="collection.title")
    origin = serializers.CharField(read_only=True, source="collection.source", help_text="Where the data comes from.")
    rows = serializers.IntegerField(read_only=True)
    columns = ColumnSerializer(many=True, read_only=True, source="collection.columns")
    purposes = PurposeNameSerializer(many=True, read_only=True)
    erasure = EndingSerializer(read_only=True, source="collection.erasure")


class HeldCategorySerializer(serializers.Serializer[Any]):
    slug = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    rows = serializers.IntegerField(read_only=True)
    holdings = HoldingSerializer(many=True, read_only=True)


class HeldSerializer(serializers.Serializer[Any]):
    """What is held about the caller. `silent` names the systems that do not answer now."""

    categories = HeldCategorySerializer(many=True, read_only=True)
    silent = SystemSerializer(many=True, read_only=True)


class DataView(APIView):
    """What we hold about you, where it comes from, what for, and how it ends."""

    @extend_schema(
        tags=["data"],
        operation_id="data_retrieve",
        parameters=[LANGUAGE, IF_NONE_MATCH],
        responses={200: HeldSerializer, 304: None},
    )
    @conditional
    def get(self, request: Request) -> Response:
        return Response(HeldSerializer(look(caller(request))).data)


urlpatterns = [path("data/", DataView.as_view(), name="data")]
