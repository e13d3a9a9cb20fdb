"""Cuts lines into the bodies of pushes, each with the idempotency key that makes a rerun harmless.

A key is made of stream, name of the input, position of the batch's first line and the batch's bytes. The same file
pushed again in the same batches counts once (for 24 h); a file that has grown in between repeats only its last,
incomplete batch. Standard input has no name that lasts: there a key only protects the retries of one run.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from loglynx.reading import STDIN

MAX_BODY_BYTES = 3 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PushBatch:
    """``lines`` lines, the first of which is number ``first`` (from 1) of the input."""

    first: int
    lines: int
    body: bytes
    idempotency_key: str


def lasting_name(path: str) -> str:
    """What identifies the input in keys: its absolute path; something random for standard input."""
    return secrets.token_hex(16) if path == STDIN else str(Path(path).resolve())


def batches(lines: Iterable[bytes], size: int, stream: str, name: str) -> Iterator[PushBatch]:
    """At most ``size`` lines and about MAX_BODY_BYTES each."""
    held: list[bytes] = []
    held_bytes = 0
    first = 1
    for raw in lines:
        if held and (len(held) >= size or held_bytes + len(raw) > MAX_BODY_BYTES):
            yield _batch(held, first, stream, name)
            first += len(held)
            held, held_bytes = [], 0
        held.append(raw)
        held_bytes += len(raw) + 1
    if held:
        yield _batch(held, first, stream, name)


def _batch(lines: list[bytes], first: int, stream: str, name: str) -> PushBatch:
    body = b"\n".join(lines) + b"\n"
    digest = hashlib.sha256(f"{stream}\n{name}\n{first}\n".encode("utf-8", "surrogateescape"))
    digest.update(body)
    return PushBatch(first, len(lines), body, f"cli-{digest.hexdigest()[:40]}")
