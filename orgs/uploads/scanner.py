"""The virus scanner, if there is one: clamd's own protocol (INSTREAM) over TCP or a unix socket."""

import logging
import socket
import struct

from django.conf import settings

from orgs.uploads.kinds import Refused

PIECE = 64 * 1024
LONGEST_ANSWER = 4096
PING_SECONDS = 2
FAULTS = (OSError, ValueError)  # the latter for an address that is none
INFECTED = "被病毒扫描程序识别为有害文件（{}），不能上传，请先在本机查杀病毒。"
UNREACHABLE = "暂时无法进行病毒扫描，没有保存，请稍后再上传；多次出现时请联系系统管理员。"
logger = logging.getLogger(__name__)


def refuse_infected(content: bytes) -> None:
    """Nothing passes unseen where a scanner is set. Raises Refused."""
    if not settings.UPLOAD_SCANNER:
        return
    try:
        answer = _ask(b"zINSTREAM\0", _pieces(content), settings.UPLOAD_SCANNER_SECONDS)
    except FAULTS as error:
        logger.error("The virus scanner does not answer: %s", type(error).__name__)
        raise Refused(UNREACHABLE) from error
    verdict = answer.removeprefix("stream: ")
    if verdict.endswith(" FOUND"):
        logger.warning("The virus scanner refused an upload: %s", verdict)
        raise Refused(INFECTED.format(verdict.removesuffix(" FOUND")))
    if verdict != "OK":
        logger.error("The virus scanner did not scan: %s", verdict or "no answer")
        raise Refused(UNREACHABLE)


def state() -> tuple[str, str]:
    """(tone, words) for the administrator."""
    if not settings.UPLOAD_SCANNER:
        return "warn", "未设置，上传的文件不经病毒扫描"
    try:
        if _ask(b"zPING\0", (), PING_SECONDS) == "PONG":
            return "good", "已启用，工作正常"
    except FAULTS:
        pass
    return "bad", "已设置，但无法连接；恢复前不能上传文件"


def _pieces(content):
    for start in range(0, len(content), PIECE):
        piece = content[start : start + PIECE]
        yield struct.pack(">I", len(piece)) + piece
    yield struct.pack(">I", 0)


def _ask(command, pieces, seconds) -> str:
    with _connected(seconds) as connection:
        connection.sendall(command)
        try:
            for piece in pieces:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # clamd answers “size limit exceeded” and hangs up in the middle; the answer says so
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            received = connection.recv(LONGEST_ANSWER)
            if not received:
                break
            answer += received
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connected(seconds) -> socket.socket:
    address = settings.UPLOAD_SCANNER.removeprefix("unix:")
    if not address.startswith("/"):
        host, _, port = address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(seconds)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection
