"""Requests of real shippers, recorded: the repository's own, and any number more in a directory beside it.

``tests/recordings/shippers`` has one directory per client and one JSON file per request: ``method``, ``path``,
``headers`` (pairs, as received), ``body_base64`` (as sent, without chunked framing), ``client``, ``version``, and
``messages``, the log messages that a person would expect out of the body. $LOGLYNX_FIXTURES names a directory of the
same form with more clients.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

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


def recordings(directory: Path) -> list[Recording]:
    """Every HTTP request under ``directory``."""
    found = []
    for path in sorted(directory.glob("*/*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if "method" not in record:
            continue
        found.append(
            Recording(
                name=f"{path.parent.name}/{path.stem}",
                method=record["method"],
                path=record["path"],
                headers=[(name, value) for name, value in record.get("headers", [])],
                body=base64.b64decode(record.get("body_base64") or ""),
                messages=record.get("messages"),
            )
        )
    return found


def own() -> list[Recording]:
    return recordings(OWN)


def beside() -> list[Recording]:
    """Those in $LOGLYNX_FIXTURES; none where it names no directory."""
    return recordings(Path(BESIDE)) if BESIDE and Path(BESIDE).is_dir() else []
