import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.uuid
from django.conf import settings
from django.db import migrations, models

import consents.catalogue.text_hash
from accounts.subjects.append_only import append_only, frozen_when

# What is in review or approved keeps its words: they may only be rendered, once, by the publication. The share lock
# waits for whoever gives the version to review.
TEXTS = """
CREATE FUNCTION policies_text_of_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed policies_versiontext := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.sha256 = ''
        AND (OLD.version_id, OLD.language, OLD.title, OLD.body, OLD.summary)
            = (NEW.version_id, NEW.language, NEW.title, NEW.body, NEW.summary) THEN
        RETURN NEW;
    END IF;
    PERFORM FROM policies_version
        WHERE id IN (changed.version_id, CASE TG_OP WHEN 'UPDATE' THEN OLD.version_id END) AND state <> 'draft'
        FOR SHARE;
    IF FOUND THEN
        RAISE EXCEPTION 'Only the texts of a draft can change: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN changed;
END $$;
CREATE TRIGGER policies_versiontext_of_draft BEFORE INSERT OR UPDATE OR DELETE ON policies_versiontext
    FOR EACH ROW EXECUTE FUNCTION policies_text_of_draft();
"""
NO_TEXTS = """
DROP TRIGGER policies_versiontext_of_draft ON policies_versiontext;
DROP FUNCTION policies_text_of_draft();
"""

