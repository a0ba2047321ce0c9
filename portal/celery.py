"""The Celery application and the beat table."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, task_success, worker_ready

from portal import pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "sweep-jobs": {"task": "imports.tasks.sweep_jobs", "schedule": 30.0},
    "refresh-snapshots": {"task": "portal.tasks.refresh_snapshots", "schedule": 15.0},
    "rebuild-snapshots": {"task": "portal.tasks.rebuild_snapshots", "schedule": crontab(hour=0, minute=5)},
    "seal-audit": {"task": "orgs.tasks.seal_audit", "schedule": 60.0},
    "refresh-registered-members": {
        "task": "members.tasks.refresh_registered_members",
        "schedule": crontab(hour=3, minute=40),
    },
    "write-dues": {
        "task": "members.tasks.write_dues",
        "schedule": crontab(day_of_month=1, hour=0, minute=20),
    },
    "sweep-uploads": {"task": "orgs.tasks.sweep_uploads", "schedule": crontab(hour=4, minute=20)},
    "sweep-exports": {"task": "orgs.tasks.sweep_exports", "schedule": crontab(hour=4, minute=15)},
    "sweep-webhooks": {"task": "orgs.tasks.sweep_webhooks", "schedule": 60.0},
    "purge-webhooks": {"task": "orgs.tasks.purge_webhooks", "schedule": crontab(hour=4, minute=40)},
    "send-reminders": {"task": "portal.tasks.send_reminders", "schedule": 60.0},
    "purge-reminders": {"task": "portal.tasks.purge_reminders", "schedule": crontab(hour=4, minute=50)},
    "sweep-notices": {"task": "orgs.tasks.sweep_notices", "schedule": crontab(hour=4, minute=30)},
    # What a commit could not send. The later runs of the day complete what the first left, and tell nobody twice.
    "tell-acts": {"task": "activities.tasks.tell_acts", "schedule": 600.0},
    "watch-orders": {"task": "linkages.tasks.watch_orders", "schedule": 600.0},
    "tell-orders": {"task": "linkages.tasks.tell_orders", "schedule": 600.0},
    "tell-challenges": {"task": "linkages.tasks.tell_challenges", "schedule": 600.0},
    "tell-commitments": {"task": "linkages.tasks.tell_commitments", "schedule": 600.0},
    "tell-secondments": {"task": "linkages.tasks.tell_secondments", "schedule": 600.0},
    "remind-secondments": {
        "task": "linkages.tasks.remind_secondments",
        "schedule": crontab(hour="8,12,16", minute=20),
    },
    "watch-policies": {"task": "linkages.tasks.watch_policies", "schedule": crontab(minute=40)},
    "remind": {"task": "activities.tasks.remind", "schedule": crontab(hour="8,12,16", minute=10)},
    "watch-visits": {"task": "orgs.tasks.watch_visits", "schedule": crontab(minute=25)},
    "write-reports": {"task": "portal.tasks.write_reports", "schedule": crontab(hour="1,5,9", minute=30)},
    "sweep-reports": {"task": "portal.tasks.sweep_reports", "schedule": crontab(hour=4, minute=10)},
    "expire-imports": {"task": "imports.tasks.expire_imports", "schedule": 3600.0},
}


task_success.connect(pulse.note)


@setup_logging.connect
def keep_the_logging_of_the_settings(**kwargs):
    """Celery's own handlers would write past the formatters that mask."""


@worker_ready.connect
def take_up_the_work(**kwargs):
    """A worker that starts looks at once for what its predecessor left."""
    for task in ("imports.tasks.sweep_jobs", "portal.tasks.refresh_snapshots"):
        app.send_task(task)
