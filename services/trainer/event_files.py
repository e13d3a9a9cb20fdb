"""Event files that TensorBoard shows: losses, held-out figures and learning rates by step, one directory per run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tensorboardX import SummaryWriter

from services.trainer.course import Watch


@contextmanager
def event_files(directory: Path) -> Iterator[Watch]:
    """A Watch that writes into ``directory``; what was written is there when this ends, or every few seconds."""
    writer = SummaryWriter(str(directory), flush_secs=10)

    def watch(stage: str, step: int, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            writer.add_scalar(f"{stage}/{name}", value, step)

    try:
        yield watch
    finally:
        writer.close()
