"""The models that ship: they load, they are small, and they read what anybody would."""

from __future__ import annotations

import pytest
from embedded_checks import answered
from flag_builders import among_calm

from services.analyzer.embedded.engine import EmbeddedEngine
from services.analyzer.embedded.loading import load_engine
from services.analyzer.line_model import shipped_line_model

MOST_BYTES = 20 * 1024 * 1024


@pytest.fixture(scope="module")
def engine() -> EmbeddedEngine:
    return load_engine(shipped_line_model())


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in shipped_line_model().rglob("*") if path.is_file()) < MOST_BYTES


def test_the_language_model_is_among_them_and_counts(engine: EmbeddedEngine) -> None:
    assert engine._readers.language is not None
    assert engine._readers.mix.evidence[0] > 0.0
    assert engine._readers.mix.category[0] > 0.0


@pytest.mark.parametrize(
    ("line", "category"),
    [
        ("ERROR store - write of /var/lib/app/7.seg failed: No space left on device", "disk_full"),
        ("ERROR cart - connection refused: 10.3.4.5:6379 after 3 tries", "connection_failure"),
        ("ERROR 购物车 - 连接 10.3.4.5:6379 被拒绝，已重试 3 次", "connection_failure"),
        ("ERROR java.lang.OutOfMemoryError: Java heap space", "memory_exhausted"),
    ],
)
def test_plain_trouble_is_read_as_what_it_is(engine: EmbeddedEngine, line: str, category: str) -> None:
    flag = among_calm(line)
    analysis = answered(engine, flag)
    number = next(event.number for event in flag.events if event.text == line)
    assert (analysis.category, number in analysis.evidence, analysis.verified) == (category, True, True)
