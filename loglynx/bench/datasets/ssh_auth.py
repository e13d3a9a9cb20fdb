"""SSH: a public host's auth log under everyday brute force, without labels: a rule stands in for them."""

from __future__ import annotations

import re
from pathlib import Path

from loglynx.bench.cutting import fixed
from loglynx.bench.datasets.source import Source, read_lines
from loglynx.bench.stream_events import parse_stream
from loglynx.bench.task import Case, Task

_FILE = "ssh_auth/auth_ec2.log.gz"
_SIZE, _FIT_SHARE = 20, 0.5
_RULE = re.compile(r"Invalid user|Failed password")
_NOTE = (
    "no labels: windows with 'Invalid user' or 'Failed password' count as anomalous, and they are in training too; "
    "on a public host they are everyday life, so a low score here is no fault of a detector"
)


def ssh_auth(data_dir: Path) -> Task:
    lines = read_lines(data_dir / _FILE)
    events, wrong = parse_stream(lines), [_RULE.search(line) is not None for line in lines]
    end = int(_FIT_SHARE * len(lines))
    fit = tuple(Case(case.events) for case in fixed(_SIZE).cases(events[:end]))
    test = fixed(_SIZE).cases(events[end + _SIZE :], wrong[end + _SIZE :])
    return Task("ssh-auth", "stream", fit, tuple(test), "unlabelled", _NOTE)


SOURCES = {"ssh-auth": Source((_FILE,), ssh_auth)}
