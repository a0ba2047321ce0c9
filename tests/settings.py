"""portal.settings for the test run: folders and Redis database of this test process alone.

Set before portal.settings is read, so that child processes which tests start (workers, manage.py) agree.
A running portal on this machine must never see a message or a file of a test.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "TEST_VAR_DIR" not in os.environ:
    os.environ["TEST_VAR_DIR"] = tempfile.mkdtemp(prefix="portal-test-")
    atexit.register(shutil.rmtree, os.environ["TEST_VAR_DIR"], ignore_errors=True)

worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
os.environ["VAR_DIR"] = str(Path(os.environ["TEST_VAR_DIR"], worker))
if databases := os.environ.get("TEST_REDIS_DATABASES"):
    number = databases.split(",")[int(worker.removeprefix("gw"))]
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{number}"

# A test that wants a replica starts one.
os.environ.pop("DATABASE_REPLICA_URL", None)

from portal.settings import *  # noqa: E402, F403

if IS_SQLITE:  # noqa: F405
    # A file locks as in production; the in-memory default shares a cache and refuses a second writer at once.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["VAR_DIR"], "test.sqlite3"))}  # noqa: F405

# The real hasher takes a quarter of a second for every log-in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
Path(STATIC_ROOT).mkdir(exist_ok=True)  # noqa: F405
# All tests come from one address, and Redis, unlike a table, keeps count from one test to the next.
ACCOUNT_RATE_LIMITS = ACCOUNT_RATE_LIMITS | {  # noqa: F405
    "login": "100000/m/ip",
    "login_failed": "100000/m/ip,5/15m/key",
}
# Otherwise every test client looks through all static files before its first request.
WHITENOISE_AUTOREFRESH = True
