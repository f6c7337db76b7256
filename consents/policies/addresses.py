"""The number of a version as a part of addresses."""

import re

from django.urls import register_converter
from django.urls.converters import StringConverter


class NumberConverter(StringConverter):
    regex = r"\d{1,4}\.\d{1,4}"


# In routes: f"<{NUMBER}:number>".
NUMBER = "version-number"
register_converter(NumberConverter, NUMBER)


def is_number(text: str) -> bool:
    return re.fullmatch(NumberConverter.regex, text, re.ASCII) is not None
