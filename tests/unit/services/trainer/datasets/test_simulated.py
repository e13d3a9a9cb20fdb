"""A simulated system comes as its normal life and as another run in which things break."""

from __future__ import annotations

from services.trainer.datasets.simulated import breaking_stream, simulated_stream, synthetic_streams
from services.trainer.datasets.streams import TemplateBook


def test_normal_life_has_no_fault_and_the_broken_run_has() -> None:
    stream = breaking_stream("nginx", 4, 600, TemplateBook())
    assert not stream.events.wrong.any()
    assert stream.faults is not None
    assert 0 < stream.faults.wrong.sum() < len(stream.faults)


def test_the_same_seed_gives_the_same_stream() -> None:
    one, other = (simulated_stream("sshd", 2, 200, TemplateBook(), 0.1).events for _ in range(2))
    assert one.kind.tolist() == other.kind.tolist() and one.wrong.tolist() == other.wrong.tolist()


def test_made_up_systems_share_no_name() -> None:
    streams = synthetic_streams(0, 3, 120, TemplateBook())
    assert len({stream.name for stream in streams}) == 3
