"""What stands behind nginx and haproxy in the recordings: answers /api/..., misbehaves where the path says so."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Shop(BaseHTTPRequestHandler):
    """Items, carts, orders; /api/crash, /api/garbage, /api/short and /api/huge_header break the protocol."""

    def do_GET(self) -> None:
        """Answer with a few bytes, or as the path demands."""
        path = self.path
        if path == "/api/crash":
            self.close_connection = True
            self.connection.close()
        elif path == "/api/garbage":
            self.wfile.write(b"ERR no such thing\r\n\r\n")
        elif path == "/api/short":
            self._answer(200, b"cut", claimed=4000)
        elif path == "/api/huge_header":
            self.send_response(200)
            self.send_header("X-Trace", "a" * 9000)
            self.end_headers()
        elif path == "/api/large":
            self._answer(200, b"y" * 2_000_000)
        elif path.startswith("/api/items/") and int(path.rsplit("/", 1)[1]) > 480:
            self._answer(404, b"{}")
        else:
            self._answer(200, b"{" + b"z" * (len(path) * 17 % 900) + b"}")

    def do_POST(self) -> None:
        """Take the body; a login gives 302, an order 201."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(302 if self.path == "/login" else 201, b"")

    do_DELETE = do_GET  # noqa: N815
    do_HEAD = do_GET  # noqa: N815

    def _answer(self, status: int, body: bytes, claimed: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(claimed if claimed is not None else len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent: nginx logs the request."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
