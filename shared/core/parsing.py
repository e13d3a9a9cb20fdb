"""A line of text becomes an Event: its time, level and source read, and the message that is left for the models.

In: the text of one event (made safe, a stack trace folded) and when it was received. Out: an Event. Never raises.
A line in no known format is an Event of format "plain" whose message is the whole text.
The parser remembers only what it computed, never what it decided: an Event depends on text and time of receipt alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from shared.core.attributes import Attribute
from shared.core.calendar import day_in, infer_year
from shared.core.headers import read_header, read_lead_level
from shared.core.levels import level_of_mark, level_of_priority, level_of_word
from shared.core.records import Event, Level
from shared.core.structured import Fields, read_json, read_logfmt
from shared.core.timestamps import Stamp, StampReader

_MAX_TRACE_LINES = 6  # lines of a folded trace that stay in the message: the exceptions and the innermost frame
_FRAME = re.compile(r"\s+(?:at |File \"|from |\d+: |\.\.\. )|\s*(?:goroutine \d+ |#\d+ |created by )|\t[\w./~-]+:\d+")
# Labels of BGL and Thunderbird stand in the first column. It is cut by position, whatever it says: a label that the
# models could see would be the answer in the question.
_LABELLED = re.compile(r"\S++ (?=\d{9,10} \d{4}\.\d\d\.\d\d )")
# A collector's own stamp in front: an epoch, perhaps a date, the host; the line as it was written comes after it.
_COLLECTED = re.compile(r" (?:\d{4}[./-]\d\d[./-]\d\d )?(\S++) (?=[0-9A-Z])")
_ACCESS = re.compile(
    r'(?:\S++ )??(\S++) \S++ (?:[^\[\s"]++ ){1,3}?\[([^\]]{20,32})\] '
    r'"((?:[^"\\]|\\.)*+)" (\d{3}) (\d++|-)'
)
# The class of a status in words, beside its number: numbers are masked, and a 500 must not read like a 200.
_STATUS_CLASS = {"1": "ok", "2": "ok", "3": "redirect", "4": "client error", "5": "server error"}
_RFC5424 = re.compile(r"1 (\S++) (\S++) (\S++) (\S++) (\S++) (?:-|(?:\[(?:[^\]\\]|\\.)*+\])++)(?: |$)")
_PRIORITY = re.compile(r"<(\d{1,3})>")
_KLOG = re.compile(r"([IWEFD])(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d+)\s+\d+ ([^\s\]]++)\] ?")
_REDIS = re.compile(r"\d++:([XCSM]) ")
_REDIS_MARK = re.compile(r" ([.*#-]) ")
_RUBY = re.compile(r"[DIWEFA], \[([^\]\s]++) #\d+\] +([A-Z]+) -- ([^:]*+): ")
_KERNEL = re.compile(r"\[ *\d+\.\d{3,9}\] ?(?:\[[TC] *\d+\] )?")
_NAMED_LEVEL = re.compile(r"([A-Z]{4,8}):([\w.-]+):")
_FILE_PREFIX = re.compile(r"[^\s:]*?\.log\S*+ +(?=\d{4}-)")
_SERVICE_PREFIX = re.compile(r"([\w.-]+) +\| ")
_CISCO = re.compile(r"%[A-Z0-9_]+-([0-7])-\w+: ")


# What a line says: moment in ms, level, source, message, format.
_Parts = tuple[int | None, Level | None, str, str, str]


class FormatReport(NamedTuple):
    """How a sample of lines was read: its commonest format, that format's share, the share with a time stamp."""

    name: str
    share: float
    timestamped: float


