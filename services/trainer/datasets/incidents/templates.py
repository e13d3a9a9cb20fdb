"""The catalogue of line templates: ``catalogue/<category>.toml``, one table ``[language.system]`` each.

In: TOML files (``normal.toml`` is background that means no trouble; the other names are categories), and
``published/<software>.toml``, messages that software under a permissive licence writes, sorted by whoever read them:
``software``, ``version``, ``licence`` and ``origin``, then tables ``[category.language.system]``. Out: Templates.
A line is a message without stamp and level, either text or ``{text = "...", level = "WARN"}``; ``level`` in a table
is the default of its lines. ``{name}`` is a placeholder out of PLACEHOLDERS, other braces are text.
Raises CatalogueError for whatever a reader of the file should mend: all of it in one message.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from shared.core.taxonomy import LANGUAGES, Category, Language

CATALOGUE = Path(__file__).parent / "catalogue"
PUBLISHED = "published"
NORMAL = "normal"
LEVELS = ("DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "FATAL")
# fmt: off
PLACEHOLDERS = frozenset((
    "ip", "ipport", "host", "port", "path", "file", "user", "service", "db", "table", "queue", "topic", "url", "ms",
    "s", "n", "pct", "bytes", "pid", "id", "hex", "uuid", "class", "method", "thread", "node", "disk", "device",
    "domain", "code", "version", "key", "job", "pod", "bucket", "country", "high_pct", "low_pct", "full", "full_of",
))
# fmt: on
_SLOT = re.compile(r"\{([a-z_]+)\}")
_SYSTEM = re.compile(r"[a-z0-9][a-z0-9_-]*")
_HAN = re.compile("[\u4e00-\u9fff]")
# Texts under them may be handed on with their notice, which each file is.
_LICENCES = frozenset(
    ("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "PSF-2.0", "PostgreSQL", "Python-2.0", "Zlib")
)
_NOTICE = ("software", "version", "licence", "origin")
_CATEGORIES = frozenset({NORMAL, *(category.value for category in Category)})


class CatalogueError(ValueError):
    """A catalogue file that breaks the format."""


@dataclass(frozen=True, slots=True)
class Template:
    """One way in which one system says one thing.

    id        ``category.language.system.hash``: of the text, so that other lines may come and go
    category  a Category's value, or NORMAL
    """

    id: str
    category: str
    language: Language
    system: str
    text: str
    level: str


@cache
def load_catalogue(directory: Path = CATALOGUE) -> tuple[Template, ...]:
    """Every template of every file, in the order of file names and lines.

    What two programs write is taken once, so that it is on one side of the split.
    """
    found: list[Template] = []
    problems: list[str] = []
    seen: dict[str, Template] = {}
    for template, is_published in _every_template(directory, problems):
        twin = seen.setdefault(shape_of(template.text), template)
        if twin is template:
            found.append(template)
        elif twin.category != template.category or not is_published:
            problems.append(f"{template.id}: says the same as {twin.id}: {template.text}")
    if problems:
        raise CatalogueError("\n".join(problems))
    return tuple(found)


def _every_template(directory: Path, problems: list[str]) -> Iterator[tuple[Template, bool]]:
    """Templates, and whether published software writes them."""
    for path in sorted(directory.glob("*.toml")):
        for template in read_tables(path.stem, tomllib.loads(path.read_text("utf-8")), problems):
            yield template, False
    for path in sorted((directory / PUBLISHED).glob("*.toml")):
        for template in read_published(path.name, tomllib.loads(path.read_text("utf-8")), problems):
            yield template, True


def read_published(name: str, content: Mapping[str, Any], problems: list[str]) -> Iterator[Template]:
    """The templates of one software's messages; what is wrong with the file is added to ``problems``."""
    problems += [f"{name}: says no {key}" for key in _NOTICE if not isinstance(content.get(key), str)]
    if content.get("licence") not in _LICENCES:
        problems.append(f"{name}: licence {content.get('licence')} is none of {sorted(_LICENCES)}")
    for category, languages in content.items():
        if category not in _NOTICE:
            yield from read_tables(category, languages, problems)


def read_tables(category: str, content: Mapping[str, Any], problems: list[str]) -> Iterator[Template]:
    """The templates of one file; what is wrong with it is added to ``problems``."""
    if category not in _CATEGORIES:
        problems.append(f"{category}.toml: no such category")
        return
    for language, systems in content.items():
        if language not in LANGUAGES:
            problems.append(f"{category}.toml: [{language}.*] is neither of {LANGUAGES}")
            continue
        for system, table in systems.items():
            where = f"{category}.{language}.{system}"
            if not _SYSTEM.fullmatch(system):
                problems.append(f"{where}: system names are lower case, digits, - and _")
            if unknown := set(table) - {"lines", "level"}:
                problems.append(f"{where}: unknown keys {sorted(unknown)}")
            for line in table.get("lines", ()):
                entry = {"text": line} if isinstance(line, str) else line
                level = entry.get("level") or table.get("level") or _usual_level(category)
                text = entry.get("text", "")
                problems += [f"{where}: {fault}: {text}" for fault in _faults_of(text, level, language, set(entry))]
                yield Template(f"{where}.{_digest(text)}", category, language, system, text, level)


def shape_of(text: str) -> str:
    """What two templates share if they differ only in placeholders, digits, case and blanks."""
    return re.sub(r"\W+", " ", re.sub(r"\{[a-z_]+\}|\d+", " ", text.casefold())).strip()


def _faults_of(text: str, level: str, language: str, keys: set[str]) -> Iterator[str]:
    if not text.strip() or "\n" in text:
        yield "a line is one line of text"
    if keys - {"text", "level"}:
        yield f"unknown keys {sorted(keys - {'text', 'level'})}"
    if level not in LEVELS:
        yield f"level {level} is none of {LEVELS}"
    if unknown := set(_SLOT.findall(text)) - PLACEHOLDERS:
        yield f"unknown placeholders {sorted(unknown)}"
    han = len(_HAN.findall(text))
    if (language == "en" and han) or (language == "zh" and han < 2):
        yield f"not written in {language}"


def _usual_level(category: str) -> str:
    return {NORMAL: "INFO", Category.BENIGN: "INFO", Category.UNKNOWN: "WARN"}.get(category, "ERROR")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]
