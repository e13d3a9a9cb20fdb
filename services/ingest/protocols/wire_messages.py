"""Protobuf messages of Loki and OpenTelemetry, built at import from tables: no compiler, no version coupling.

Only the fields that are read are named; the parser skips the rest. Texts are declared as bytes, which is the same on
the wire: one log line that is not UTF-8 must not cost its whole batch.
Sources: grafana/loki push.proto; open-telemetry/opentelemetry-proto logs/v1 and common/v1; google.rpc.Status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

from shared.errors import UnprocessableBody
from shared.web.problems import PublicDetail

# message -> its fields: (name, number, type); "[Type]" is repeated, "|type" belongs to the message's one-of
Table = Mapping[str, Sequence[tuple[str, int, str]]]

LOKI: Final[Table] = {
    "PushRequest": [("streams", 1, "[Stream]")],
    "Stream": [("labels", 1, "bytes"), ("entries", 2, "[Entry]")],
    "Entry": [("timestamp", 1, "Timestamp"), ("line", 2, "bytes"), ("metadata", 3, "[Pair]")],
    "Timestamp": [("seconds", 1, "int64"), ("nanos", 2, "int32")],
    "Pair": [("name", 1, "bytes"), ("value", 2, "bytes")],
}
OTLP: Final[Table] = {
    "LogsRequest": [("resource_logs", 1, "[ResourceLogs]")],
    "ResourceLogs": [("resource", 1, "Resource"), ("scope_logs", 2, "[ScopeLogs]")],
    "Resource": [("attributes", 1, "[KeyValue]")],
    "ScopeLogs": [("scope", 1, "Scope"), ("log_records", 2, "[LogRecord]")],
    "Scope": [("name", 1, "bytes")],
    "LogRecord": [
        ("time_unix_nano", 1, "fixed64"),
        ("severity_number", 2, "int32"),
        ("severity_text", 3, "bytes"),
        ("body", 5, "AnyValue"),
        ("attributes", 6, "[KeyValue]"),
        ("observed_time_unix_nano", 11, "fixed64"),
        ("event_name", 12, "bytes"),
    ],
    "KeyValue": [("key", 1, "bytes"), ("value", 2, "AnyValue")],
    "AnyValue": [
        ("string_value", 1, "|bytes"),
        ("bool_value", 2, "|bool"),
        ("int_value", 3, "|int64"),
        ("double_value", 4, "|double"),
        ("array_value", 5, "|ArrayValue"),
        ("kvlist_value", 6, "|KeyValueList"),
        ("bytes_value", 7, "|bytes"),
    ],
    "ArrayValue": [("values", 1, "[AnyValue]")],
    "KeyValueList": [("values", 1, "[KeyValue]")],
    "LogsResponse": [("partial_success", 1, "PartialSuccess")],
    "PartialSuccess": [("rejected_log_records", 1, "int64"), ("error_message", 2, "bytes")],
    "Status": [("code", 1, "int32"), ("message", 2, "bytes")],
}


def message_types(package: str, table: Table) -> dict[str, Any]:
    """Message classes by name. proto2, so that what a client left out can be told from zero."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name=f"loglynx/{package}", package=f"loglynx.{package}", syntax="proto2"
    )
    for name, fields in table.items():
        message = file.message_type.add(name=name)
        for field_name, number, kind in fields:
            plain = kind.strip("[]|")
            label = kinds.LABEL_REPEATED if kind.startswith("[") else kinds.LABEL_OPTIONAL
            field = message.field.add(name=field_name, number=number, label=label)
            if plain in table:
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".loglynx.{package}.{plain}"
            else:
                field.type = kinds.Type.Value(f"TYPE_{plain.upper()}")
            if kind.startswith("|"):
                if not message.oneof_decl:
                    message.oneof_decl.add(name="value")
                field.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"loglynx.{package}.{name}"))
        for name in table
    }


def parse(kind: Any, body: bytes) -> Any:
    """``body`` as a message of class ``kind``. Raises UnprocessableBody."""
    message: Message = kind()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise UnprocessableBody(PublicDetail("The body is not the protocol's protobuf message")) from error
    return message


loki = message_types("loki", LOKI)
otlp = message_types("otlp", OTLP)
# The same with a record's attributes still packed: the reader unpacks those that it does not know yet
otlp_packed = message_types(
    "otlp_packed",
    {
        **OTLP,
        "LogRecord": [
            (name, number, "[bytes]" if name == "attributes" else kind) for name, number, kind in OTLP["LogRecord"]
        ],
    },
)
