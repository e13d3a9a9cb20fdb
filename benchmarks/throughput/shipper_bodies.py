"""Bodies of each protocol that shippers speak, as many lines as asked for, every one with time stamps of its own.

``serial`` numbers the bodies of a run: no two of them may look like one that was sent again.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

import cramjam
import msgpack

from services.ingest.protocols.wire_messages import loki, otlp

START_NS = 1_795_355_000_000_000_000
TEXTS = [
    "Failed password for invalid user admin from 10.0.0.{n} port 4{n} ssh2",
    "order {n} placed by customer 8{n}, total 19.9{n} EUR, payment card",
    'GET /api/v1/orders/{n} HTTP/1.1" 200 51{n} "-" "curl/7.88.1" 0.0{n}',
    "connection pool: 1{n} of 200 in use, waited {n} ms for a connection to db-{n}",
]


def line(serial: int) -> str:
    return TEXTS[serial % len(TEXTS)].format(n=serial % 97)


def stamps(serial: int, lines: int) -> list[int]:
    return [START_NS + (serial * lines + n) * 1_000_003 for n in range(lines)]


def text(serial: int, lines: int) -> bytes:
    return "\n".join(line(n) for n in range(lines)).encode()


def ndjson(serial: int, lines: int) -> bytes:
    moments = enumerate(stamps(serial, lines))
    records = ({"timestamp": at / 1e9, "level": "info", "message": line(n)} for n, at in moments)
    return "\n".join(json.dumps(record) for record in records).encode()


def loki_json(serial: int, lines: int) -> bytes:
    values = [[str(at), line(n)] for n, at in enumerate(stamps(serial, lines))]
    return json.dumps({"streams": [{"stream": {"app": "shop", "level": "info"}, "values": values}]}).encode()


def loki_protobuf(serial: int, lines: int) -> bytes:
    request = loki["PushRequest"]()
    stream = request.streams.add(labels=b'{app="shop", level="info"}')
    for n, at in enumerate(stamps(serial, lines)):
        entry = stream.entries.add(line=line(n).encode())
        entry.timestamp.seconds, entry.timestamp.nanos = divmod(at, 10**9)
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def otlp_protobuf(serial: int, lines: int) -> bytes:
    request = otlp["LogsRequest"]()
    logs = request.resource_logs.add()
    logs.resource.attributes.add(key=b"service.name").value.string_value = b"shop"
    records = logs.scope_logs.add().log_records
    for n, at in enumerate(stamps(serial, lines)):
        record = records.add(time_unix_nano=at, severity_number=9, severity_text=b"INFO")
        record.body.string_value = line(n).encode()
        for key in (b"code.file.path", b"code.function.name", b"thread.name"):
            record.attributes.add(key=key).value.string_value = b"/opt/shop/app.py"
    return bytes(request.SerializeToString())


def otlp_json(serial: int, lines: int) -> bytes:
    attributes = [
        {"key": key, "value": {"stringValue": "/opt/shop/app.py"}}
        for key in ("code.file.path", "code.function.name", "thread.name")
    ]
    records = [
        {"timeUnixNano": str(at), "severityNumber": 9, "body": {"stringValue": line(n)}, "attributes": attributes}
        for n, at in enumerate(stamps(serial, lines))
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}).encode()


def bulk(serial: int, lines: int) -> bytes:
    parts = []
    for n, at in enumerate(stamps(serial, lines)):
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 10**9)) + f".{at // 10**6 % 1000:03}Z"
        document = {"@timestamp": moment, "message": line(n), "log": {"level": "info"}, "host": {"name": "web1"}}
        parts += ['{"create":{"_index":"logs-shop"}}', json.dumps(document)]
    return ("\n".join(parts) + "\n").encode()


def hec(serial: int, lines: int) -> bytes:
    moments = enumerate(stamps(serial, lines))
    events = ({"time": f"{at / 1e9:.6f}", "host": "web1", "source": "shop", "event": line(n)} for n, at in moments)
    return "".join(json.dumps(event) for event in events).encode()


def datadog(serial: int, lines: int) -> bytes:
    moments = enumerate(stamps(serial, lines))
    about = {"service": "shop", "ddsource": "python", "ddtags": "env:prod", "hostname": "web1", "status": "info"}
    return json.dumps([about | {"timestamp": at // 10**6, "message": line(n)} for n, at in moments]).encode()


def fluent_msgpack(serial: int, lines: int) -> bytes:
    moments = enumerate(stamps(serial, lines))
    times = ((n, msgpack.ExtType(0, struct.pack(">II", *divmod(at, 10**9)))) for n, at in moments)
    return b"".join(msgpack.packb([[time, {}], {"log": line(n)}]) for n, time in times)


def journal(serial: int, lines: int) -> bytes:
    """Twenty fields an entry, as services have."""
    beside = "".join(f"_FIELD_{n}=a value\n" for n in range(14))
    return "".join(
        f"__CURSOR=s=1;i={serial * lines + n:x}\n__REALTIME_TIMESTAMP={at // 1000}\n{beside}PRIORITY=6\n"
        f"SYSLOG_IDENTIFIER=shop\n_HOSTNAME=web1\nMESSAGE={line(n)}\n\n"
        for n, at in enumerate(stamps(serial, lines))
    ).encode()


@dataclass(frozen=True)
class Protocol:
    """Where it is sent, as what, and how a body of so many lines is made."""

    path: str
    kind: str
    make: Callable[[int, int], bytes]


PROTOCOLS = {
    "text": Protocol("/api/v1/ingest", "text/plain", text),
    "ndjson": Protocol("/api/v1/ingest", "application/x-ndjson", ndjson),
    "loki json": Protocol("/loki/api/v1/push", "application/json", loki_json),
    "loki protobuf": Protocol("/loki/api/v1/push", "application/x-protobuf", loki_protobuf),
    "otlp protobuf": Protocol("/v1/logs", "application/x-protobuf", otlp_protobuf),
    "otlp json": Protocol("/v1/logs", "application/json", otlp_json),
    "elastic bulk": Protocol("/_bulk", "application/x-ndjson", bulk),
    "splunk hec": Protocol("/services/collector/event", "", hec),
    "datadog": Protocol("/api/v2/logs", "application/json", datadog),
    "fluent msgpack": Protocol("/ingest", "application/msgpack", fluent_msgpack),
    "journal": Protocol("/upload", "application/vnd.fdo.journal", journal),
}
