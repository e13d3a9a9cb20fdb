"""The table of masks: which shapes of text are variables, and of what type.

In: a collapsed message (every number is 0, a UUID 0f-0f-0f-0f-0f, a long hex word 0f). Out: the same, masked.
Never raises. Every regex is linear: repeats are possessive or bounded, and a search cannot start inside a run that it
would scan to the end.
"""

from __future__ import annotations

import re

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
    ("@", r"(?<=[\w$]@)(?=[a-f]*0)[0a-f]++(?![\w.])", "<HEX>"),  # a Java object's identity
    ("=", r"(?<==)(?=[a-f]*0)(?=0*[a-f])[0a-f]{2,}+(?![\w.-])", "<HEX>"),
    ("0x0", f"{_NO_WORD}0x0{_NO_MORE}", "<HEX>"),
    ("0f", f"{_NO_WORD}0f(?:-0f)*{_NO_MORE}", "<HEX>"),
    ("0", rf"{_NO_WORD}(?=[a-fA-F]*0[a-fA-F]+0){_HEX}{{3,}}+{_NO_MORE}", "<HEX>"),
    (
        "0",
        rf"{_NO_WORD}(?=[A-Z0]*[a-z])(?=[a-z0]*[A-Z])(?=[A-Za-z]*0[A-Za-z]+0)[A-Za-z0]{{8,40}}+{_NO_MORE}",
        "<ID>",
    ),
    # Random words: figures in two places, as in a layer, a queue id or a flake of base 32.
    ("0", rf"{_NO_WORD}(?=[A-Za-z]*0[A-Za-z]+0)[A-Za-z0]{{7,40}}+{_NO_MORE}", "<ID>"),
    ("0", rf"{_NO_WORD}(?=[A-Z]*0)[A-Z0]{{10,40}}+{_NO_MORE}", "<ID>"),
    ("veth", rf"(?<![A-Za-z0-9])veth[a-f0]++{_NO_MORE}", "veth<ID>"),
    ("<HEX>-", r"(?<=<HEX>)-[a-z0]{5}(?![A-Za-z0-9_-])", ""),  # a pod of a replica set
    ("SHA0:", r"(?<=SHA0:)[A-Za-z0+/]{20,}+=*", "<HASH>"),
    ("-", rf"(?<![\w.-])(?=[a-z-]{{0,40}}0)(?:[a-z0-9_-]{{1,63}}+\.){{2,}}+[a-z]{{2,6}}{_NO_MORE}", "<HOST>"),
    ("0", rf"{_NO_WORD}(?=[A-Za-z]*0)[a-z]{{1,2}}[A-Z0]{{2,}}[A-Za-z0]{{2,40}}+{_NO_MORE}", "<ID>"),  # a mail queue's
    ("f", rf"{_NO_WORD}[a-f]{{8}}{_NO_MORE}", "<HEX>"),
    ("0", r"(?<![A-Za-z0-9_])(?<![\w)\]]-)[+-]?0(?:[.,]0)*+(?![A-Za-z0-9_])", "<NUM>"),
    ("0", r"(?<![A-Za-z0-9_])0(?:\.0)*+(?=_|[^\x00-\x7f])", "<NUM>"),
    ("<NUM>, <NUM>", "<NUM>(?:, ?<NUM>)++", "<NUMS>"),
    ("<NUM> <NUM>", "<NUM>(?: <NUM>){2,}+", "<NUMS>"),
    ("<NUM>:", "(?<!\\S)<NUM>:(?:<NUM>|<HEX>)(?: <NUM>:(?:<NUM>|<HEX>))++", "<NUMS>"),  # a dump of registers
    (" ", r"(?<!\S)(\S++)(?: \1(?!\S)){2,}+", r"\1 …"),
)
_MASKS = tuple((needle, re.compile(pattern), mask) for needle, pattern, mask in _TABLE)


def mask_variables(text: str) -> str:
    """The collapsed text with its variables as ``<IP>``, ``<NUM>``, ``<PATH>`` ..., masks applied in table order."""
    for needle, pattern, mask in _MASKS:
        if needle in text:
            text = pattern.sub(mask, text)
    return text
