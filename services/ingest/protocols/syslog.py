"""One syslog message, RFC 3164 or 5424, or whatever devices send in their place.

The line is the message as it came, its priority included: the core reads both forms, so a message means the same here
and in a file. Only what the core does not look for is read here: which stream it belongs to, the program or else the
host. Never raises.
"""

from __future__ import annotations

import re

from services.ingest.batch import Fields
from services.ingest.protocols.received import Received
from shared.core.decoding import decode_bytes

_PRIORITY = re.compile(r"<\d{1,3}>")
_MODERN = re.compile(r"1 \S{1,64} (\S{1,255}) (\S{1,48}) \S{1,128} \S{1,32} ")
_STAMP = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S{0,16}) "
)
_TAG = re.compile(r"([^\s:\[\]]{1,64})(?:\[[^\]\s]{0,32}\])?: ?")
_TAG_WITH_PID = re.compile(r"([^\s:\[\]]{1,64})\[\d{1,10}\]: ?")
_HOST = re.compile(r"(\S{1,255}) ")
MARK = "\ufeff"  # RFC 5424 lets it announce UTF-8


def decode_syslog(message: bytes) -> Received:
    """The message without what framed it."""
    text = decode_bytes(message.strip(b"\r\n\0")).replace(MARK, "", 1)
    program, host = _sender(text)
    return Received(text, Fields(stream=program or host, source=program))


def _sender(text: str) -> tuple[str, str]:
    """Program and host, "" where the message does not say."""
    priority = _PRIORITY.match(text)
    start = priority.end() if priority else 0
    if priority and (modern := _MODERN.match(text, start)):
        return _named(modern[2]), _named(modern[1])
    stamp = _STAMP.match(text, start)
    if stamp is None:
        tag = _TAG_WITH_PID.match(text, start)
        return (tag[1] if tag else ""), ""
    if tag := _TAG.match(text, stamp.end()):
        return tag[1], ""
    host = _HOST.match(text, stamp.end())
    if host is None:
        return "", ""
    tag = _TAG.match(text, host.end())
    return (tag[1] if tag else ""), host[1]


def _named(word: str) -> str:
    return "" if word == "-" else word
