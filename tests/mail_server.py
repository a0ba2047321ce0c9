"""A mail server on this machine that takes letters, refuses them, stalls or hangs up."""

import contextlib
import email
import email.policy
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    """`server.answers`: command → what to say instead; a callable is handed the handler, and the conversation ends."""

    def handle(self):
        with contextlib.suppress(OSError):
            if self.say("CONNECT", "220 test"):
                while (line := self.rfile.readline()) and self.step(line.decode().strip().upper()):
                    pass

    def step(self, line) -> bool:
        command = line.partition(" ")[0]
        if command == "QUIT":
            return self.say(command, "221 bye") and False
        if command != "DATA":
            return self.say(command, "250 ok")
        if not self.say(command, "354 go on"):
            return False
        lines = []
        while (part := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(part)
        self.server.got.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
        return self.say(".", "250 taken")

    def say(self, command, usual) -> bool:
        answer = self.server.answers.get(command, usual)
        if callable(answer):
            answer(self)
            return False
        self.wfile.write(f"{answer}\r\n".encode())
        return True


@contextlib.contextmanager
def running():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.got, server.answers = True, [], {}
    server.over = threading.Event()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()


def stall(handler):
    handler.server.over.wait(5)


def hang_up(handler):
    handler.connection.close()
