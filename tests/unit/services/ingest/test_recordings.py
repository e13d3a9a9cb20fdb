"""Every recorded request of a real shipper decodes to exactly the messages that it carried."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from shipper_recordings import BESIDE, Recording, beside, own

from services.ingest.batch import Batch
from services.ingest.protocols.collectors import decode_collected
from services.ingest.protocols.datadog import decode_datadog
from services.ingest.protocols.elastic import decode_bulk
from services.ingest.protocols.hec import decode_events
from services.ingest.protocols.journal_export import JournalReader
from services.ingest.protocols.loki import decode_loki, implied_encoding
from services.ingest.protocols.otlp import decode_otlp
from shared.web.decompression import DecompressionLimits, decompress

NOW = 1_795_355_000_000


def loki(body: bytes, recording: Recording) -> Batch:
    kind = recording.header("content-type")
    if not recording.header("content-encoding"):
        body = decompress(body, implied_encoding(kind, body), DecompressionLimits())
    return decode_loki(body, kind, NOW)


def otlp(body: bytes, recording: Recording) -> Batch:
    return decode_otlp(body, recording.header("content-type"))


def bulk(body: bytes, recording: Recording) -> Batch:
    return decode_bulk(body, "", NOW).batch


def events(body: bytes, recording: Recording) -> Batch:
    return decode_events(body, NOW)


def records(body: bytes, recording: Recording) -> Batch:
    return decode_datadog(body, recording.header("content-type"), {}, NOW)


def collected(body: bytes, recording: Recording) -> Batch:
    syslog = {name: recording.header(f"x-syslog-{name}") for name in ("host", "level")}
    return decode_collected(body, recording.header("content-type"), recording.path, "", syslog, NOW)


def journal(body: bytes, recording: Recording) -> Batch:
    reader = JournalReader(NOW)
    cuts = [*reader.feed(body), *reader.end()]
    lines = [line for cut in cuts for line in cut.batch.lines]
    return Batch(lines, range(len(lines)), {}, [item for cut in cuts for item in cut.batch.rejected])


# What reads a path; the first that matches.
DECODERS: list[tuple[str, Callable[[bytes, Recording], Batch]]] = [
    (r"/loki/api/v1/push|/api/prom/push", loki),
    (r"(/otlp)?/v1/logs", otlp),
    (r"(/[^/]+)?/_bulk", bulk),
    (r"/services/collector.*", events),
    (r"/api/v2/logs|/v1/input", records),
    (r"/ingest.*", collected),
    (r"/upload", journal),
]
# Where a recording names a body that is no text, the message is what our reading of that body says.
STANDINS = {"<kvlist_value>": "nested"}


def reader_of(recording: Recording) -> Callable[[bytes, Recording], Batch] | None:
    path = recording.path.partition("?")[0]
    return next((decode for pattern, decode in DECODERS if re.fullmatch(pattern, path)), None)


def expected(message: object) -> str:
    return STANDINS.get(message, message) if isinstance(message, str) else STANDINS["<kvlist_value>"]


def check(recording: Recording) -> None:
    assert recording.messages is not None
    decode = reader_of(recording)
    if decode is None:
        pytest.skip(f"no decoder reads {recording.path}")
    batch = decode(recording.plain_body(), recording)
    assert list(batch.lines) == [expected(message) for message in recording.messages]
    assert batch.rejected == []


@pytest.mark.parametrize("recording", [r for r in own() if r.messages is not None], ids=lambda r: r.name)
def test_own_recording(recording: Recording) -> None:
    check(recording)


@pytest.mark.skipif(not beside(), reason=f"LOGLYNX_FIXTURES={BESIDE!r} names no directory of recordings")
@pytest.mark.parametrize("recording", [r for r in beside() if r.messages is not None], ids=lambda r: r.name)
def test_recording_beside_the_repository(recording: Recording) -> None:
    check(recording)
