import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

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
DROP TRIGGER policies_versiontext_late ON policies_versiontext;
DROP FUNCTION policies_late_text();
CREATE TRIGGER policies_versiontext_of_draft BEFORE INSERT OR UPDATE OR DELETE ON policies_versiontext
    FOR EACH ROW EXECUTE FUNCTION policies_text_of_draft();
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
DROP TRIGGER policies_version_frozen ON policies_version;
CREATE TRIGGER policies_version_life BEFORE UPDATE OR DELETE ON policies_version
    FOR EACH ROW EXECUTE FUNCTION policies_life();
"""


def staff(words: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        editable=False,
        null=True,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        verbose_name=words,
    )


def moment(words: str) -> models.DateTimeField:
    return models.DateTimeField(editable=False, null=True, verbose_name=words)


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="version",
            options={
                "ordering": ["document", "-sequence", "-id"],
                "permissions": [
                    ("approve_version", "Can approve versions"),
                    ("publish_version", "Can publish versions"),
                ],
                "verbose_name": "version",
                "verbose_name_plural": "versions",
            },
        ),
        migrations.RemoveConstraint(
            model_name="version",
            name="policies_state_has_its_columns",
        ),
        migrations.AddField(
            model_name="document",
            name="acceptance",
            field=models.CharField(
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
        migrations.AddField(
            model_name="version",
            name="approved_at",
            field=moment("approved"),
        ),
        migrations.AddField(
            model_name="version",
            name="approved_by",
            field=staff("approved by"),
        ),
        migrations.AddField(
            model_name="version",
            name="reason",
            field=models.TextField(
                blank=True,
                help_text="Staff read it. It is kept as the proof that somebody thought about it.",
                validators=[django.core.validators.MaxLengthValidator(2000)],
                verbose_name="why it is material, or is not",
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="submitted_at",
            field=moment("given to review"),
        ),
        migrations.AddField(
            model_name="version",
            name="submitted_by",
            field=staff("given to review by"),
        ),
        migrations.AddField(
            model_name="version",
            name="withdrawn_at",
            field=moment("withdrawn"),
        ),
        migrations.AddField(
            model_name="version",
            name="withdrawn_by",
            field=staff("withdrawn by"),
        ),
        migrations.AlterField(
            model_name="version",
            name="effective_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Empty: as soon as it may, which is at once where it is not material.",
                null=True,
                verbose_name="takes effect",
            ),
        ),
        migrations.AlterField(
            model_name="version",
            name="state",
            field=models.CharField(
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
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("acceptance__in", ["notice", "continued", "explicit"])),
                name="policies_acceptance_is_known",
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
        migrations.RemoveConstraint(
            model_name="acknowledgement",
            name="policies_acknowledged_once",
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
        migrations.AddField(
            model_name="version",
            name="catalogue",
            field=models.JSONField(default=dict, editable=False, verbose_name="catalogue"),
        ),
        migrations.RunSQL(TEXTS, migrations.RunSQL.noop),
        migrations.RunSQL(LIFE, migrations.RunSQL.noop),
    ]
