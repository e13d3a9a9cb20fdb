"""What collectors push over plain HTTP: Fluent Bit, Fluentd, Vector, syslog-ng, rsyslog, curl.

In: the plain body, its path and Content-Type, both hints only, for collectors lie about the type; ``stream`` that the
request names; ``syslog`` headers of syslog-ng. Out: a ``Batch``: JSON arrays, one object a line, ``{}{}``, msgpack
records, text. A record's stream is its own ``stream``, else what the request names, else its service or host.
Fails with UnprocessableBody (claims to be JSON or msgpack and is not; empty), BodyTooLarge.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.ingest.batch import Batch, Fields, RejectReason
from services.ingest.protocols.bounds import check_count
from services.ingest.protocols.fluent_msgpack import timed_records
from services.ingest.protocols.json_values import BOMS, BROKEN, json_values
from services.ingest.protocols.record_batches import RecordBatch
from shared.core.decoding import decode_bytes, split_lines
from shared.core.levels import level_of_word
from shared.errors import UnprocessableBody
from shared.web.problems import PublicDetail

NOTHING = PublicDetail("The body is empty")
LIST_KEYS = ("lines", "logs", "log_seq")


def decode_collected(
    body: bytes,
    content_type: str = "",
    path: str = "",
    stream: str = "",
    syslog: Mapping[str, str] | None = None,
    received_ms: int = 0,
    max_lines: int = 100_000,
) -> Batch:
    """The lines of one push. ``syslog``: ``host`` and ``level`` that syslog-ng puts into headers."""
    if not body or body.isspace():
        raise UnprocessableBody(NOTHING)
    growing = RecordBatch(received_ms)
    if "msgpack" in content_type or path.endswith("/msgpack"):
        for count, (at_ns, record) in enumerate(timed_records(body), start=1):
            check_count(count, max_lines)
            if record is None:
                growing.refuse(RejectReason.NOT_TEXT)
            else:
                growing.add_record(record, stream, at_ns)
        return growing.batch()
    if body.startswith(BOMS):
        body = decode_bytes(body).encode("utf-8", "replace")
    is_text = path.endswith("/text") or "text/plain" in content_type
    if body.lstrip(b" \t\r\n")[:1] in (b"{", b"["):
        try:
            values = _enveloped(json_values(body, max_lines))
            if not (is_text and BROKEN in values):
                for value in values:
                    growing.add_value(value, stream)
                return growing.batch()
        except UnprocessableBody:
            if not is_text and ("json" in content_type or "json" in path):
                raise
            growing = RecordBatch(received_ms)  # a text may begin with a bracket as well
    lines = split_lines(decode_bytes(body))
    check_count(len(lines), max_lines)
    fields = _syslog_fields(stream, syslog or {}, len(lines))
    for line in lines:
        growing.add(line, fields)
    return growing.batch()


def _enveloped(values: list[object]) -> list[object]:
    if len(values) == 1 and isinstance(values[0], dict):
        return next((values[0][key] for key in LIST_KEYS if isinstance(values[0].get(key), list)), values)
    return values


def _syslog_fields(stream: str, syslog: Mapping[str, str], count: int) -> Fields | None:
    """The headers describe the first message of a request; the level of others is not known."""
    level = level_of_word(syslog.get("level", "")) if count == 1 else None
    name = stream or syslog.get("host", "")
    return Fields(name, None, level) if name or level is not None else None
