"""Whom a line is about: addresses, ids, users and paths, as numbers that only say which lines share one.

Masking takes them out of templates; a graph model links the events of a window by them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

PER_EVENT = 3
LinkedEvent = tuple[str, tuple[int, ...]]
LinkedWindow = tuple[LinkedEvent, ...]
_SUBJECT = re.compile(
    r"""(?ix)
    (?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])
    | (?<![\w-])[a-z]+[_-]-?\d{3,}
    | (?<!\w)(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}(?!\w)
    | (?<![\w.-])\d{5,}(?![\w.])
    | (?<=\buser[ =:])[\w.@-]+
    | (?<![\w.:/])/[\w.+-]+(?:/[\w.+-]+)+"""
)
_LONGEST_READ = 2_000


def link(templates: Sequence[str], messages: Sequence[str]) -> LinkedWindow:
    """Each event's template with the numbers of up to three subjects that another event of the window shares.

    Numbers count from 1 in the order of the window, so that windows that differ in names alone are equal.
    """
    named = [list(dict.fromkeys(_SUBJECT.findall(message[:_LONGEST_READ]))) for message in messages]
    shared = Counter(name for names in named for name in names)
    numbers: dict[str, int] = {}
    window = []
    for template, names in zip(templates, named, strict=True):
        kept = [name for name in names if shared[name] > 1][:PER_EVENT]
        window.append((template, tuple(numbers.setdefault(name, len(numbers) + 1) for name in kept)))
    return tuple(window)
