from __future__ import annotations

from dataclasses import replace

from bench_cases import events_of

from loglynx.bench.detectors.severity_words import SeverityWords
from shared.core.records import Level


def test_the_worst_line_counts_by_its_words_and_its_level() -> None:
    (plain,) = events_of("block received")
    (bad,) = events_of("kernel panic")
    window = (plain, bad, plain)
    strangeness, lines = SeverityWords().score([window, (plain,), (replace(plain, level=Level.ERROR),)])
    assert strangeness[0] > strangeness[2] > strangeness[1]
    assert lines is not None
    assert lines[0].argmax() == 1
    assert strangeness[0] == lines[0].max()
