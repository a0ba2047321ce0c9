"""What a load balancer and a robot ask, without signing in."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def livez(request):
    """The process answers. Touches nothing, so that a sick database does not get it restarted."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def readyz(request):
    """Everything a request may need: 200 when all of it works, else 503; the body names the part, never why."""
    results = {name: _works(check) for name, check in CHECKS.items()}
    return JsonResponse(results, status=200 if all(results.values()) else 503)


@login_not_required
@require_safe
def robots(request):
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def _works(check) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - whatever the part throws, it is not ready
        return False


def _database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def waiting_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _cache():
    cache.set("readyz", "ok", 10)
    return cache.get("readyz") == "ok"


def check_broker() -> bool:
    """True, or an error that says what is wrong with the queue."""
    if settings.REDIS_URL:
        with redis_client() as client:
            return client.ping()
    folder = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"])
    probe = folder / ".readyz"
    probe.touch()
    probe.unlink()
    return True


def redis_client():
    import redis  # noqa: PLC0415 - only the production size has a Redis to ask

    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


CHECKS = {
    "database": _database,
    "migrations": lambda: not waiting_migrations(),
    "cache": _cache,
    "broker": check_broker,
}
