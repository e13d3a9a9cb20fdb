"""Records with named fields, JSON objects and logfmt, read into the same parts as a text line.

In: one line. Out: Fields, or None when the line is no such record. Never raises, however deep or broken the JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.core.attributes import Attribute, attributes_of
from shared.core.calendar import epoch_ms
from shared.core.levels import level_of_number, level_of_otlp_number, level_of_priority, level_of_word
from shared.core.records import Level
from shared.core.timestamps import read_stamp


class Fields(NamedTuple):
    """What a record says. ``is_wrapped``: the message is a whole log line of another program (Docker's "log").

    attributes  numbers and words beside the message; none where there is no message, which then holds all fields
    """

    at_ms: int | None
    level: Level | None
    source: str
    message: str
    is_wrapped: bool
    attributes: tuple[Attribute, ...] = ()


_TIME_KEYS = (
    "time", "ts", "@timestamp", "timestamp", "datetime", "date", "asctime", "Timestamp", "@t", "t", "eventTime",
    "timeMillis", "time_unix_nano", "timeUnixNano", "__REALTIME_TIMESTAMP", "at", "when", "ISODATE",
)  # fmt: skip
_LEVEL_KEYS = (
    "level", "severity", "lvl", "log.level", "loglevel", "levelname", "@l", "severity_text", "severityText",
    "SeverityText", "level_name", "Level", "LEVEL", "PRIORITY", "priority", "severity_number", "severityNumber",
)  # fmt: skip
_MESSAGE_KEYS = (
    "message", "msg", "log", "@m", "@mt", "short_message", "MESSAGE", "body", "Body", "text", "event", "Message",
)  # fmt: skip
_SOURCE_KEYS = (
    "logger", "logger_name", "loggerName", "log.logger", "caller", "component", "name", "source", "service",
    "service.name", "SYSLOG_IDENTIFIER", "program", "container_name", "module", "app",
)  # fmt: skip
_ERROR_KEYS = ("error", "err", "exception", "exc_info", "error.message", "@x", "errorVerbose")
_TIME, _LEVEL, _SOURCE, _MESSAGE, _ERROR = range(5)
_ROLES = {
    key: (role, rank, key)
    for role, keys in enumerate((_TIME_KEYS, _LEVEL_KEYS, _SOURCE_KEYS, _MESSAGE_KEYS, _ERROR_KEYS))
    for rank, key in enumerate(keys)
}
_OWN_KEYS = frozenset(_TIME_KEYS + _LEVEL_KEYS + _SOURCE_KEYS + ("stream",))
_READ_KEYS = _OWN_KEYS | {*_MESSAGE_KEYS, *_ERROR_KEYS, "log.logger"}
_PAIR = re.compile(r'(?<!\S)([A-Za-z_@][\w.@/-]*+)=("(?:[^"\\]|\\.)*+"|[^\s"]*+)(?=\s|$)')
_IS_LOGFMT = re.compile(r"(?:time|ts|t|level|lvl|timestamp|at|msg|severity)=\S")
_ESCAPES = {r"\"": '"', r"\n": "\n", r"\t": "\t", r"\\": "\\"}


def read_json(text: str, received_ms: int) -> Fields | None:
    """The fields of a line that is one JSON object."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read_record(record, received_ms) if isinstance(record, dict) and record else None


def read_logfmt(text: str, received_ms: int) -> Fields | None:
    """The fields of a line of key=value pairs that begins with one of the usual keys."""
    if _IS_LOGFMT.match(text) is None:
        return None
    record = {key: _unquoted(value) for key, value in _PAIR.findall(text)}
    if not any(key in record for key in ("msg", "message", "level", "lvl")):
        return None
    return read_record(record, received_ms)


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    return re.sub(r"\\.", lambda m: _ESCAPES.get(m[0], m[0]), value[1:-1])


class _Shape(NamedTuple):
    """What the names of a record's fields say, whatever their values: worked out once for records alike.

    roles        (role, field) of the fields that have one, the best name of each role first
    has_others   whether any field may be an attribute
    """

    roles: tuple[tuple[int, str], ...]
    has_others: bool


_SHAPES: dict[tuple[str, ...], _Shape] = {}  # of late, by the names of the fields; bounded
_MOST_SHAPES = 1024
_LONGEST_NAMES = 1024  # characters of all names together


def _shape_of(keys: tuple[str, ...]) -> _Shape:
    shape = _SHAPES.get(keys)
    if shape is not None:
        return shape
    ranked = sorted(_ROLES[key] for key in keys if key in _ROLES)
    shape = _Shape(tuple((role, key) for role, _, key in ranked), any(key not in _READ_KEYS for key in keys))
    if sum(map(len, keys)) <= _LONGEST_NAMES:
        if len(_SHAPES) >= _MOST_SHAPES:
            _SHAPES.clear()
        _SHAPES[keys] = shape
    return shape


def read_record(record: Mapping[str, Any], received_ms: int) -> Fields:
    """The fields of a record that is already an object."""
    at_ms: int | None = None
    level: Level | None = None
    source, message, message_key, errors = "", "", "", list[str]()
    shape = _shape_of(tuple(record))
    for role, key in shape.roles:
        value = record[key]
        if role == _TIME:
            at_ms = _moment(value, received_ms) if at_ms is None else at_ms
        elif role == _LEVEL:
            level = _level(key, value) if level is None else level
        elif role == _ERROR:
            errors += [text] if (text := _error_text(value)) else []
        elif isinstance(value, str) and role == _SOURCE:
            source = source or value
        elif isinstance(value, str) and value and not message_key:
            message, message_key = value, key
    nested: object = record.get("log")
    if nested is not None and isinstance(nested, Mapping):  # Elastic Common Schema spelt as nested objects
        level = _level("level", nested.get("level")) if level is None else level
        source = source if source else str(nested.get("logger") or "")
    if not message_key:
        return Fields(at_ms, level, source, _pairs(record), False)
    message = message.rstrip("\n")
    if errors:
        message = " error=".join((message, *errors))
    is_wrapped = message_key == "log" and level is None
    attributes = attributes_of(record, _READ_KEYS) if shape.has_others and not is_wrapped else ()
    return Fields(at_ms, level, source, message, is_wrapped, attributes)


def _error_text(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("message") or value.get("type")
    return value if isinstance(value, str) else ""


def _pairs(record: Mapping[str, Any]) -> str:
    """A record without message: its other fields, one level of objects opened, as key=value text."""
    parts = []
    for key, value in record.items():
        if key in _OWN_KEYS:
            continue
        inner = value.items() if isinstance(value, Mapping) else ((None, value),)
        for name, leaf in inner:
            if leaf is None or isinstance(leaf, str | int | float):
                parts.append(f"{key}={leaf}" if name is None else f"{key}.{name}={leaf}")
    return " ".join(parts)


def _level(key: str, value: object) -> Level | None:
    if isinstance(value, str):
        if not value.isascii() or not value.isdigit() or len(value) > 3:
            return level_of_word(value)
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = int(value) if -1e6 < value < 1e6 else -1
    if key in {"severity_number", "severityNumber"}:
        return level_of_otlp_number(number)
    return level_of_priority(number) if key == "priority" and number > 7 else level_of_number(number)


def _moment(value: object, received_ms: int) -> int | None:
    if isinstance(value, str):
        stamp = read_stamp(value, 0, received_ms)
        return None if stamp is None or stamp[2] == "time" else stamp[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return epoch_ms(value) if abs(value) < 1e20 else None
