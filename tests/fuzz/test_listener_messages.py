"""Whatever bytes come to a listener, its decoders give records or a designed refusal, and hold no more than allowed."""

from __future__ import annotations

import gzip
import json
import time
from contextlib import suppress
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.intake import IntakeRules, take_in
from services.ingest.listeners.serving import _values
from services.ingest.protocols.forward import BoundedUnpacker, decode_forward
from services.ingest.protocols.framing import Frames, SyslogFrames
from services.ingest.protocols.gelf import decode_gelf
from services.ingest.protocols.gelf_chunks import GelfChunks
from services.ingest.protocols.received import Received, batch_of
from services.ingest.protocols.syslog import decode_syslog
from shared.errors import LoglynxError
from shared.web.decompression import DecompressionLimits

NOW = 1_795_355_000_000
LIMITS = DecompressionLimits(1 << 20, 100)
RULES = IntakeRules("s", "fixed:10")
some = settings(max_examples=300, deadline=None)
KEYS = ["log", "message", "short_message", "full_message", "level", "timestamp", "time", "host", "_service", "service",
        "container_name", "kubernetes", "namespace_name", "labels", "chunk", "compressed", "PRIORITY", "stream"]  # fmt: skip
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


def storable(records: list[Received]) -> None:
    """What was decoded can be taken in."""
    if records:
        take_in(batch_of(records), RULES, NOW)


def forwarded(data: bytes) -> None:
    with suppress(LoglynxError):
        for value in _values(BoundedUnpacker(1 << 20), data):
            storable(decode_forward(value, NOW, LIMITS).records)


@some
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    storable([decode_syslog(data)])
    forwarded(data)
    with suppress(LoglynxError):
        storable([decode_gelf(data, NOW, LIMITS)])


@some
@given(values, values, st.booleans())
def test_any_forward_message(entries: Any, option: Any, is_packed: bool) -> None:
    for message in (
        ["tag", entries, option],
        ["tag", 1, entries, option],
        [entries, [[1, option], [entries, option]]],
    ):
        forwarded(msgpack.packb(message, unicode_errors="surrogatepass"))
    packed = msgpack.packb([1, entries], unicode_errors="surrogatepass")
    body = gzip.compress(packed) if is_packed else packed
    forwarded(msgpack.packb(["tag", body, {"compressed": "gzip" if is_packed else "text"}]))


@some
@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=6))
def test_any_gelf_record(record: Any) -> None:
    with suppress(LoglynxError):
        storable([decode_gelf(json.dumps(record, default=str).encode(), NOW, LIMITS)])


@some
@given(
    st.lists(
        st.binary(max_size=40) | st.sampled_from([b"12 <13>abc", b"99 <", b"\n", b"\0", b"5", b" <1>x\n"]),
        max_size=30,
    )
)
def test_frames_hold_one_message_at_most_and_lose_nothing_short(pieces: list[bytes]) -> None:
    for frames in (SyslogFrames(64), Frames(64)):
        for piece in pieces:
            assert all(len(frame.message) <= 64 for frame in frames.feed(piece))
            assert len(frames._held) <= 64 + 16 + 40
        frames.rest()


@some
@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=30)), max_size=60))
def test_any_chunks(datagrams: list[tuple[int, bytes]]) -> None:
    chunks = GelfChunks(max_messages=3, max_bytes=100)
    for number, (sender, data) in enumerate(datagrams):
        chunks.add(sender, b"\x1e\x0f" + data if number % 3 else data, number / 10)
        assert len(chunks._partial) <= 3
        assert chunks._bytes == sum(partial.size for partial in chunks._partial.values()) <= 100


@pytest.mark.parametrize("step", [1, 4096])
def test_framing_takes_linear_time(step: int) -> None:
    data = b"x" * 200_000 + b"\n" + b"1" * 200_000 + b"<13>short\n" * 2000
    frames = SyslogFrames(256 * 1024)
    started = time.process_time()
    for at in range(0, len(data), step) if step > 1 else range(0, 20_000):
        frames.feed(data[at : at + step])
    assert time.process_time() - started < 5
