import pytest
from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from privacycenter import health

pytestmark = pytest.mark.django_db


def ready(client: Client) -> tuple[int, dict[str, str]]:
    response = client.get("/readyz")
    return response.status_code, response.json()["checks"]


def test_it_is_alive_without_asking_anything(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"


def test_it_is_ready_after_a_tick_of_beat(client):
    health.tick()
    assert ready(client) == (200, {"database": "ok", "broker": "ok", "migrations": "ok", "beat": "ok"})


def test_without_a_recent_tick_it_is_not_ready(client):
    assert ready(client)[1]["beat"] == "no recent tick"
    cache.set(health.TICK, 1.0)
    assert ready(client) == (503, {"database": "ok", "broker": "ok", "migrations": "ok", "beat": "no recent tick"})


def test_with_a_migration_missing_it_is_not_ready(client):
    health.tick()
    MigrationRecorder(connection).record_unapplied("subjects", "0001_initial")
    assert ready(client)[1]["migrations"] == "missing"


def test_without_a_broker_it_is_not_ready(client, monkeypatch):
    from privacycenter.celery import app

    monkeypatch.setattr(app.conf, "broker_read_url", "redis://127.0.0.1:1/0")
    assert ready(client)[1]["broker"] == "unreachable"
