"""One POST to an address that the operator allowed: to the very machine that was looked at, without proxy or redirect.

A name is resolved once and the connection is made to what came out, so that it cannot mean one machine when it is judged
and another when it is called. Source: OWASP ASVS 5.0, 13.2.4 and 15.3.2.
"""

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from orgs.models import DeliveryFault
from orgs.outbox import Undelivered

CONNECT_SECONDS, READ_SECONDS = 5, 10
WHOLE_SECONDS = 20  # for one that answers a byte at a time; longer than to try every machine
MOST_MACHINES = 3
WEBHOOK_HOSTS = "WEBHOOK_HOSTS"
PORTS = {"https": 443, "http": 80}
_PLAIN = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Target:
    """Where an address leads; `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    def is_listed(self, hosts) -> bool:
        """By host and port; a host without one stands for the usual port."""
        names = {f"{self.host}:{self.port}"} | ({self.host} if self.port == PORTS[self.scheme] else set())
        return bool(names & {name.lower() for name in hosts})


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


def target_of(address: str, setting: str = WEBHOOK_HOSTS) -> Target:
    """`setting` lists the hosts. Raises ValidationError with a sentence for the person who types the address."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").encode("idna").decode().lower(), parts.port
    except ValueError:
        parts, host, port = None, "", None
    if not host or not _PLAIN.fullmatch(address) or parts.scheme not in PORTS:
        raise ValidationError("请填写完整的接收地址，如 https://hooks.example.cn/orders。")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValidationError("接收地址不要带用户名、密码或“#”。")
    if parts.scheme == "http" and host not in settings.WEBHOOK_PLAIN_HOSTS:
        raise ValidationError("接收地址须以https://开头。")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(parts.scheme, host, port or PORTS[parts.scheme], path)
    if not target.is_listed(getattr(settings, setting)):
        raise ValidationError(f"“{host}”不在许可名单内，请联系运维人员登记（{setting}）。")
    return target


def is_permitted(address: str) -> bool:
    """A public address, or one of the networks that the operator listed; also of an address of version 4 within one of 6."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 6:
        found = found.ipv4_mapped or found.sixtofour or found
    networks = [ipaddress.ip_network(text, strict=False) for text in settings.WEBHOOK_NETWORKS]
    return (found.is_global and not found.is_multicast) or any(found in network for network in networks)


def resolve(target: Target) -> list[tuple]:
    """(family, socket address) of the permitted machines behind the name."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Undelivered(DeliveryFault.UNKNOWN) from error
    permitted = [(family, address) for family, _, _, _, address in found if is_permitted(address[0])]
    if not permitted:
        raise Undelivered(DeliveryFault.PRIVATE)
    return permitted[:MOST_MACHINES]


class _Connection(http.client.HTTPConnection):
    """To machines that were chosen before; the name is for the certificate and the Host header only."""

    def __init__(self, target: Target, machines: list[tuple]):
        super().__init__(target.host, target.port, timeout=READ_SECONDS)
        self.default_port = PORTS[target.scheme]
        self.machines, self.is_plain = machines, target.scheme == "http"

    def connect(self):
        self.sock = self._reach()
        if not self.is_plain:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()
        self.sock.settimeout(self.timeout)

    def _reach(self):
        last = None
        for family, address in self.machines:
            raw = socket.socket(family, socket.SOCK_STREAM)
            raw.settimeout(CONNECT_SECONDS)
            try:
                raw.connect(address)
            except OSError as error:
                raw.close()
                last = error
            else:
                return raw
        raise last


def post(
    address: str, body: bytes, headers: dict[str, str], *, setting: str = WEBHOOK_HOSTS, most_read: int = 0
) -> Answer:
    """The answer, of status 2xx; anything else raises Undelivered. Of its body no more than `most_read` bytes are read."""
    try:
        target = target_of(address, setting)
    except ValidationError as error:
        raise Undelivered(DeliveryFault.UNLISTED) from error
    connection = _Connection(target, resolve(target))
    late = threading.Event()
    with contextlib.closing(connection), _cut_off(connection, late):
        try:
            connection.connect()
        except OSError as error:
            raise Undelivered(_fault_of(error, late)) from error
        try:
            connection.request("POST", target.path, body, headers)
            response = connection.getresponse()
            status, said = response.status, response.read(most_read)
        except (OSError, http.client.HTTPException) as error:
            raise Undelivered(_fault_of(error, late), may_have_arrived=True) from error
    if late.is_set():  # what was cut off reads like what is complete
        raise Undelivered(DeliveryFault.TIMEOUT, may_have_arrived=True)
    if 200 <= status < 300:
        return Answer(status, said)
    raise Undelivered(DeliveryFault.REDIRECT if 300 <= status < 400 else DeliveryFault.STATUS, status)


@contextlib.contextmanager
def _cut_off(connection, late):
    """Ends the connection, and with it whatever waits for it, once the whole takes too long."""

    def cut():
        late.set()
        with contextlib.suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(WHOLE_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _fault_of(error, late) -> DeliveryFault:
    if late.is_set() or isinstance(error, TimeoutError):
        return DeliveryFault.TIMEOUT
    if isinstance(error, ssl.SSLError):
        return DeliveryFault.CERTIFICATE
    return DeliveryFault.CONNECT if isinstance(error, OSError) else DeliveryFault.GARBLED
