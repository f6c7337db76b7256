from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cookies", "0004_tracker_versions")]

    operations = [
        migrations.AddField(
            model_name="scan",
            name="scheduled",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="Its turn had come; nobody asked for it.",
                verbose_name="scheduled",
            ),
        )
    ]
