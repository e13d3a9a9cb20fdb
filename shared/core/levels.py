"""Which severity a line claims: words in English and Chinese, syslog priorities, one-letter and numeric levels.

In: a word, a letter or a number from the place in the line where its format keeps the level.
Out: a Level, or None when it is no level. Never raises.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.core.records import Level

_WORDS: dict[Level, str] = {
    Level.TRACE: "trace trc verbose verb vrb finest finer 跟踪 追踪 较详细 非常详细",
    Level.DEBUG: "debug dbg dbug debug1 debug2 debug3 debug4 debug5 fine config 调试 详细 配置",
    Level.INFO: "info inf information informational log system detail hint statement context query 信息 正常 普通",
    Level.NOTICE: "notice note 通知 注意 提示 提醒",
    Level.WARN: "warn warning wrn 警告 告警 预警",
    Level.ERROR: "error err eror severe failure fail failed exception 错误 严重 异常 失败 出错",
    Level.FATAL: "fatal ftl critical crit alert emerg emergency panic dpanic 致命 紧急 崩溃 危急",
}
_LEVEL_OF = {word: level for level, words in _WORDS.items() for word in words.split()}
_LEVEL_OF |= {form: level for word, level in list(_LEVEL_OF.items()) for form in (word.upper(), word.title())}

# Words that stand for a level wherever a header may keep one. The rest (log, note, fine, fail ...) are plain English
# too, and count only where a format is known to use them.
_SURE_WORDS = (
    "trace trc verbose debug dbg debug1 debug2 debug3 debug4 debug5 info inf information notice warn warning wrn "
    "error err eror severe failure fatal ftl critical crit alert emerg panic dpanic"
)
_SURE = tuple(_SURE_WORDS.split())


def _trie(words: Iterable[str]) -> str:
    """A regex for exactly these words that looks at each letter once, so that a miss costs little."""
    heads: dict[str, list[str]] = {}
    for word in words:
        heads.setdefault(word[:1], []).append(word[1:])
    is_whole = heads.pop("", None) is not None
    branches = "|".join(head + _trie(tails) for head, tails in heads.items())
    return "" if not heads else f"(?:{branches})?" if is_whole else f"(?:{branches})"


_CHINESE = [word for words in _WORDS.values() for word in words.split() if not word.isascii()]
CHINESE_LEVEL = _trie(sorted(_CHINESE, key=len, reverse=True))
LEVEL_WORD = _trie([form for word in _SURE for form in (word, word.upper(), word.title())]) + "(?![A-Za-z0-9_])"
UPPER_LEVEL_WORD = _trie([word.upper() for word in _SURE]) + "(?![A-Za-z0-9_])"

LEAD_LETTERS = frozenset(word[0] for word in (*_SURE, *_CHINESE, *map(str.upper, _SURE)))

_LETTERS = {
    "V": Level.TRACE,
    "T": Level.TRACE,
    "D": Level.DEBUG,
    "I": Level.INFO,
    "N": Level.NOTICE,
    "W": Level.WARN,
    "E": Level.ERROR,
    "F": Level.FATAL,
    "A": Level.FATAL,
    "C": Level.FATAL,
}
_REDIS_MARKS = {".": Level.DEBUG, "-": Level.INFO, "*": Level.NOTICE, "#": Level.WARN}
# RFC 5424, table 2: emergency, alert, critical, error, warning, notice, informational, debug.
_SYSLOG = (Level.FATAL, Level.FATAL, Level.FATAL, Level.ERROR, Level.WARN, Level.NOTICE, Level.INFO, Level.DEBUG)


def level_of_word(word: str) -> Level | None:
    """The level that a word names, in any letter case; surrounding blanks do not matter."""
    level = _LEVEL_OF.get(word)
    return level if level is not None else _LEVEL_OF.get(word.strip().lower())


def level_of_mark(mark: str) -> Level | None:
    """The level behind one letter (Android, klog) or behind the mark of a Redis server log."""
    level = _LETTERS.get(mark)
    return level if level is not None else _REDIS_MARKS.get(mark)


def level_of_priority(priority: int) -> Level | None:
    """The level in a syslog priority: facility * 8 + severity, 0..191."""
    return _SYSLOG[priority & 7] if 0 <= priority <= 191 else None


def level_of_number(number: int) -> Level | None:
    """A JSON record's numeric level: 0..7 syslog, 10..60 in tens as pino and bunyan count (60 is fatal)."""
    if 0 <= number <= 7:
        return _SYSLOG[number]
    tens = {10: Level.TRACE, 20: Level.DEBUG, 30: Level.INFO, 40: Level.WARN, 50: Level.ERROR, 60: Level.FATAL}
    return tens.get(number)


def level_of_otlp_number(number: int) -> Level | None:
    """OpenTelemetry severity number: 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn, 17-20 error, 21-24 fatal."""
    ladder = (Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR, Level.FATAL)
    return ladder[(number - 1) // 4] if 1 <= number <= 24 else None
