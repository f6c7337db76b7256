"""Is it alive, and is it ready? `/healthz` says that the process answers; `/readyz` that all it needs does."""

from celery import shared_task
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from privacycenter.celery import app

TICK = "beat:tick"
# Three missed ticks of beat, which ticks every 10 s.
STALE = 30


@shared_task
def tick() -> None:
    """Beat sends it, a worker runs it: a recent tick shows that beat, broker and a worker are all well."""
    cache.set(TICK, timezone.now().timestamp(), timeout=3600)


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    checks = {"database": _database(), "broker": _broker(), "migrations": _migrations(), "beat": _beat()}
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _broker() -> str:
    try:
        with app.connection_for_read() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return "unreachable"
    return "ok"


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unknown"
    return "missing" if plan else "ok"


def _beat() -> str:
    try:
        last = cache.get(TICK)
    except RedisError:
        return "unknown"
    if last is None or timezone.now().timestamp() - last > STALE:
        return "no recent tick"
    return "ok"
