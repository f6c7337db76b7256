"""Headers of calls that many addresses of the API understand, as its description names them."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

LANGUAGE = OpenApiParameter("Accept-Language", OpenApiTypes.STR, OpenApiParameter.HEADER)
IF_NONE_MATCH = OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER)
