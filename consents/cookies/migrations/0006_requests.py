from django.db import migrations, models

WORDS = "A request goes to another company, is named by its host, such as px.example.com, and has no lifetime."


class Migration(migrations.Migration):
    dependencies = [("cookies", "0005_scheduled_scans")]

    operations = [
        migrations.AlterField(
            model_name="tracker",
            name="storage",
            field=models.CharField(
                choices=[
                    ("cookie", "Cookie"),
                    ("local-storage", "Local storage"),
                    ("session-storage", "Session storage"),
                    ("request", "Request to another company"),
                ],
                max_length=16,
                verbose_name="storage",
            ),
        ),
        migrations.AlterField(
            model_name="tracker",
            name="name",
            field=models.CharField(
                help_text="As the browser shows it; * stands for any ending. Of a request the host, with those below it.",
                max_length=200,
                verbose_name="name",
            ),
        ),
        migrations.RemoveConstraint(model_name="tracker", name="cookies_tracker_storage"),
        migrations.AddConstraint(
            model_name="tracker",
            constraint=models.CheckConstraint(
                condition=models.Q(("storage__in", ["cookie", "local-storage", "session-storage", "request"])),
                name="cookies_tracker_storage",
            ),
        ),
        migrations.AddConstraint(
            model_name="tracker",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("storage", "request"), _negated=True),
                    models.Q(
                        ("lifetime", ""), ("name__regex", "^[a-z0-9_]([a-z0-9._-]*[a-z0-9])?$"), ("party", "third")
                    ),
                    _connector="OR",
                ),
                name="cookies_tracker_request",
                violation_error_message=WORDS,
            ),
        ),
    ]
