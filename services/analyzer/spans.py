"""Names, addresses and quantities in a log line, as spans copied from it.

Select, never generate: whatever an analysis names has been cut out of a cited line here.
"""

# ruff: noqa: E501 (a pattern broken over lines is harder to read than a long one)

from __future__ import annotations

import re
from collections.abc import Iterable

from services.analyzer.ordinary_words import COMPOUNDS
from services.analyzer.plain_english import is_plain
from services.analyzer.schemas import Entity
from shared.core.parsing import LineParser

MAX_SPAN_CHARS = 160
MAX_ENTITIES = 12
MAX_PER_LINE = 6

# Shaped like identifiers, and words all the same.
_WORDS = frozenset((
    "utf-8", "utf-16", "utf8", "ipv4", "ipv6", "md5", "sha1", "sha256", "sha512", "sha-1", "sha-256", "base64", "x509",
    "x86", "http1", "http2", "oauth2", "tls1", "log4j", "gb2312", "gb18030", "iso8601", "rfc5424", "es6", "aes128",
    "aes256", "crc32", "int32", "int64", "uint8",
))  # fmt: skip

_TLD = (
    r"(?:com|net|org|cn|io|local|localdomain|internal|svc|cluster|edu|gov|lan|corp|intranet|dev|app|cloud|info|biz|"
    r"de|jp|tw|hk|uk|fr|nl|pl|ru|it|es|kr|br|in|us|eu|test|example|home|consul|tech)"
)
# In order of precedence: an earlier kind keeps its characters from the later ones.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "url",
        re.compile(
            r"\b(?:https?|ftp|jdbc:\w{2,20}|redis|rediss|amqp|mongodb|postgres(?:ql)?|mysql|hdfs|s3|grpc|tcp|ldap)://[^\s\"'<>‹›“”，。；,;?）)\]]{2,150}"
        ),
    ),
    (
        "endpoint",
        re.compile(
            r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?![\w]|\.\w)|\[(?=[0-9a-fA-F]{0,4}:)[0-9a-fA-F:]{3,45}\](?::\d{1,5})?|"
            r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){5,7}[0-9a-fA-F]{1,4}(?![\w:])|"  # also the six pairs of a network card
            r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}(?![\w:])"
        ),
    ),
    (
        "host",
        re.compile(
            rf"(?<![\w.@/-])(?!(?:org|com|java|javax|net|io|cn|sun|jdk|android|scala)\.)(?:[a-z0-9](?:[a-z0-9-]{{0,40}})\.){{1,6}}{_TLD}(?::\d{{1,5}})?(?![\w.-]*\w)|(?<![\w.:/-])[a-z][a-z0-9-]{{2,40}}:\d{{2,5}}(?![\w:.])"
        ),
    ),
    (
        "exception",
        re.compile(r"(?<![\w.])(?:[a-z_]\w{0,40}\.){0,10}[A-Z]\w{2,80}(?:Exception|Error|Failure|Fault)\b"),
    ),
    (
        "code",
        re.compile(
            r"\bORA-\d{5}\b|(?<=SQLSTATE\[)\w{5}|(?<=SQLSTATE )\w{5}|\bERROR \d{4}(?!\d)(?: \(\w{5}\))?|\bE(?:CONN\w{3,8}|HOSTUNREACH|NETUNREACH|TIMEDOUT|NOSPC|NOMEM|ACCES|PERM|AGAIN|NOENT|ADDRINUSE|NOTFOUND|PIPE|MFILE|DQUOT)\b|\b0x[0-9a-fA-F]{4,16}\b|\b(?:exit(?:ed)? (?:code|status)|exit(?:ed)? with code|status|code|errno|error code|errorCode|退出码|错误码)[ =:：]{1,3}-?\d{1,6}\b"
        ),
    ),
    (
        "id",
        re.compile(
            r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b|\bblk_-?\d+\b|\b(?:attempt|container|job|task|application|appattempt|req|trace|order|session|txn|tx|pod|i|vol|snap)[_-](?=[\w-]{0,60}\d)[\w-]{4,80}\b"
        ),
    ),
    ("path", re.compile(r"(?<![\w/.:<])/(?:[\w.@%+~-]{1,80}/){0,15}[\w.@%+~-]{1,80}/?|\b[A-Z]:\\[\w.\\ ~-]{2,150}")),
    (
        "device",
        re.compile(
            r"\b(?:sd[a-z]\d{0,2}|nvme\d+n\d+(?:p\d+)?|hd[a-z]\d?|eth\d+|ens\d+\w{0,4}|enp\w{2,8}|bond\d+|dm-\d+|md\d+|CPU\s?\d+|DIMM[_ ]?\w{1,4}|R\d\d-M\d(?:-\w{1,4}){0,4}(?::J\d\d-U\d\d)?)\b"
        ),
    ),
    (
        "user",
        re.compile(
            r"(?:(?<=for user )|(?<=for invalid user )|(?<=invalid user )|(?<=Invalid user )|(?<=[^e]user=)|(?<=username=)|(?<=\bCN=)|(?<=user: )|(?<=for )(?=\S+ from )|(?<=用户)|(?<=账号)|(?<=账户))['\"\[【「：:]{0,2}([A-Za-z_][\w.@-]{1,40})"
        ),
    ),
    (
        "service",
        re.compile(
            r"(?<![\w./-])[a-z][a-z0-9]{0,30}(?:-[a-z0-9]{1,30}){0,5}-(?:service|svc|api|server|gateway|worker|db|node|app|consumer|broker|redis|mysql|cache|proxy|master|manager)(?:-\w{1,20}){0,3}\b"
        ),
    ),
    (
        "duration",
        re.compile(
            r"(?<![\w.:])\d{1,12}(?:\.\d{1,6})?\s?(?:ms|milliseconds?|millis|sec(?:onds?)?|minutes?|mins?|hours?|毫秒|秒|分钟|小时|s)(?![\w])"
        ),
    ),
    ("amount", re.compile(r"(?<![\w.:])\d{1,12}(?:\.\d{1,6})?\s?(?:%|[KMGT]i?B\b|bytes\b)")),
    (
        "name",
        re.compile(
            r"'([\w./@:$-]{2,60})'|(?<![:,{] )(?<![:,{])\"([\w./@:$-]{2,60})\"(?!\s?:)|\[([a-zA-Z][\w.$-]{3,50})\](?=[^\w]{0,3}(?:超时|失败|异常|不可用|unavailable|failed|timed))"
        ),
    ),
    (
        "identifier",
        re.compile(
            r"(?<![\w./:@\\$-])(?:"
            r"(?:[A-Za-z_]\w{0,40}\.){1,8}[A-Z][A-Za-z]\w{0,60}|"  # a class with its packages
            r"[A-Za-z]\w{0,40}_\w{1,60}(?:\.[a-z]\w{1,8})?|"  # fact_review, loan_6770.parquet
            r"[A-Z][a-z0-9]{1,30}(?:[A-Z][a-z0-9]{1,30}){1,6}|[a-z]{2,20}(?:[A-Z][a-z0-9]{1,30}){1,6}|"  # ParcelListener
            r"[A-Za-z]{2,30}(?:-[A-Za-z0-9]{1,30}){0,6}-?\d{1,8}|"  # worker-26, dc9
            r"[a-z]{2,30}(?:-[a-z][a-z0-9]{0,30}){1,5}|"  # token-logs; English compounds are none
            r"(?=[0-9a-f]{0,15}[a-f])(?=[0-9a-f]{0,15}\d)[0-9a-f]{8,40}|\d{6,20}"  # ids in hex and in digits
            r")(?![\w@\\]|[./-]\w|:[A-Za-z])"
        ),
    ),
)
_PRECEDENCE = {kind: rank for rank, (kind, _) in enumerate(_KINDS)}


