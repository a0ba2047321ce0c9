import errno
import fcntl
import http.client
import os
import socket
import sys
from contextlib import closing

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connections

from orgs.models import Organisation
from portal.supervisor import Child, Supervisor

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "启动整个门户：数据库升级、演示数据、网页服务、后台任务。按 Ctrl-C 停止。"

    def add_arguments(self, parser):
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
        parser.add_argument(
            "--no-demo",
            action="store_true",
            default=os.environ.get("DEMO") == "0",
            help="空库也不载入演示数据",
        )

    def handle(self, *, port, no_demo, **options):
        try:
            with closing(listen(valid_port(port))) as listener, closing(claim_var_dir()):
                self.prepare(demo=not no_demo)
                status = self.supervise(listener)
        except KeyboardInterrupt:
            self.say("已停止。")
            return
        except OperationalError as error:
            self.refuse(f"数据库不可用：{' '.join(str(error).split())}")
        except Refusal as refusal:
            self.refuse(str(refusal))
        if status:
            sys.exit(status)

    def refuse(self, reason):
        self.stderr.write(reason)
        sys.exit(1)

    def say(self, text):
        self.stdout.write(text)
        self.stdout.flush()

    def prepare(self, *, demo):
        self.say("正在检查数据库……")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        # Invented organisations in a production database could only be removed by hand.
        if demo and settings.DEBUG:
            self.demonstrate()
        # The children open their own; a connection must not be shared across a fork.
        connections.close_all()

    def demonstrate(self):
        if Organisation.objects.exists():
            call_command("demo_park", accounts=True, stdout=self.stdout)
        else:
            self.say("数据库是空的，正在载入演示园区……")
            call_command("demo_park", scale=1, stdout=self.stdout)

    def supervise(self, listener):
        port = listener.getsockname()[1]

        def announce():
            self.say(f"\n{settings.PRODUCT_NAME}已启动：http://{HOST}:{port}/\n按 Ctrl-C 停止。")

        supervisor = Supervisor(
            [web(listener), worker(), beat()], say=self.say, ready=lambda: answers(port), announce=announce
        )
        return supervisor.run()


class Refusal(Exception):
    """A start that cannot work: one line for the operator, no traceback."""


def valid_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Refusal(f"端口“{text}”无效：请用 1 到 65535 之间的数字，例如 make run PORT=8001。")
    return int(text)


def listen(port: int) -> socket.socket:
    """The socket of the web server, opened first of all and handed on: nobody can take the port meanwhile."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            problem = f"端口 {port} 已被占用：请先停止占用它的程序，或换一个端口"
        else:
            problem = f"端口 {port} 不能使用（{error.strerror}）：请换一个端口"
        raise Refusal(f"{problem}，例如 make run PORT={port % 65535 + 1}。") from error
    return listener


def claim_var_dir():
    """Hold var/ for this run: a second worker with beat on it would do every periodic task twice."""
    lock = (settings.VAR_DIR / "run.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Refusal(f"门户已经在运行（数据目录 {settings.VAR_DIR}）：请先停止它再启动。") from error
    return lock


def web(listener: socket.socket) -> Child:
    listener.listen(512)
    fd = listener.fileno()
    env = os.environ | {"WEB_BIND": f"fd://{fd}"}
    env.setdefault("WEB_LOG_LEVEL", "warning")
    config = str(settings.BASE_DIR / "deploy" / "gunicorn.conf.py")
    command = [sys.executable, "-m", "gunicorn", "--config", config, "portal.wsgi:application"]
    return Child("网页服务", command, env=env, pass_fds=[fd])


def worker() -> Child:
    # One writer at a time is all that SQLite has: more processes would only wait for each other.
    processes = "1" if connections["default"].vendor == "sqlite" else "2"
    return celery("后台任务", "worker", "--queues", "default,import,export", "--concurrency", processes)


def beat() -> Child:
    """Not inside the worker, where its death would go unseen."""
    return celery("定时任务", "beat", "--pidfile=")


def celery(name: str, *arguments: str) -> Child:
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "portal", *arguments, "--loglevel", "WARNING"]
    # Celery's six lines about the root user would bury the address; the containers do not run as root.
    env = os.environ | {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
    env.setdefault("LOG_LEVEL", "WARNING")
    return Child(name, command, env=env)


def answers(port: int) -> bool:
    """Whether the web server answers at all; what it says is for /readyz."""
    connection = http.client.HTTPConnection(HOST, port, timeout=0.5)
    try:
        connection.request("GET", "/livez")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