class LineParser:
    """Reads lines of one stream; keep one for each stream, so that what it has computed serves the next line.

    hint  name of the file or stream; a date in it ("app.2024-01-31.log") dates lines that carry only a time of day
    """

    def __init__(self, hint: str = "") -> None:
        self._stamps = StampReader(day_in(hint))
        self._attributes: tuple[Attribute, ...] = ()  # of the record that is being read

    def parse(self, text: str, received_ms: int) -> Event:
        """The Event that ``text`` stands for; a stamp without date or year is placed near ``received_ms``."""
        self._attributes = ()
        end = text.find("\n")
        if end < 0:
            at_ms, level, source, message, name = self._read(text, received_ms)
            return Event(text, message, at_ms, level, source, 1, name, self._attributes)
        lines = text.split("\n")
        at_ms, level, source, message, name = self._read(lines[0], received_ms)
        return Event(text, _with_trace(message, lines[1:]), at_ms, level, source, len(lines), name, self._attributes)

    def _read(self, line: str, received_ms: int, depth: int = 0) -> _Parts:
        if line[:1] <= " " or line[-1:] <= " ":
            line = line.strip()
            if not line:
                return None, None, "", "", "plain"
        first = line[0]
        if first == "{":
            fields = read_json(line, received_ms)
            if fields is not None:
                return self._from_fields(fields, "json", received_ms, depth)
        space = line.find(" ")
        if line[space + 11 : space + 12] == " " and (labelled := _LABELLED.match(line)):
            return self._read(line[labelled.end() :], received_ms, depth)
        stamp = self._stamps.read(line, 1 if first in "[(" else 0, received_ms)
        if stamp is None:
            return self._read_unstamped(line, received_ms, depth)
        return self._after_stamp(line, stamp, received_ms, depth)

    def _after_stamp(self, line: str, stamp: Stamp, received_ms: int, depth: int) -> _Parts:
        at_ms, end, shape = stamp
        if shape == "epoch" and depth == 0 and (collected := _COLLECTED.match(line, end)):
            second = self._stamps.read(line, collected.end(), received_ms)
            if second is not None:
                host = f" {collected[1]} "
                end = second[1] + len(host) - 1 if line.startswith(host, second[1]) else second[1]
                return at_ms, *self._after_stamp(line, (at_ms, end, second[2]), received_ms, 1)[1:]
        name, level, source, start = read_header(line, end, shape)
        if name in _WRAPPERS and depth == 0 and line[start : start + 1] in _INNER_STARTS:
            inner = self._read(line[start:], received_ms, 1)
            if inner[0] is not None or inner[4] == "json" or name == "cri":
                return at_ms, inner[1], inner[2] or source, inner[3], "json" if inner[4] == "json" else name or shape
        if level is None:
            level, start = _lead_level(line, start)
        return at_ms, level, source, line[start:], name or shape

    def _from_fields(self, fields: Fields, name: str, received_ms: int, depth: int) -> _Parts:
        message = fields.message.rstrip("\n")
        self._attributes = fields.attributes
        if not fields.is_wrapped or depth:
            return fields.at_ms, fields.level, fields.source, message, name
        first, _, rest = message.partition("\n")
        at_ms, level, source, message, _ = self._read(first, received_ms, 1)
        message = f"{message}\n{rest}" if rest else message
        return fields.at_ms if fields.at_ms is not None else at_ms, level, source or fields.source, message, name

    def _read_unstamped(self, line: str, received_ms: int, depth: int) -> _Parts:
        first = line[0]
        if first == "<" and (priority := _PRIORITY.match(line)):
            return self._read_priority(line, priority, received_ms, depth)
        if first == "[" and (kernel := _KERNEL.match(line)):
            level, start = _lead_level(line, kernel.end())
            return None, level, "kernel", line[start:], "kernel"
        if "A" <= first <= "Z":
            found = self._read_capital(line, received_ms)
            if found is not None:
                return found
        elif first.isdigit() and (redis := _REDIS.match(line)):
            stamp = self._stamps.read(line, redis.end(), received_ms)
            mark = _REDIS_MARK.match(line, stamp[1]) if stamp else None
            if stamp is not None and mark is not None:
                return stamp[0], level_of_mark(mark[1]), "redis", line[mark.end() :], "redis"
        elif (fields := read_logfmt(line, received_ms)) is not None:
            return self._from_fields(fields, "logfmt", received_ms, depth)
        if '" ' in line and (access := _ACCESS.match(line)):
            stamp = self._stamps.read(line, access.start(2), received_ms)
            size = access[5] if access[5] != "-" else "0"
            message = f"{access[3]} {access[4]} {_STATUS_CLASS.get(access[4][0], 'odd status')}, {size} bytes"
            return stamp[0] if stamp else None, None, "", message, "access"
        return self._read_prefixed(line, received_ms, depth)

    def _read_priority(self, line: str, priority: re.Match[str], received_ms: int, depth: int) -> _Parts:
        claimed, rest = level_of_priority(int(priority[1])), line[priority.end() :]
        modern = _RFC5424.match(rest)
        if modern is not None:
            stamp = self._stamps.read(modern[1], 0, received_ms)
            level, start = _lead_level(rest, modern.end())
            source = modern[3] if modern[3] != "-" else ""
            level = claimed if level is None else level
            return stamp[0] if stamp else None, level, source, rest[start:], "rfc5424"
        if depth > 1:
            return None, claimed, "", rest, "rfc3164"
        at_ms, level, source, message, name = self._read(rest, received_ms, depth + 1)
        name = "rfc3164" if name in {"plain", "syslog"} else name
        return at_ms, claimed if level is None else level, source, message, name

    def _read_capital(self, line: str, received_ms: int) -> _Parts | None:
        klog = _KLOG.match(line)
        if klog is not None:
            clock = (int(klog[4]) * 3600 + int(klog[5]) * 60 + int(klog[6])) * 1000 + int((klog[7] + "00")[:3])
            at_ms = infer_year(int(klog[2]), int(klog[3]), clock, received_ms)
            return at_ms, level_of_mark(klog[1]), klog[8], line[klog.end() :], "klog"
        ruby = _RUBY.match(line)
        if ruby is not None:
            stamp = self._stamps.read(ruby[1], 0, received_ms)
            return stamp[0] if stamp else None, level_of_word(ruby[2]), ruby[3], line[ruby.end() :], "ruby"
        named = _NAMED_LEVEL.match(line)
        if named is not None and (level := level_of_word(named[1])) is not None:
            return None, level, named[2], line[named.end() :], "python"
        return None

    def _read_prefixed(self, line: str, received_ms: int, depth: int) -> _Parts:
        """A line with a level, a file name (grep, OpenStack) or a service (docker compose) in front of its stamp."""
        lead, start = _lead_level(line, 0)
        after = start
        if lead is not None:
            start = after = max(start, line.find(" ") + 1)
            while line[after : after + 1] == " ":
                after += 1
        prefix = _FILE_PREFIX.match(line)
        if prefix is not None:
            after = prefix.end()
        if after:
            stamp = self._stamps.read(line, after + (line[after : after + 1] == "["), received_ms)
            if stamp is not None:
                at_ms, level, source, message, name = self._after_stamp(line, stamp, received_ms, depth)
                return at_ms, lead if level is None else level, source, message, name
        if lead is not None:
            return None, lead, "", line[start:], "leveled"
        service = _SERVICE_PREFIX.match(line)
        if service is not None and depth == 0:
            at_ms, level, source, message, name = self._read(line[service.end() :], received_ms, 1)
            return at_ms, level, source or service[1], message, name
        return None, None, "", line, "plain"


