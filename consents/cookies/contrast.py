"""How far two colours stand apart (WCAG 2.2, "contrast ratio"), computed where the rule is held: in the database."""

from django.db import migrations
from django.db.models import FloatField, Func

# 0 where one of them is no colour, so that a rule on contrast fails instead of the statement.
FUNCTIONS = """
CREATE FUNCTION cookies_luminance(colour text) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT sum(weight * CASE WHEN light <= 0.04045 THEN light / 12.92 ELSE power((light + 0.055) / 1.055, 2.4) END)
    FROM (VALUES (2, 0.2126), (4, 0.7152), (6, 0.0722)) AS channel (start, weight),
    LATERAL (SELECT ('x' || lpad(substr(colour, start, 2), 8, '0'))::bit(32)::int / 255.0 AS light) AS part
$$;
CREATE FUNCTION cookies_contrast(one text, other text) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN one ~ '^#[0-9a-f]{6}$' AND other ~ '^#[0-9a-f]{6}$' THEN (
        SELECT (max(light) + 0.05) / (min(light) + 0.05)
        FROM unnest(ARRAY[cookies_luminance(one), cookies_luminance(other)]) AS light
    ) ELSE 0 END
$$;
"""
NO_FUNCTIONS = "DROP FUNCTION cookies_contrast(text, text); DROP FUNCTION cookies_luminance(text);"

MAKE_CONTRAST = migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS)


class Contrast(Func):
    """Contrast("ground", "ink"): from 1, the same, to 21, black on white."""

    function = "cookies_contrast"
    arity = 2
    output_field = FloatField()
