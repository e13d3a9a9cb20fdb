"""What stands between a line's time stamp and its message: level, logger, process, thread, in the orders logs use.

In: the text, the position after the stamp, the stamp's shape. Out: a Header that says where the message begins.
Never raises; a line in no known order gets the Header "" with nothing read.

The orders are tables of regex alternatives, one table for each first character; within a table the earlier
alternative wins. So the answer depends on the text alone, and a table costs one regex call.
"""

from __future__ import annotations

import re

from shared.core.levels import CHINESE_LEVEL, LEAD_LETTERS, LEVEL_WORD, UPPER_LEVEL_WORD, level_of_mark, level_of_word
from shared.core.records import Level

# The header of a line after its stamp: format, level, source, and where the message begins in the text.
Header = tuple[str, Level | None, str, int]

_LV = f"({LEVEL_WORD})"
_UP = f"({UPPER_LEVEL_WORD})"
_PG = (
    r"(日志|错误|致命错误|警告|注意|语句|详细信息|提示|上下文|"
    r"LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\d?|DETAIL|HINT|STATEMENT|CONTEXT|QUERY)"
)
_ZH = f"({CHINESE_LEVEL})"
_THREAD = r"\[(?:[^\[\]]|\[[^\[\]]*+\])*+\]"  # one level of nesting: "[Quartz Scheduler [jobs]]"
_LOGGER = r"([A-Za-z_$][\w.$/@<>-]*+)(?:[:#]\d+)?"
_DOTTED = r"(?=[\w/@<>-]*+(?:[.$]\S|::\w))([A-Za-z_$][\w.$/@<>-]*+(?:::[\w.$]++)*+)(?:[:#]\d+)?"
_METHOD = r"(?:\[[\w$<>]+, ?\d+\] - )?"  # logback's "[method,line] - "
_PROGRAM = (
    r"((?:[^\s:\[\]]++|[A-Z][\w-]* [A-Z][\w-]*|[\w-]+ \d[\d.]*|[A-Z]\w+(?: [A-Z]\w+)? [A-Z]\w+(?=\[)))"
    r"(?:\[[^\]\s]*\](?: \(\[\d+\]\))?)?:(?!:)[ \t]*"
)
_FILE = r"([\w./-]+\.(?:go|cc|cpp|c|h|py|rs|js|ts|java|rb|php|cs|ex|lua):\d+)"