_WRAPPERS = frozenset({"syslog", "cri", ""})
_INNER_STARTS = frozenset("{[0123456789IWEFDt")


def _lead_level(line: str, start: int) -> tuple[Level | None, int]:
    """The level that stands in front of the message at ``start``, and where the message goes on behind it."""
    lead = read_lead_level(line, start)
    if lead is not None:
        return lead
    cisco = _CISCO.match(line, start) if line[start : start + 1] == "%" else None
    return (None if cisco is None else level_of_priority(int(cisco[1]))), start


def _with_trace(message: str, lines: Sequence[str]) -> str:
    """The message and what tells one stack trace from another: exception lines and the first frame.

    Lines that are no frames are kept as they are when there is no frame among them.
    """
    frames = [number for number, line in enumerate(lines) if _FRAME.match(line)]
    if not frames:
        return "\n".join((message, *lines))
    keep = [
        line.strip() for n, line in enumerate(lines) if n == frames[0] or (line.strip() and line[:1] not in " \t")
    ]
    if len(keep) > _MAX_TRACE_LINES:
        keep = keep[: _MAX_TRACE_LINES - 1] + keep[-1:]
    return "\n".join((message, *keep))


def describe_format(sample: Sequence[str]) -> FormatReport:
    """How a sample of lines reads. An empty sample is plain."""
    parser = LineParser()
    events = [parser.parse(line, 0) for line in sample]
    if not events:
        return FormatReport("plain", 0.0, 0.0)
    name, count = Counter(event.format for event in events).most_common(1)[0]
    stamped = sum(event.timestamp_ms is not None for event in events)
    return FormatReport(name, count / len(events), stamped / len(events))
