"""A mail server that keeps nothing, as the next hop of the recorded one: PORT; its greeting or answers may be odd.

Recipients decide: full@ is over quota, unknown@ is unknown, later@ is to be tried again, slow@ takes long.
"""

from __future__ import annotations

import socketserver
import sys
import time

_ANSWERS = {
    "full": "452 4.2.2 mailbox full",
    "unknown": "550 5.1.1 no such user",
    "later": "450 4.7.1 greylisted, try again later",
    "spam": "554 5.7.1 message refused as spam",
}


class Session(socketserver.StreamRequestHandler):
    """One SMTP conversation."""

    def handle(self) -> None:
        """Answer until QUIT or the end of the connection."""
        self._say("220 mx.example.net ESMTP")
        while line := self.rfile.readline(2000):
            words = line.decode("latin-1").strip().upper()
            if words.startswith(("EHLO", "HELO")):
                self._say("250 mx.example.net")
            elif words.startswith("RCPT"):
                name = words.partition("<")[2].partition("@")[0].lower()
                if name == "slow":
                    time.sleep(4)
                self._say(_ANSWERS.get(name, "250 2.1.5 ok"))
            elif words == "DATA":
                self._say("354 go ahead")
                while self.rfile.readline(70_000) not in (b".\r\n", b""):
                    pass
                self._say("250 2.0.0 queued")
            elif words == "QUIT":
                self._say("221 2.0.0 bye")
                return
            else:
                self._say("250 2.0.0 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class Server(socketserver.ThreadingTCPServer):
    """Takes its port even while old connections linger."""

    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Session).serve_forever()
