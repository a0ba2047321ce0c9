"""The WSGI server, one configuration for `make run` and for the containers."""

import os

# A page that takes longer is given up; the settings allow imports and commands half an hour.
os.environ["STATEMENT_TIMEOUT_MS"] = os.environ.get("WEB_STATEMENT_TIMEOUT_MS", "30000")

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 8
keepalive = 5
# A request with larger headers than these is refused before Django sees it.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# X_Forwarded_For must not pass for X-Forwarded-For.
header_map = "drop"
# The heartbeat file belongs in memory: a busy disk would make a healthy worker look dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# Writes into $HOME, which is read-only in the container, and nothing here uses it.
control_socket_disable = True
loglevel = os.environ.get("WEB_LOG_LEVEL", "info")