# (format, regex, roles of its groups): L level word, l level mark, S source.
_Rows = tuple[tuple[str, str, str], ...]
_AFTER_LEVEL: _Rows = (
    ("spring", rf" +\d+ +--- +(?:{_THREAD} *+)*+(\S+) *: ", "S"),
    ("log4j", rf",? +{_THREAD}:? +{_LOGGER}(?: -|:)(?:[ \t]+|$){_METHOD}", "S"),
    ("log4j", rf",? +{_THREAD}[ \t]+", ""),
    ("cbs", r" {2,}(\w+) {2,}", "S"),
    ("zap", r"\t(?:[\w.-]+\t)?([\w./-]+:\d+)\t", "S"),
    ("celery", r"/([^\s\]]++)\] ", "S"),
    ("log4j", rf",?[ \t]+{_DOTTED}(?::| -)(?:[ \t]+|$){_METHOD}", "S"),
    ("log4j", r",?[ \t]+([A-Z]\w*[a-z]\w*[A-Z]\w*)(?:[:#]\d+)?:[ \t]+", "S"),
    ("log4j", rf",?[ \t]+(\S++) - {_METHOD}", "S"),
    ("log4j", r"[ \t]+([A-Za-z_$][\w.$]*+#\d+) ", "S"),
    ("go", rf"[ \t]+{_FILE}:?[ \t]+", "S"),
    ("python", r"[ \t]+([a-z_]\w*):\d+[: ]+", "S"),
    ("leveled", r"(?<=[A-Z\d])[ \t]*[:|>\]-]*(?:[ \t]+|$)", ""),
    ("leveled", r"(?:[ \t]*[:|>\]][:|>\]-]*(?:[ \t]+|$)| {2,}|\t[ \t]*|$)", ""),
)
_AFTER_LETTER: _Rows = (
    ("postgresql", rf"(?:[A-Z]{{3,5}} )?(?:\[\d+(?:-\d+)?\]:? )?(?:\S+@\S+ )?{_PG}: +", "L"),
    ("laravel", rf"([a-z]\w*)\.{_UP}: ", "SL"),
    ("cri", r"(?:stdout|stderr) [FP] ", ""),
    ("go", rf"{_FILE}:? ", "S"),
    ("syslog", r"\S++ ([\w./()@-]+)\[\d+\]: ", "S"),
    ("syslog", r"\S++ (kernel|systemd|sudo|su|CRON): ", "S"),
    ("python", rf"{_LOGGER}:?[ \t]+{_UP}:?[ \t]+(?:- )?", "SL"),
    ("facility", rf"(?:[A-Z][A-Z0-9_-]+ ){{1,2}}([A-Z][A-Z0-9_-]+) {_UP}(?: |$)", "SL"),
)
_AFTER_BRACKET: _Rows = (
    ("nginx", rf"\[{_LV}\] \d+#\d+: (?:\*\d+ )?", "L"),
    ("apache", rf"\[(\w*):{_LV}\] (?:\[pid [^\]]*\] )?", "SL"),
    ("gunicorn", rf"\[\d+\] \[{_LV}\] ", "L"),
    ("elasticsearch", rf"\[{_LV} *\]\[([^\]\s]*) *\] ?(?:\[[^\]]*\] )?", "LS"),
    ("bracketed", rf"\[{_LV} *\] ?:?(?:{_THREAD} )?{_DOTTED}(?::| -)[ \t]+", "LS"),
    ("bracketed", rf"\[{_LV} *\] ?[:-]?[ \t]*", "L"),
    ("postgresql", rf"\[\d+(?:-\d+)?\]:? (?:\S+@\S+ )?{_PG}: +", "L"),
    ("logback", rf"{_THREAD} +{_LV} +{_LOGGER}(?: -|:)(?:[ \t]+|$){_METHOD}", "LS"),
    ("logback", rf"{_THREAD} +{_LV} *[:-]?[ \t]*", "L"),
    ("bracketed", rf"\[([^\[\]]*)\] ?\[{_LV} *\] ?[:-]?[ \t]*", "SL"),
    ("bracketed", rf"[\[【]{_ZH}[\]】][:：]?[ \t]*", "L"),
)
_AFTER_DIGIT: _Rows = (
    ("hdfs", rf"\d+ {_LV} ([^\s:]++): ", "LS"),
    ("openstack", rf"\d+ {_LV} ([\w.$]+) (?:\[[^\]]*\] ?)?", "LS"),
    ("mysql", r"\d+ \[(Note|System|Warning|ERROR|Error)\] (?:\[MY-\d+\] )?(?:\[(\w+)\] )?", "LS"),
    ("leveled", rf"\d+ {_LV}:? +", "L"),
)
_AFTER_DASH: _Rows = (
    ("zookeeper", rf"- {_LV} +{_THREAD} - ", "L"),
    ("python", rf"- ([^\s]++) - {_LV} - (?:[\w./-]+:\d+ - )?", "SL"),
    ("python", rf"- {_LV} *[:-]? +", "L"),
)
_AFTER_BAR: _Rows = (
    ("healthapp", r"\|(\w+)\|\d+\|", "S"),
    ("loguru", rf"\| *{_LV} *\| *([^\s|]+?)(?::\d+)? *[|-] ", "LS"),
    ("leveled", rf"\| *{_LV} *\| *", "L"),
)
_AFTER_OTHER: _Rows = (
    ("leveled", rf"<{_LV}> ?", "L"),
    ("leveled", rf"\({_LV}\) ?", "L"),
    ("bracketed", rf"【{_ZH}】[:：]?[ \t]*", "L"),
    ("leveled", rf"{_ZH}(?:[:：][ \t]*|[ \t]+)", "L"),
    ("cisco", r"(?=%[A-Z0-9_]+-\d-\w+: )", ""),
)
_ANDROID: _Rows = (
    ("android", r"\d+ +\d+ ([VDIWEFA]) ([^:]{0,128}?) *:(?: |$)", "lS"),
    ("proxifier", r"(\S++(?: \*\d\d)?) - ", "S"),
)
_SYSLOG: _Rows = (
    ("syslog", rf"\S++ +{_PROGRAM}", "S"),
    ("syslog", r"\S++ +", ""),
)


