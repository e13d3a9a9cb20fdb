"""Requests of real shippers, recorded: the repository's own, and any number more in a directory beside it.

``tests/recordings/shippers`` has one directory per client and one JSON file per request: ``method``, ``path``,
``headers`` (pairs, as received), ``body_base64`` (as sent, without chunked framing), ``client``, ``version``, and
``messages``, the log messages that a person would expect out of the body. $LOGLYNX_FIXTURES names a directory of the
same form with more clients, and with payloads that came over no HTTP: their ``transport`` is tcp or udp.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.web.decompression import DecompressionLimits, decompress

OWN = Path(__file__).parent / "recordings/shippers"
BESIDE = os.environ.get("LOGLYNX_FIXTURES", "")


@dataclass(frozen=True)
class Recording:
    """One request; ``messages`` is None for a handshake."""

    name: str
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    messages: list[object] | None

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")

    def plain_body(self) -> bytes:
        return decompress(self.body, self.header("content-encoding"), DecompressionLimits())


@dataclass(frozen=True)
class Payload:
    """What one client sent over a socket: a datagram, or all of a connection."""

    name: str
    client: str
    transport: str
    body: bytes


def recordings(directory: Path) -> list[Recording]:
    """Every HTTP request under ``directory``."""
    return [
        Recording(
            name=name,
            method=record["method"],
            path=record["path"],
            headers=[(name, value) for name, value in record.get("headers", [])],
            body=base64.b64decode(record.get("body_base64") or ""),
            messages=record.get("messages"),
        )
        for name, record in _records(directory)
        if "method" in record
    ]


def payloads(directory: Path) -> list[Payload]:
    """Everything under ``directory`` that came over a socket alone."""
    return [
        Payload(name, record["client"], record["transport"], base64.b64decode(record["body_base64"]))
        for name, record in _records(directory)
        if "transport" in record
    ]


def _records(directory: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(directory.glob("*/*.json")):
        yield f"{path.parent.name}/{path.stem}", json.loads(path.read_text(encoding="utf-8"))


def own() -> list[Recording]:
    return recordings(OWN)


def beside() -> list[Recording]:
    """Those in $LOGLYNX_FIXTURES; none where it names no directory."""
    return recordings(Path(BESIDE)) if BESIDE and Path(BESIDE).is_dir() else []


def payloads_beside() -> list[Payload]:
    return payloads(Path(BESIDE)) if BESIDE and Path(BESIDE).is_dir() else []
