"""Do two lines speak of the same thing? Asked before a line that reports a recovery may excuse another's trouble.

Whoever can write into one field of a log could otherwise excuse everything by "all is well again". Lines are kin when
they have the same source or component ("cart - …"), or share a word that is more than plain language: a name, an
address, an id, three Chinese characters in a row. Pure.
"""

from __future__ import annotations

import re

from services.analyzer.plain_english import is_plain
from shared.core.records import FlaggedEvent

MIN_HAN_RUN = 3
MAX_CHARS = 1_000
_LEVELS = frozenset("trace debug info notice warn warning error fatal critical emerg".split())  # noqa: SIM905
_TOKEN = re.compile(r"[A-Za-z0-9_][\w.:/@-]*[A-Za-z0-9_]", re.ASCII)
_COMPONENT = re.compile(r".{0,100}?([^\s\[\]:]{2,60})(?: - |\[\d{1,9}\]: |: )")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_TIME_OR_NUMBER = re.compile(r"[\d.,:/TZ+-]+")


def are_kin(one: FlaggedEvent, other: FlaggedEvent) -> bool:
    """True if the two lines are about the same source, name or thing."""
    if one.number == other.number or (one.source and one.source == other.source):
        return True
    component = _component(one.text)
    return bool(component and component == _component(other.text)) or bool(_things(one.text) & _things(other.text))


def _component(text: str) -> str:
    """The word before the first " - " or ": " of a line's head, "" if there is none."""
    match = _COMPONENT.match(text)
    return match[1].casefold() if match else ""


def _things(text: str) -> set[str]:
    """What a line names, folded: tokens that are no plain word, level or bare number, and runs of Chinese."""
    head = text[:MAX_CHARS]
    tokens = {token.casefold() for token in _TOKEN.findall(head)}
    things = {token for token in tokens if not (_is_bare_number(token) or token in _LEVELS or is_plain(token))}
    for run in _HAN_RUN.findall(head):
        things |= {run[at : at + MIN_HAN_RUN] for at in range(len(run) - MIN_HAN_RUN + 1)}
    return things


def _is_bare_number(token: str) -> bool:
    """A date, a time or a count; an IPv4 address is none."""
    return _TIME_OR_NUMBER.fullmatch(token.upper()) is not None and token.count(".") < 3
