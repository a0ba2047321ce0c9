"""A receiver of posts on this machine that answers, lies, stalls, redirects or dies."""

import contextlib
import http.server


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it got; answers as `server.answer` says: a status, or what to do with the connection."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        answer = self.server.answer
        if callable(answer):
            return answer(self)
        self.send_response(answer)
        if 300 <= answer < 400:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def log_message(self, *args):
        pass


def stall(handler):
    handler.server.stalled.wait(5)


def drip(handler):
    """Never ends its headers."""
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not handler.server.stalled.wait(0.05):
            handler.wfile.write(b"x")


def hang_up(handler):
    handler.connection.close()


def garble(handler):
    handler.wfile.write(b"not http at all\r\n\r\n")
    handler.close_connection = True
