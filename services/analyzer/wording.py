"""Titles and explanations from slots: what a cited line says, where, with what named; in English or Chinese.

Every word of a log line that appears here is a verbatim span of a cited line, secrets masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.analyzer.schemas import Action, Entity
from shared.core.actions import ACTIONS, ACTIONS_FOR
from shared.core.taxonomy import TAXONOMY, Category, Language

MAX_TITLE_CHARS = 140
MAX_QUOTE_CHARS = 180
MAX_NAMED = 4

_NETWORK_KINDS = ("endpoint", "host", "url", "service", "name", "exception")
# Which kind of span best tells one incident of a category from another.
_TITLE_KINDS: dict[Category, tuple[str, ...]] = {
    Category.DISK_FULL: ("path", "device", "host", "service"),
    Category.MEMORY_EXHAUSTED: ("service", "id", "name", "exception"),
    Category.CPU_OR_THREAD_EXHAUSTED: ("service", "name", "exception"),
    Category.AUTHENTICATION_ATTACK: ("endpoint", "host", "user"),
    Category.PERMISSION_DENIED: ("path", "user", "endpoint", "name"),
    Category.CONFIGURATION_ERROR: ("name", "path", "exception"),
    Category.CERTIFICATE_EXPIRED: ("host", "endpoint", "url", "exception"),
    Category.DATA_CORRUPTION: ("path", "id", "device", "exception"),
    Category.SERVICE_CRASH: ("service", "exception", "id", "code", "name"),
    Category.DATABASE_ERROR: ("code", "name", "endpoint", "url", "exception"),
    Category.DEADLOCK: ("name", "id", "exception"),
    Category.HARDWARE_ERROR: ("device", "host"),
    Category.INJECTION_ATTEMPT: ("endpoint", "path"),
    Category.PORT_SCAN: ("endpoint", "path"),
    Category.APPLICATION_ERROR: ("exception", "service", "path"),
    Category.NEW_BEHAVIOUR: (),
    Category.UNKNOWN: (),
    Category.BENIGN: (),
}


def excerpt(text: str, start: int = 0, end: int = 0, limit: int = MAX_QUOTE_CHARS) -> str:
    """At most ``limit`` characters of one line, around the matched part; ends that were cut are marked.

    Words stay whole where a break is near: half of one would be a name that the line does not hold.
    """
    line = text.strip()
    if len(line) <= limit:
        return line
    shift = len(text) - len(text.lstrip())
    first, last = max(0, start - shift), max(0, end - shift)
    left = max(0, min((first + last) // 2 - limit // 2, len(line) - limit))
    right = left + limit
    reach = 3 * limit // 4
    if left:
        left = next((at for at in range(left, min(first, left + reach)) if _is_break(line, at)), left)
    if right < len(line):
        right = next((at for at in range(right, max(last, right - reach), -1) if _is_break(line, at)), right)
    return ("…" if left else "") + line[left:right].strip() + ("…" if right < len(line) else "")


def _is_break(line: str, at: int) -> bool:
    """Does a word end before ``at`` or begin there?"""
    return not (_is_in_word(line[at - 1]) and _is_in_word(line[at]))


def _is_in_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in "_.-")


def title_of(category: Category, says: str, entities: Sequence[Entity], language: Language) -> str:
    """ "Connection failure: the peer refused the connection (10.0.0.5:6379)"."""
    kinds = _TITLE_KINDS.get(category, _NETWORK_KINDS)
    ranked = [entity for entity in entities if entity.kind in kinds]
    ranked.sort(key=lambda entity: (kinds.index(entity.kind), entity.kind == "endpoint" and ":" not in entity.span))
    name = TAXONOMY[category].name[language]
    title = f"{name}: {says}" if language == "en" else f"{name}：{says}"
    span = (
        ranked[0].span.rsplit(".", 1)[-1] if ranked and ranked[0].kind == "exception" else ranked and ranked[0].span
    )
    if span and len(title) + len(span) + 3 <= MAX_TITLE_CHARS:
        title += f" ({span})" if language == "en" else f"（{span}）"
    return title[:MAX_TITLE_CHARS]


def doubted(says: str, language: Language) -> str:
    """A clause that is likelier wrong than right."""
    return f"perhaps {says}" if language == "en" else f"可能是{says}"


_DOUBT: Final[dict[Language, str]] = {"en": "Perhaps: ", "zh": "可能是"}


def doubted_title(title: str, language: Language) -> str:
    """The same of a title, which is cut between words where it gets too long."""
    return excerpt(_DOUBT[language] + title, limit=MAX_TITLE_CHARS - 1)


def is_doubted_title(title: str, language: Language) -> bool:
    """Was it made by ``doubted_title``?"""
    return title.startswith(_DOUBT[language])


def numbers_of(numbers: Sequence[int], language: Language) -> str:
    """ "line 4", "lines 4, 5 and 9", "第 4、5、9 行"."""
    if language == "zh":
        return f"第 {'、'.join(map(str, numbers))} 行"
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    return f"lines {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def many_times(says: str, times: int, language: Language) -> str:
    """A clause with how often it is true; as it stands when that is once."""
    if times < 2:
        return says
    return f"{says}, {times} times" if language == "en" else f"{says}（{times} 次）"


def sentence_of(number: int, says: str, quote: str, language: Language) -> str:
    """The sentence that carries an explanation: where, what, and the words themselves."""
    if language == "zh":
        return f"第 {number} 行表明{says}：“{quote}”。"
    return f"Line {number}: {says}: “{quote}”."


def also_sentence(numbers: Sequence[int], language: Language) -> str:
    """Further lines that say the same; "" if there are none."""
    if not numbers:
        return ""
    if language == "zh":
        return f"{numbers_of(numbers, language)}也有同样的表现。"
    listed = numbers_of(numbers, language)
    return f"{listed[0].upper()}{listed[1:]} {'says' if len(numbers) == 1 else 'say'} the same."


def root_sentence(number: int, root: str, language: Language) -> str:
    if language == "zh":
        return f"第 {number} 行堆栈的根异常是“{root}”。"
    return f"The root exception of line {number} is “{root}”."


def named_sentence(entities: Sequence[Entity], language: Language) -> str:
    """The entities that the cited lines name; "" if none."""
    spans = [entity.span for entity in entities[:MAX_NAMED]]
    if not spans:
        return ""
    return f"涉及：{'、'.join(spans)}。" if language == "zh" else f"Named there: {', '.join(spans)}."


def beside_sentence(number: int, says: str, category: Category, language: Language) -> str:
    """Another category that the window shows as well."""
    name = TAXONOMY[category].name[language]
    if language == "zh":
        return f"第 {number} 行还显示{says}（{name}）。"
    return f"Line {number} also shows that {says} ({name.lower() if name[1:2].islower() else name})."


def actions_of(category: Category, language: Language) -> tuple[Action, ...]:
    """The category's actions from the catalogue."""
    return rendered_actions(ACTIONS_FOR[category], language)


def rendered_actions(ids: Sequence[str], language: Language) -> tuple[Action, ...]:
    """Catalogue entries by id; an unknown id is left out."""
    return tuple(Action(id=key, text=ACTIONS[key][language]) for key in dict.fromkeys(ids) if key in ACTIONS)
