"""Access logs: a public site's ordinary traffic, and two vulnerability scanners at work on other sites.

Address, date, referrer and user agent tell the recordings apart: they are made the same before anything else sees the
lines, and time is dropped.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from loglynx.bench.cutting import fixed
from loglynx.bench.datasets.source import Source, read_lines
from loglynx.bench.stream_events import parse_stream
from loglynx.bench.task import Case, Task

_TRAFFIC = "web_access/real_traffic_apache_part1.log.gz"
_ATTACKS = ("web_access/attack_acunetix.log.gz", "web_access/attack_netsparker.log.gz")
_SIZE, _FIT_SHARE = 20, 0.7
_BLOCK, _ATTACK_BLOCK = 10, 3  # normal windows, then anomalous ones, and so on
_NOTE = (
    "the attacked sites are not the site of the traffic, so that their paths alone are new: easy; the traffic is not "
    "cleaned and has ordinary bots; windows are labelled, not lines"
)
_TELLING = re.compile(r'^\S+ (\S+ \S+) \[([^\]]*)\] ("(?:[^"\\]|\\.)*" \S+ \S+)')
_STAMP = re.compile(r"\[(\d\d)/(\w{3})/(\d{4}):([\d:]+) ")
_SAME = "[22/Dec/2016:12:00:00 +0000]"


def hide_origin(line: str) -> str:
    """The request, the status and the size; everything else is the same for all lines."""
    match = _TELLING.match(line)
    return f"10.0.0.1 - - {_SAME} {match[3]}" if match else ""


def web_attacks(data_dir: Path) -> Task:
    lines = read_lines(data_dir / _TRAFFIC)
    end = int(_FIT_SHARE * len(lines))
    fit, normal = _windows(lines[:end]), _windows(lines[end + _SIZE :])
    blocks = range(0, len(normal), _BLOCK)
    attacks = [_evenly(_windows(_by_time(read_lines(data_dir / file))), len(blocks)) for file in _ATTACKS]
    test: list[Case] = []
    episodes = []
    for number, begin in enumerate(blocks):
        test += normal[begin : begin + _BLOCK]
        block = attacks[number % len(attacks)][number]
        episodes.append((len(test), len(test) + len(block)))
        test += (Case(case.events, True) for case in block)
    return Task("web-attacks", "stream", tuple(fit), tuple(test), note=_NOTE, episodes=tuple(episodes))


def _windows(lines: list[str]) -> list[Case]:
    hidden = [text for line in lines if (text := hide_origin(line))]
    return fixed(_SIZE).cases([replace(event, timestamp_ms=None) for event in parse_stream(hidden)])


def _by_time(lines: list[str]) -> list[str]:
    """Scanners' logs are not in order; all their lines are of one day."""
    return sorted(lines, key=lambda line: match[4] if (match := _STAMP.search(line)) else "")


def _evenly(windows: list[Case], blocks: int) -> list[list[Case]]:
    """``blocks`` runs of neighbouring windows from all over the attack."""
    starts = [at * max(len(windows) - _ATTACK_BLOCK, 0) // max(blocks - 1, 1) for at in range(blocks)]
    return [windows[start : start + _ATTACK_BLOCK] for start in starts]


SOURCES = {"web-attacks": Source((_TRAFFIC, *_ATTACKS), web_attacks)}
