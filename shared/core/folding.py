"""Lines become records: a stack trace or a wrapped message is folded into the line it belongs to.

In: lines in order. Out: Folded records that together cover every line once, in order. Never raises; linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Folded(NamedTuple):
    """``line_count`` lines from ``first_line`` (0-based) on, joined by newlines; blank lines at the end are counted
    but not part of the text."""

    text: str
    first_line: int
    line_count: int


# A line outside any trace matters only if it begins like one of these: one regex settles nearly all lines.
_CAN_MATTER = re.compile(
    r"[\s}\])]|$|#\d|### |The last packet |Caused by|Suppressed|\.\.\. \d|Traceback|During handling|The above exc|"
    r"goroutine |created by |"
    r"\[signal |exit status|stack backtrace|Stack trace|note: |at [\w.$<>]+\(|--- End|Wrapped by|panic: |"
    r"fatal error: |thread '|Exception in|(?:[a-z_][\w$]*+\.)++[A-Z]"
)
_INDENTED = re.compile(r"[ \t\u3000]+(?!\d{4}-\d\d-\d\d[T ]\d\d:|\d\d:\d\d:\d\d)\S")
_CAUSE = re.compile(
    r"Caused by: |Suppressed: |\.\.\. \d+ (?:more|common frames)|Traceback \(most recent call last\):|"
    r"During handling of the above exception|The above exception was the direct cause|"
    r"goroutine \d+ \[|created by |\[signal SIG|exit status \d|stack backtrace:|Stack trace:|note: |#\d+ +\S|"
    r"The last packet (?:sent|successfully received) |### (?:Error|The error|Cause|SQL)|"  # MySQL's driver, MyBatis
    r"at [\w.$<>]+\(|[}\])]+[;,]?$|--- End of (?:inner|stack)|Wrapped by: |   = "
)
_PYTHON_EXCEPTION = re.compile(r"(?:[A-Za-z_]\w*\.)*(?:[A-Za-z_]\w*: |[A-Z]\w*:?$)")
_QUALIFIED_EXCEPTION = re.compile(r"(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable|Failure)(?:: |:?$)")
_GO_CALL = re.compile(r"[\w./*()\[\]{}-]+\(.*\)$|panic\(|main\.")
_GO_START = re.compile(r"(?:panic|fatal error): |goroutine \d+ \[")
_RUST_PANIC = re.compile(r"thread '.*' panicked at ")
_HEADED = re.compile(r"[\[(<{]?\d|[A-Z][a-z]{2} [ \d]\d |[A-Z]{4,8}\b|[IWEF]\d{4} ")


def fold(lines: Sequence[str], max_lines: int = 200) -> list[Folded]:
    """The records that the lines make up: Java, Python, Go, Node, .NET, PHP and Rust traces, indented continuations.

    A record of more than ``max_lines`` lines is cut, and what follows begins a new one.
    """
    match = _CAN_MATTER.match
    if not any(match(line) for line in lines):
        return [Folded(line, number, 1) for number, line in enumerate(lines)]
    return list(_fold(lines, max(max_lines, 1)))


def _fold(lines: Sequence[str], max_lines: int) -> Iterator[Folded]:
    first, block = 0, ""
    for number, line in enumerate(lines):
        can_matter = _CAN_MATTER.match(line) is not None
        if number and not (
            (can_matter or block)
            and number - first < max_lines
            and _continues(line, block, lines[number - 1], lines[first])
        ):
            yield _record(lines, first, number)
            first, block = number, ""
        if can_matter:
            block = _block_after(line, block)
    if lines:
        yield _record(lines, first, len(lines))


def _record(lines: Sequence[str], first: int, end: int) -> Folded:
    if end == first + 1:
        return Folded(lines[first], first, 1)
    last = end
    while last > first + 1 and not lines[last - 1].strip():
        last -= 1
    return Folded("\n".join(lines[first:last]), first, end - first)


def _continues(line: str, block: str, previous: str, head: str) -> bool:
    """Whether ``line`` belongs to the record that began with ``head`` and is inside the trace ``block``."""
    if not line.strip():
        return True  # a blank line goes with what is above it, and ends nothing: traces hold blank lines
    if line[0] in " \t\u3000":
        return _INDENTED.match(line) is not None and bool(head.strip())
    if _CAUSE.match(line):
        return bool(block) or _HEADED.match(head) is not None
    if block == "python":
        return previous[:1] in " \t" and _PYTHON_EXCEPTION.match(line) is not None
    if block == "go":
        return _GO_CALL.match(line) is not None
    if block == "rust":
        return _RUST_PANIC.match(previous) is not None
    return _QUALIFIED_EXCEPTION.match(line) is not None and _HEADED.match(head) is not None


def _block_after(line: str, block: str) -> str:
    """The kind of trace that the lines up to this one are in."""
    if line.startswith("Traceback (most recent call last):"):
        return "python"
    if _GO_START.match(line):
        return "go"
    if _RUST_PANIC.match(line):
        return "rust"
    if block:
        return block
    return "trace" if _QUALIFIED_EXCEPTION.match(line) or line.startswith("Exception in thread") else block
