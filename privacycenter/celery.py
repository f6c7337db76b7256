import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacycenter.settings")

app = Celery("privacycenter")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
