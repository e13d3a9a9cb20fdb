"""Which flags are the same trouble.

A signature is made of the stream, the category and the templates of the cited and most surprising lines: the same
trouble tomorrow has the same signature. Windows next to each other rarely cite exactly the same templates, so a new
flag first looks for an incident of its stream that is still warm (see ``incident_for``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.analyzer.novelty import most_surprising
from services.analyzer.schemas import Analysis
from shared.core.records import Flag
from shared.core.taxonomy import Category
from shared.store.keyspace import SEQUENCE_PREFIX

MAX_KEY_TEMPLATES = 3
MERGE_WITHIN_MS = 5 * 60_000
# Categories that say little about the cause: they join a neighbour that says more, whatever its category.
VAGUE = frozenset((
    Category.UNKNOWN, Category.NEW_BEHAVIOUR, Category.MISSING_EVENTS, Category.VOLUME_CHANGE,
    Category.APPLICATION_ERROR, Category.BENIGN,
))  # fmt: skip
_VARIABLE = re.compile(r"<[A-Za-z_]{1,12}>|\d+|\s+")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What decides where a flag belongs.

    stream     its name; SEQUENCE_PREFIX for every self-contained sequence
    templates  ids of the key lines     first_seq, last_seq  its events     at_ms  when it was flagged
    event_ms   time stamp of its last event, None when its lines carry none
    """

    stream: str
    category: Category
    templates: frozenset[str]
    first_seq: int
    last_seq: int
    at_ms: int
    event_ms: int | None = None

    @property
    def signature(self) -> str:
        """16 hex digits of SHA-256."""
        text = "\n".join((self.stream, self.category.value, *sorted(self.templates)))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def is_sequence(self) -> bool:
        """Self-contained sequences share a stream name here, but no positions and no neighbours."""
        return self.stream == SEQUENCE_PREFIX

    @property
    def incident_id(self) -> str:
        return "i" + self.signature


def trouble_of(flag: Flag, analysis: Analysis) -> Trouble:
    """What the flag and its first reading say about where it belongs."""
    cited = [event for event in flag.events if event.number in analysis.evidence]
    key_events = sorted(cited, key=lambda event: (-event.surprise, event.number)) or most_surprising(flag)
    templates = dict.fromkeys(_template_id(event.template or event.text) for event in key_events)
    times = [event.timestamp_ms for event in flag.events if event.timestamp_ms is not None]
    seqs = flag.verdict.seqs
    stream = flag.verdict.stream
    return Trouble(
        SEQUENCE_PREFIX if stream.startswith(SEQUENCE_PREFIX) else stream,
        analysis.category,
        frozenset(list(templates)[:MAX_KEY_TEMPLATES]),
        seqs[0] if seqs else 0,
        seqs[-1] if seqs else 0,
        flag.flagged_at_ms,
        max(times, default=None),
    )


def incident_for(trouble: Trouble, warm: Sequence[tuple[str, Trouble]]) -> str:
    """Id of the incident that ``trouble`` belongs to: one of ``warm`` (the stream's recent ones), else its own.

    It joins a warm incident when both are near in time and
    - they share a key template and the category, or
    - their windows overlap or touch, and they share a template, the category, or one of them is vague.
    The nearest by position wins. Its own signature wins over all: the same trouble is the same incident.
    """
    own = trouble.incident_id
    if any(incident_id == own for incident_id, _ in warm):
        return own
    joined = [
        (abs(trouble.last_seq - other.last_seq), incident_id)
        for incident_id, other in warm
        if _belongs(trouble, other)
    ]
    return min(joined)[1] if joined else own


def _belongs(one: Trouble, other: Trouble) -> bool:
    if one.stream != other.stream or one.is_sequence or not _is_near(one, other):
        return False
    shares_template = bool(one.templates & other.templates)
    same_category = one.category is other.category
    if shares_template and same_category:
        return True
    is_vague = one.category in VAGUE or other.category in VAGUE
    return _touches(one, other) and (shares_template or same_category or is_vague)


def _is_near(one: Trouble, other: Trouble) -> bool:
    """Within five minutes of each other, by arrival and (where the lines carry times) by the lines' own clock."""
    if abs(one.at_ms - other.at_ms) > MERGE_WITHIN_MS:
        return False
    if one.event_ms is None or other.event_ms is None:
        return True
    return abs(one.event_ms - other.event_ms) <= MERGE_WITHIN_MS


def _touches(one: Trouble, other: Trouble) -> bool:
    """Overlapping, or at most one window's length between them."""
    gap = max(one.first_seq - other.last_seq, other.first_seq - one.last_seq)
    return gap <= max(one.last_seq - one.first_seq + 1, 1)


def _template_id(template: str) -> str:
    """12 hex digits; numbers and masks left in the template do not count."""
    plain = _VARIABLE.sub(" ", template.split("\n", maxsplit=1)[0]).strip()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:12]
