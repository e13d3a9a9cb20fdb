"""The demonstration keeps its promises to ``loglynx demo``."""

from __future__ import annotations

import pytest

from services.trainer.datasets.simulators.demo import LINES_PER_STREAM, NORMAL_LINES, demo_manifest, demo_stream


@pytest.mark.parametrize("seed", [0, 7])
def test_every_stream_lives_normally_before_it_breaks(seed: int) -> None:
    lines = demo_stream(seed)
    manifest = demo_manifest(lines)
    assert len(lines) == 3 * LINES_PER_STREAM
    assert len({stream for stream, _ in lines}) == 3
    assert min(planted.first_line for planted in manifest) >= NORMAL_LINES
    first_fault = next(i for i, (_, line) in enumerate(lines) if line.fault)
    assert first_fault >= 3 * 2_000
    times = [line.timestamp_ms for _, line in lines]
    assert times == sorted(times)


@pytest.mark.parametrize("seed", [0, 7])
def test_manifest_covers_exactly_the_marked_lines(seed: int) -> None:
    lines = demo_stream(seed)
    manifest = demo_manifest(lines)
    assert len(manifest) == 6
    for planted in manifest:
        own = [line for stream, line in lines if stream == planted.stream]
        assert own[planted.first_line].fault == own[planted.last_line].fault == planted.fault
        assert planted.last_line < len(own) - 5, "the fault must end before the stream does"
        outside = own[: planted.first_line] + own[planted.last_line + 1 :]
        assert all(line.fault != planted.fault for line in outside)
        assert planted.zh and planted.en


def test_demo_speaks_both_languages() -> None:
    lines = demo_stream(1)
    chinese = {stream for stream, line in lines if any("\u4e00" <= c <= "\u9fff" for c in line.text)}
    assert chinese == {"orders-zh"}
