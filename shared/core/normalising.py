"""The template of a message: what all lines of one event have in common, its variables masked.

In: a message as the parser left it. Out: its template, ids of both, and the numbers that masking loses.
Never raises; linear time in the length of the message.
``template_of`` sees only ``collapse(message)``, so that lines with one id have one template and a table keyed by line
id never has to look at the text of a line it knows.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import islice

from shared.core.line_ids import collapse, line_ids, narrow

__all__ = ["VERSION", "collapse", "line_ids", "numbers_in", "template_id", "template_of"]

VERSION = 1  # of collapse and template_of together; an artefact names the version that it was trained with

_MAX_TEMPLATE_CHARS = 2000
_MAX_NUMBERS = 64

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*+"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*+"
_CLOCK = r"0:0:0(?:[.,:]0)?"
_HEX = "[0a-fA-F]"
_UNITS = (
    "milliseconds?|microseconds?|nanoseconds?|seconds?|minutes?|hours?|msecs?|secs?|mins?|hrs?|days?|weeks?|"
    "MILLISECONDS|SECONDS|MINUTES|HOURS|DAYS|ms|us|µs|ns"
)
_CHINESE_UNITS = "毫秒|微秒|纳秒|秒钟?|分钟|小时|天"
_SEGMENT = r"[\w.@%+=:,~$#*{}!-]"  # what a path segment is made of
_NO_WORD, _NO_MORE = "(?<![A-Za-z0-9])", "(?![A-Za-z0-9])"
_DATE = r"0([-/.])0\1(?:0[T _-]0[:.]0(?:[:.]0(?:[.,:]0)?)?(?:Z| ?[+-]0(?::0)?)?|(?<=[-/])0(?![\w./-]))"
_TLD = "com|net|org|edu|gov|mil|info|biz|cn|jp|hk|tw|kr|sg|de|uk|fr|ru|nl|br|au|ca|eu|local|lan|internal|localdomain"
_ID_WORDS = (
    "blk|container|application|appattempt|attempt|task|job|req|rdd|broadcast|stage|session|trace|span|order|user|"
    "client|block|pod|txn|tx|msg|conn"
)

# (what the text must hold, regex, mask), in this order: a mask may build on the ones before it. Texts are collapsed:
# every number is 0, a UUID 0f-0f-0f-0f-0f, a long hex word 0f.
_TABLE: tuple[tuple[str, str, str], ...] = (
    ("://", _NO_WORD + r"[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s\"'<>|,;)\]}\u3000-\u303f\u4e00-\u9fff]*+", "<URL>"),
    ("@", r"(?<![\w.+%-])[A-Za-z0-9_.+%-]{1,64}+@(?=[A-Za-z0-9-]+\.)[A-Za-z0-9.-]{2,}+", "<EMAIL>"),
    ("0f-", _NO_WORD + "0f-0f-0f-0f-0f" + _NO_MORE, "<UUID>"),
    ("0.0.0", r"(?<![\w.])0\.0\.0\.0(?:(?:/0)?(?![\w.])(?::0(?!\w))?|(?=\.?(?:\s|$)))", "<IP>"),
    (":", rf"(?<![\w:])(?:{_HEX}{{1,2}}:){{5}}{_HEX}{{1,2}}(?![\w:])", "<MAC>"),
    (":", rf"(?<![\w:.])(?:{_HEX}{{1,4}}:){{7}}{_HEX}{{1,4}}(?![\w:])", "<IP>"),
    (
        "::",
        rf"(?<![\w:.])(?:(?=[0a-fA-F:]*0)(?:{_HEX}{{1,4}}:){{1,6}}(?::{_HEX}{{1,4}}){{1,6}}(?:%\w+)?"
        r"|::(?:0|ffff:<IP>))(?![\w:])",
        "<IP>",
    ),
    ("lifetime", "(?<=lifetime )0:0(?::0)?", "<DUR>"),
    (
        "0:0:0",
        rf"{_NO_WORD}(?:{_DAY},? )?(?:{_MONTH} {{1,2}}0,?(?: 0)? {_CLOCK}(?: [A-Z]{{3,4}})?(?: 0(?![\w.:]))?"
        rf"|0[ /-]{_MONTH}[ /-]0[ :T]{_CLOCK}(?: ?[+-]0)?){_NO_MORE}",
        "<TIME>",
    ),
    ("0", f"{_NO_WORD}(?:{_DATE}|{_CLOCK}){_NO_MORE}", "<TIME>"),
    ("0", rf"<?(?<![\w.])[+-]?0(?:\.0)? ?(?:{_UNITS})(?![A-Za-z0-9_])", "<DUR>"),
    ("0", r"(?<![\w.])(?:0(?:\.0)?(?:ms|us|µs|ns|h|m|s|d))++(?!\w)", "<DUR>"),
    ("0", rf"(?<![A-Za-z0-9_.])0(?:\.0)? ?(?:{_CHINESE_UNITS})", "<DUR>"),
    (
        "0",
        r"(?<![A-Za-z0-9_.])0(?:\.0)? ?(?:[KMGTPkmgtp]i?[Bb]?|[Bb]ytes?|B|字节|兆)(?![A-Za-z0-9_])"
        r"(?: \(0(?:\.0)? ?[KMGTP]i?B\))?",
        "<SIZE>",
    ),
    (
        "/",
        rf"(?:(?<![\w.<>/@:%-])(?:~|\.{{1,2}})?|(?<=[=:'\"\[(]))/(?:{_SEGMENT}++/)+{_SEGMENT}*+(?:\?[^\s\"']*+)?",
        "<PATH>",
    ),
    ("\\", _NO_WORD + r"(?:\\\\\?\\|\\\\)?(?:[A-Za-z]:)?(?:\\[^\s\\\"'<>|,;:]++)++\\?", "<PATH>"),
    (
        ".",
        rf"(?<![\w./@:-])(?:(?:[A-Za-z0-9_-]++\.)+(?:{_TLD})(?::0)?(?![\w.(@/-]|\.\w)"
        r"|(?:[a-z0-9_-]++\.){2,}+[a-z][a-z0-9-]*+:0(?![\w.]))",
        "<HOST>",
    ),
    ("0", rf"{_NO_WORD}({_ID_WORDS})([_-])-?0f?(?:[_-](?:[mr](?=[_-]))?(?:0f?)?)*+{_NO_MORE}", r"\1\2<ID>"),
    ("0x0", f"{_NO_WORD}0x0{_NO_MORE}", "<HEX>"),
    ("0f", f"{_NO_WORD}0f(?:-0f)*{_NO_MORE}", "<HEX>"),
    ("0", rf"{_NO_WORD}(?=[a-fA-F]*0[a-fA-F]+0){_HEX}{{3,}}+{_NO_MORE}", "<HEX>"),
    (
        "0",
        rf"{_NO_WORD}(?=[A-Z0]*[a-z])(?=[a-z0]*[A-Z])(?=[A-Za-z]*0[A-Za-z]+0)[A-Za-z0]{{8,40}}+{_NO_MORE}",
        "<ID>",
    ),
    ("0", r"(?<![A-Za-z0-9_])(?<![\w)\]]-)[+-]?0(?:[.,]0)*+(?![A-Za-z0-9_])", "<NUM>"),
    ("0", r"(?<![A-Za-z0-9_])0(?:\.0)*+(?=_|[^\x00-\x7f])", "<NUM>"),
    ("<NUM>, <NUM>", "<NUM>(?:, ?<NUM>)++", "<NUMS>"),
    ("<NUM> <NUM>", "<NUM>(?: <NUM>){2,}+", "<NUMS>"),
    (" ", r"(?<!\S)(\S++)(?: \1(?!\S)){2,}+", r"\1 …"),
)
_MASKS = tuple((needle, re.compile(pattern), mask) for needle, pattern, mask in _TABLE)
_BLANKS = re.compile(r"\s+")
_REQUEST = re.compile(
    r"(?<![A-Za-z])(GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS|CONNECT|PROPFIND|TRACE) (/[^\s?\"]*+)(?:\?([^\s\"]*+))?"
)
_SLASH = "\u2215"  # stands for "/" in a requested path while the path mask is at work
_PARAMETER = re.compile(r"([^=&]*+)(=?)([^&]*+)(&?)")
_PLAIN_VALUE = re.compile(r"[\w.@:+,-]*\Z")
_ID_SEGMENT = re.compile(r"(?<=/)(?:0f(?:-0f)*|[^/]*0[^/]*0[^/]*|0)(?=/|\Z)")


def template_of(message: str) -> str:
    """The message with its variables as typed masks (``<IP>``, ``<NUM>`` ...) and runs of blanks as one.

    "Received block blk_-16 of size 9 from /10.0.0.6" -> "Received block blk_<ID> of size <NUM> from /<IP>"
    """
    text = collapse(message)
    if "/" in text:
        text = _REQUEST.sub(_mask_request, text)
    for needle, pattern, mask in _MASKS:
        if needle in text:
            text = pattern.sub(mask, text)
    return _BLANKS.sub(" ", text.replace(_SLASH, "/")).strip()[:_MAX_TEMPLATE_CHARS]


def _mask_request(match: re.Match[str]) -> str:
    """A request line keeps its path (which page was asked for is the event) and the names of its parameters.

    A parameter's value becomes <V>, or <ODD> when it holds what plain values do not: quotes, brackets, escapes.
    """
    method, path, query = match.groups()
    path = _ID_SEGMENT.sub("<ID>", path).replace("/", _SLASH)
    return f"{method} {path}" + ("" if query is None else "?" + _PARAMETER.sub(_mask_parameter, query))


def _mask_parameter(match: re.Match[str]) -> str:
    name, equals, value, more = match.groups()
    if not equals:
        return f"{name[:40]}{more}"
    return f"{name[:40]}={'<V>' if _PLAIN_VALUE.match(value) else '<ODD>'}{more}"


def template_id(template: str) -> int:
    """64-bit id of a template, the same on every machine (BLAKE2b)."""
    return int.from_bytes(blake2b(template.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.:/\\-])(?<![\d]-)([+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?)"
    r"(?:(?=[A-Za-z]{1,12}(?![A-Za-z0-9_]))|(?![A-Za-z0-9_]))(?![.:/\\-]?[0-9])"
)


def numbers_in(message: str) -> list[float]:
    """The quantities in a message, in order, at most 64: what masking loses.

    Parts of ids, addresses, paths and times are none. "took 12.5ms for 3 of 10.0.0.6" -> [12.5, 3.0]
    """
    return [float(match[1]) for match in islice(_NUMBER.finditer(narrow(message)), _MAX_NUMBERS)]