# What is published may only be withdrawn, and before its day. What is reviewed may only go on or back.
LIFE = """
CREATE FUNCTION policies_life() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_state text[] := ARRAY['state', 'edited_at', 'submitted_at', 'submitted_by_id', 'approved_at', 'approved_by_id'];
    fate text[] := ARRAY['state', 'edited_at', 'withdrawn_at', 'withdrawn_by_id'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state = 'draft' THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.state || '>' || NEW.state IN ('review>draft', 'review>approved', 'approved>draft') THEN
        IF to_jsonb(OLD) - of_state = to_jsonb(NEW) - of_state THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.state || '>' || NEW.state IN ('draft>draft', 'draft>review') THEN
        RETURN NEW;
    ELSIF OLD.state || '>' || NEW.state = 'approved>published' THEN
        IF (OLD.document_id, OLD.number, OLD.material, OLD.reason, OLD.submitted_by_id, OLD.approved_by_id)
                = (NEW.document_id, NEW.number, NEW.material, NEW.reason, NEW.submitted_by_id, NEW.approved_by_id)
            AND (OLD.effective_at IS NULL OR OLD.effective_at = NEW.effective_at) THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.state || '>' || NEW.state = 'published>withdrawn' AND OLD.effective_at > clock_timestamp() THEN
        IF to_jsonb(OLD) - fate = to_jsonb(NEW) - fate THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'A version that is % can not change so: % refused', OLD.state, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER policies_version_life BEFORE UPDATE OR DELETE ON policies_version
    FOR EACH ROW EXECUTE FUNCTION policies_life();
CREATE TRIGGER policies_version_no_truncate BEFORE TRUNCATE ON policies_version
    FOR EACH STATEMENT EXECUTE FUNCTION pc_frozen();
"""
NO_LIFE = """
DROP TRIGGER policies_version_life ON policies_version;
DROP TRIGGER policies_version_no_truncate ON policies_version;
DROP FUNCTION policies_life();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("notices", "0001_initial"),
        ("subjects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
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
                (
                    "slug",
                    models.SlugField(help_text="Its address: /policies/<slug>/", unique=True, verbose_name="slug"),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="The first one stands at the foot of every page.", verbose_name="position"
                    ),
                ),
                (
                    "acceptance",
                    models.CharField(
                        choices=[
                            ("notice", "It was told"),
                            ("continued", "It was told, and they go on to use the service after its day"),
                            ("explicit", "They say so; from its day on the portal and the API wait for it"),
                        ],
                        default="continued",
                        help_text="Only material versions ask anybody anything.",
                        max_length=10,
                        verbose_name="how a change comes to bind people",
                    ),
                ),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
                "ordering": ["position", "slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("acceptance__in", ["notice", "continued", "explicit"])),
                        name="policies_acceptance_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Version",
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
                (
                    "number",
                    models.CharField(
                        help_text="Such as 1.0; small corrections count after the point.",
                        max_length=9,
                        verbose_name="number",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("review", "In review"),
                            ("approved", "Approved"),
                            ("published", "Published"),
                            ("withdrawn", "Withdrawn before its day"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("sequence", models.PositiveIntegerField(editable=False, null=True, verbose_name="sequence")),
                (
                    "material",
                    models.BooleanField(
                        default=False,
                        help_text="It affects people’s rights: new data, purpose, recipient, retention or right. Everybody is told.",
                        verbose_name="material",
                    ),
                ),
                (
                    "reason",
                    models.TextField(
                        blank=True,
                        help_text="Staff read it. It is kept as the proof that somebody thought about it.",
                        validators=[django.core.validators.MaxLengthValidator(2000)],
                        verbose_name="why it is material, or is not",
                    ),
                ),
                ("catalogue", models.JSONField(default=dict, editable=False, verbose_name="catalogue")),
                (
                    "effective_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Empty: as soon as it may, which is at once where it is not material.",
                        null=True,
                        verbose_name="takes effect",
                    ),
                ),
                ("submitted_at", models.DateTimeField(editable=False, null=True, verbose_name="given to review")),
                ("approved_at", models.DateTimeField(editable=False, null=True, verbose_name="approved")),
                ("published_at", models.DateTimeField(editable=False, null=True, verbose_name="published")),
                ("withdrawn_at", models.DateTimeField(editable=False, null=True, verbose_name="withdrawn")),
                ("edited_at", models.DateTimeField(auto_now=True, verbose_name="last edited")),
                (
                    "approved_by",
                    models.ForeignKey(
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="policies.document",
                        verbose_name="document",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.notice",
                        verbose_name="notice",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="given to review by",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="withdrawn by",
                    ),
                ),
            ],
            options={
                "verbose_name": "version",
                "verbose_name_plural": "versions",
                "ordering": ["document", "-sequence", "-id"],
                "permissions": [
                    ("approve_version", "Can approve versions"),
                    ("publish_version", "Can publish versions"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Acknowledgement",
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
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("signup", "By signing up"),
                            ("continued", "By going on to use the service"),
                            ("explicit", "By saying so"),
                        ],
                        max_length=10,
                        verbose_name="method",
                    ),
                ),
                ("language", models.CharField(max_length=16, verbose_name="language")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="at"
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acknowledgements",
                        to="subjects.subject",
                        verbose_name="subject",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acknowledgements",
                        to="policies.version",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "acknowledgement",
                "verbose_name_plural": "acknowledgements",
            },
        ),
        migrations.CreateModel(
            name="VersionText",
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
                ("language", models.CharField(default="en", max_length=16, verbose_name="language")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "body",
                    models.TextField(
                        help_text="Markdown",
                        validators=[django.core.validators.MaxLengthValidator(2000000)],
                        verbose_name="text",
                    ),
                ),
                (
                    "summary",
                    models.TextField(
                        blank=True,
                        help_text="Markdown. It begins the mail and stands on top of the page.",
                        validators=[django.core.validators.MaxLengthValidator(20000)],
                        verbose_name="what changes",
                    ),
                ),
                ("html", models.TextField(blank=True, editable=False, verbose_name="text as HTML")),
                ("summary_html", models.TextField(blank=True, editable=False, verbose_name="what changes, as HTML")),
                ("contents", models.JSONField(blank=True, default=list, editable=False, verbose_name="contents")),
                (
                    "sha256",
                    models.CharField(blank=True, editable=False, max_length=64, verbose_name="hash of the text"),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="policies.version",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "text of a version",
                "verbose_name_plural": "texts of versions",
                "ordering": ["language"],
            },
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(
                condition=models.Q(("state", "published")), fields=["document", "-sequence"], name="policies_published"
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(
                fields=("document", "number"),
                name="policies_number_once",
                violation_error_message="The document has a version with this number.",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(fields=("document", "sequence"), name="policies_sequence_once"),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__regex", "^(0|[1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})$")),
                name="policies_number",
                violation_error_message="A number is two whole numbers with a point between them, such as 2.0.",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_by", None), ("sequence", None), ("state", "draft"), ("submitted_by", None)),
                    models.Q(
                        ("approved_by", None), ("sequence", None), ("state", "review"), ("submitted_by__isnull", False)
                    ),
                    models.Q(
                        ("approved_by__isnull", False),
                        ("sequence", None),
                        ("state", "approved"),
                        ("submitted_by__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            models.Q(("state", "published"), ("withdrawn_at", None)),
                            models.Q(("state", "withdrawn"), ("withdrawn_at__isnull", False)),
                            _connector="OR",
                        ),
                        ("approved_by__isnull", False),
                        ("effective_at__isnull", False),
                        ("published_at__isnull", False),
                        ("sequence__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="policies_state_has_its_columns",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by", None),
                    models.Q(("approved_by", models.F("submitted_by")), _negated=True),
                    _connector="OR",
                ),
                name="policies_two_people",
                violation_error_message="Somebody else has to approve it than who gave it to review.",
            ),
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("method", "continued"), _negated=True),
                fields=("subject", "version"),
                name="policies_acknowledged_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("method", "continued")), fields=("subject", "version"), name="policies_went_on_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.CheckConstraint(
                condition=models.Q(("method__in", ["signup", "continued", "explicit"])), name="policies_method_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="versiontext",
            constraint=models.UniqueConstraint(
                fields=("version", "language"),
                name="policies_one_text_per_language",
                violation_error_message="The version has a text in this language.",
            ),
        ),
        migrations.AddConstraint(
            model_name="versiontext",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sha256", ""), ("sha256", consents.catalogue.text_hash.TextHash("title", "body")), _connector="OR"
                ),
                name="policies_sha256",
            ),
        ),
        migrations.RunSQL(LIFE, NO_LIFE),
        migrations.RunSQL(TEXTS, NO_TEXTS),
        frozen_when("policies_versiontext", "OLD.sha256 <> ''"),
        append_only("policies_acknowledgement"),
    ]
