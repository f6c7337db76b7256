import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.uuid
from django.db import migrations, models

from accounts.subjects.append_only import frozen_when

# What people are told of a tracker, but for its place in the list and its words, which the catalogue's texts hold.
KEEP = """
CREATE FUNCTION cookies_tracker_said(tracker cookies_tracker) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'name', tracker.name, 'storage', tracker.storage, 'party', tracker.party, 'provider', tracker.provider,
        'lifetime', tracker.lifetime, 'exception', tracker.legal_exception, 'site', tracker.site_id,
        'purpose', (SELECT slug FROM catalogue_purpose WHERE id = tracker.purpose_id),
        'retired', tracker.retired_at IS NOT NULL
    )
$$;
CREATE FUNCTION cookies_keep_tracker() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last cookies_trackerversion;
BEGIN
    SELECT * INTO last FROM cookies_trackerversion WHERE tracker_id = NEW.id ORDER BY number DESC LIMIT 1;
    IF last.content IS DISTINCT FROM cookies_tracker_said(NEW) THEN
        INSERT INTO cookies_trackerversion (tracker_id, number, content)
        VALUES (NEW.id, coalesce(last.number, 0) + 1, cookies_tracker_said(NEW));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER cookies_tracker_kept AFTER INSERT OR UPDATE ON cookies_tracker
    FOR EACH ROW EXECUTE FUNCTION cookies_keep_tracker();
INSERT INTO cookies_trackerversion (tracker_id, number, content)
SELECT id, 1, cookies_tracker_said(cookies_tracker) FROM cookies_tracker;
"""
NOT_KEEP = """
DROP TRIGGER cookies_tracker_kept ON cookies_tracker;
DROP FUNCTION cookies_keep_tracker();
DROP FUNCTION cookies_tracker_said(cookies_tracker);
"""


class Migration(migrations.Migration):
    dependencies = [("cookies", "0003_scans")]

    operations = [
        migrations.CreateModel(
            name="TrackerVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.db.models.functions.uuid.UUID7(),
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("content", models.JSONField(verbose_name="content")),
                (
                    "published_at",
                    models.DateTimeField(
                        db_default=django.contrib.postgres.functions.TransactionNow(),
                        editable=False,
                        verbose_name="published",
                    ),
                ),
                (
                    "tracker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="cookies.tracker",
                        verbose_name="cookie",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a cookie",
                "verbose_name_plural": "versions of cookies",
                "ordering": ["tracker", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("tracker", "number"), name="cookies_trackerversion_once")
                ],
            },
        ),
        migrations.RunSQL(KEEP, NOT_KEEP),
        frozen_when("cookies_trackerversion", "true"),
    ]
