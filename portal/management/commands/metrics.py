import http.server
import ipaddress
import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import metrics


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/metrics":
            self.send_error(404)
            return
        body = metrics.text().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Every scrape would be a line."""


class Command(BaseCommand):
    help = "在内部地址（METRICS_BIND）上向 Prometheus 提供运行指标。不得经公网代理访问。"
    # It tells what is missing instead of not starting.
    requires_system_checks = []

    def handle(self, **options):
        host, _, port = settings.METRICS_BIND.rpartition(":")
        try:
            if not ipaddress.ip_address(host.strip("[]")).is_global:
                server = http.server.HTTPServer((host.strip("[]"), int(port)), Answer)
            else:
                raise CommandError(f"METRICS_BIND 的地址 {host} 是公网地址，请改用内部地址。", returncode=2)
        except (ValueError, OSError) as error:
            raise CommandError(
                f"METRICS_BIND“{settings.METRICS_BIND}”不能使用（{error}），请写成“内部地址:端口”。",
                returncode=2,
            ) from error
        for number in (signal.SIGINT, signal.SIGTERM):  # also where whoever started it ignores them
            signal.signal(number, signal.default_int_handler)
        self.stdout.write(f"运行指标：http://{settings.METRICS_BIND}/metrics")
        self.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()
