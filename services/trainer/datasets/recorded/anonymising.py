"""Takes out of a recorded line what would say on which machine it was recorded.

Most of it is never there: inside the namespaces the host has another name and addresses for documentation. What is
left are paths of the Python installation and of temporary files.
"""

from __future__ import annotations

import re

_HOME = "/home/app"
_REWRITES = (
    (re.compile(r"(?:/[\w.-]+)+?/\.pyenv/versions/[\d.]+"), "/usr/local"),
    (re.compile(r"(?:/[\w.-]+)+?/\.venv"), "/opt/venv"),
    (re.compile(r"(?<![\w.])/root\b"), _HOME),
    (re.compile(r"(?<![\w.])/tmp\b"), "/var/tmp"),  # noqa: S108
)
_ADDRESS = re.compile(r"(?<![\d.v])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_ALLOWED = re.compile(r"127\.|0\.0\.0\.0|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|255\.255\.255\.255|(?:\d\.){3}\d$")
_TELLING = re.compile(r"(?<![\w.])/(?:root|tmp)\b|\.pyenv|\.venv")


def anonymise(line: str, place: str) -> str:
    """The line with such paths rewritten; ``place`` is the directory of the program that recorded it."""
    line = line.replace(place, _HOME)
    for pattern, replacement in _REWRITES:
        line = pattern.sub(replacement, line)
    return line


def telling_parts(line: str, host_names: tuple[str, ...] = ()) -> list[str]:
    """What in the line may still say where it comes from: paths, addresses that are not for documentation, names."""
    found = [match[0] for match in _TELLING.finditer(line)]
    found += [match[0] for match in _ADDRESS.finditer(line) if not _ALLOWED.match(match[0])]
    found += [name for name in host_names if re.search(rf"(?<![\w/.-]){re.escape(name)}(?![\w/-])", line)]
    return found