class _Table:
    """Rows joined into one alternation; an alternative's own outer group closes last, so lastindex names it."""

    def __init__(self, rows: _Rows) -> None:
        self._match = re.compile("|".join(f"({pattern})" for _, pattern, _ in rows), re.ASCII).match
        self._rows: dict[int, tuple[str, int, int, int]] = {}
        group = 1
        for name, pattern, roles in rows:
            places = [group + 1 + roles.index(role) if role in roles else 0 for role in "LlS"]
            self._rows[group] = (name, places[0], places[1], places[2])
            group += 1 + re.compile(pattern).groups

    def read(self, text: str, start: int, level: Level | None = None) -> Header | None:
        match = self._match(text, start)
        if match is None:
            return None
        name, word, mark, source = self._rows[match.lastindex or 0]
        if word:
            level = level_of_word(match[word])
        elif mark:
            level = level_of_mark(match[mark])
        return name, level, (match[source] or "") if source else "", match.end()


_OTHER = _Table(_AFTER_OTHER)
_LETTER, _LEVEL = _Table(_AFTER_LETTER), _Table(_AFTER_LEVEL)
_LEVEL_FIRST = re.compile(LEVEL_WORD).match
_BY_CHAR = {
    "[": _Table(_AFTER_BRACKET),
    "-": _Table(_AFTER_DASH),
    "|": _Table(_AFTER_BAR),
    **dict.fromkeys("0123456789", _Table(_AFTER_DIGIT)),
    **dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$", _LETTER),
}
_BY_SHAPE = {"month-day": _Table(_ANDROID), "syslog": _Table(_SYSLOG)}
_LEAD = re.compile(
    rf"(?:{_LV}(?::|：|(?= ?[\[-]))|\[{_LV} *\]:?|<{_LV}>|[\[【]{_ZH}[\]】][:：]?|{_ZH}[:：])[ \t]*|{_UP}(?=[ \t])",
    re.ASCII,
)
_LEAD_STARTS = frozenset("[【<" + "".join(LEAD_LETTERS))


def read_header(text: str, start: int, shape: str) -> Header:
    """The header that follows a stamp of this shape ending at ``start``."""
    position, end = start, len(text)
    while position < end and text[position] in "],:\t ":
        position += 1
    if position >= end:
        return "", None, "", end
    table = _BY_SHAPE.get(shape)
    if table is not None and (shape != "syslog" or text[start] not in "]:"):
        found = table.read(text, position)
        if found is not None:
            return found
    table = _BY_CHAR.get(text[position], _OTHER)
    if table is _LETTER:
        word = _LEVEL_FIRST(text, position)
        if word is not None:
            found = _LEVEL.read(text, word.end(), level_of_word(word[0]))
            if found is not None:
                return found
    found = table.read(text, position)
    return found if found is not None else ("", None, "", position)


def read_lead_level(text: str, start: int) -> tuple[Level, int] | None:
    """A level word in front of a message ("ERROR: ...", "[warn] ...", "错误：..."), and where the message goes on.

    A word without a mark behind it ("ALERT exited with 1") is a level but stays in the message.
    """
    if text[start : start + 1] not in _LEAD_STARTS or (match := _LEAD.match(text, start)) is None:
        return None
    level, is_bare = level_of_word(match[match.lastindex or 0]), match.lastindex == _LEAD.groups
    return None if level is None else (level, start if is_bare else match.end())
