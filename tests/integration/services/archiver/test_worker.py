"""The archiver as a process, its last round above all."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.archiver import worker
from services.archiver.settings import ArchiverSettings
from shared.rounds import Rounds


class SlowDisk:
    """In place of ArchiveDue: the first round takes until ``is_free``."""

    is_free: threading.Event
    is_writing: threading.Event
    calls: list[bool]

    def __init__(self, *_: Any) -> None: ...

    def __call__(self, is_last: bool = False) -> int:
        self.calls.append(is_last)
        self.is_writing.set()
        self.is_free.wait(20)
        return 0

    def tidy(self, *_: Any) -> None: ...


@pytest.mark.parametrize("is_free", [True, False])
def test_the_rest_is_written_at_the_end_unless_the_last_round_still_goes(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_free: bool
) -> None:
    SlowDisk.is_free, SlowDisk.is_writing, SlowDisk.calls = threading.Event(), threading.Event(), []
    stop = Rounds.stop
    monkeypatch.setattr(worker, "ArchiveDue", SlowDisk)
    monkeypatch.setattr(Rounds, "stop", lambda rounds: stop(rounds, 5.0 if is_free else 0.1))
    if is_free:
        SlowDisk.is_free.set()
    settings = ArchiverSettings(redis_url=SecretStr(redis_url), directory=tmp_path, drift_every_s=0)
    stopped = threading.Event()
    running = threading.Thread(target=worker._run, args=(settings, stopped))
    running.start()
    assert SlowDisk.is_writing.wait(20)
    stopped.set()
    running.join(1.0 if not is_free else 20)
    is_over = not running.is_alive()
    SlowDisk.is_free.set()
    running.join()
    assert is_over
    assert (True in SlowDisk.calls) == is_free