def spans_of(line: str) -> list[tuple[str, str]]:
    """(kind, span) pairs of ``line`` in the order of their position; spans never overlap or repeat."""
    taken: list[tuple[int, int, str]] = []
    is_taken = bytearray(len(line))
    for kind, pattern in _KINDS:
        for match in pattern.finditer(line):
            group = next((index for index, text in enumerate(match.groups(), 1) if text), 0)
            start, end = match.span(group)
            end = min(end, start + MAX_SPAN_CHARS)
            if kind == "identifier" and _is_word(line[start:end]):
                continue
            if start < end and not any(is_taken[start:end]):
                is_taken[start:end] = b"\1" * (end - start)
                taken.append((start, end, kind))
    found: dict[str, str] = {}
    for start, end, kind in sorted(taken):
        found.setdefault(line[start:end].strip(" .,:;"), kind)
    return [(kind, span) for span, kind in found.items() if span]


def _is_word(span: str) -> bool:
    """A word of English or of the trade, or several with dashes between ("read-only"): no name of anything."""
    folded = span.casefold()
    return folded in _WORDS or folded in COMPOUNDS or all(is_plain(part) for part in folded.split("-"))


def entities_of(lines: Iterable[tuple[int, str]]) -> tuple[Entity, ...]:
    """Entities of the cited (number, text) lines, each span once.

    Those in a line's message come first, before those of what a collector or a logger wrote ahead of it; then the
    most telling kinds.
    """
    entities: dict[str, Entity] = {}
    for number, text in lines:
        message = message_of(text)
        ranked = sorted(spans_of(text), key=lambda pair: (pair[1] not in message, _PRECEDENCE[pair[0]]))
        for kind, span in ranked[:MAX_PER_LINE]:
            entities.setdefault(span, Entity(line=number, span=span, kind=kind))
    return tuple(list(entities.values())[:MAX_ENTITIES])


def message_of(line: str) -> str:
    """The line without stamp, level and origin; the whole of it where nothing else is left."""
    return LineParser().parse(line, 0).message or line
