from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from services.trainer.datasets.recorded import (
    load,
    read_recording,
    recorded_faulty,
    recorded_streams,
    recorded_systems,
)
from services.trainer.datasets.recorded.lab import RecordedLine
from services.trainer.datasets.streams import TemplateBook


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(load, "DATA", tmp_path)
    read_recording.cache_clear()
    yield tmp_path
    read_recording.cache_clear()


def a_recording(normal: int = 300) -> list[RecordedLine]:
    calm = [
        RecordedLine("door", "normal", f"2026-11-27 10:00:{n % 60:02d} INFO opened door {n}") for n in range(normal)
    ]
    broken = [
        RecordedLine("door", "fault:jam", "2026-11-27 11:00:00 INFO opened door 7"),
        *[RecordedLine("door", "fault:jam", f"2026-11-27 11:00:0{n} ERROR door {n} is jammed") for n in range(5)],
    ]
    return calm + broken + calm[:100]


def test_what_is_written_is_read_again(shelf: Path) -> None:
    load.write_recording(shelf / "house.jsonl.gz", a_recording())
    assert recorded_systems() == ("house",)
    run = recorded_faulty("door")
    assert len(run.lines) == len(run.phases) == 406
    assert run.lines[301].endswith("door 0 is jammed")
    assert run.phases[301] == "fault:jam"


def test_only_what_normal_life_never_wrote_is_wrong(shelf: Path) -> None:
    load.write_recording(shelf / "house.jsonl.gz", a_recording())
    (stream,) = recorded_streams(TemplateBook())
    assert len(stream.events) == 400
    assert not stream.events.wrong.any()
    assert stream.faults is not None
    assert int(stream.faults.wrong.sum()) == 5  # not the door that opened meanwhile
    assert len(stream.faults) == 60 + 6 + 60


def test_an_id_that_no_one_saw_before_is_not_wrong(shelf: Path) -> None:
    lines = [RecordedLine("git", "normal", f"[main c0ffe{n % 9}] committed") for n in range(300)]
    lines += [
        RecordedLine("git", "fault:x", "[main 8badf0] committed"),
        RecordedLine("git", "fault:x", "fatal: no disk"),
    ]
    load.write_recording(shelf / "git.jsonl.gz", lines)
    (stream,) = recorded_streams(TemplateBook())
    assert stream.faults is not None
    assert int(stream.faults.wrong.sum()) == 1


def test_failures_hold_each_template_a_few_times_and_unmarked(shelf: Path) -> None:
    load.write_recording(shelf / "house.jsonl.gz", a_recording())
    book = TemplateBook()
    (stream,) = recorded_streams(book)
    assert stream.failures is not None
    assert len(stream.failures) == 3
    assert not stream.failures.wrong.any()
    assert "is jammed" in book.templates[int(stream.failures.kind[0])]
    assert not set(stream.failures.kind.tolist()) & set(stream.events.kind.tolist())


def test_a_stream_that_hardly_speaks_is_left_out(shelf: Path) -> None:
    load.write_recording(shelf / "house.jsonl.gz", a_recording(normal=50)[:56])
    assert recorded_streams(TemplateBook()) == []


def test_systems_can_be_kept_back(shelf: Path) -> None:
    load.write_recording(shelf / "house.jsonl.gz", a_recording())
    assert recorded_streams(TemplateBook(), without=("house",)) == []


def test_unknown_stream_is_refused(shelf: Path) -> None:
    with pytest.raises(KeyError):
        recorded_faulty("cellar")


def test_committed_streams_hold_faults_and_no_marks_in_normal_life() -> None:
    book = TemplateBook()
    streams = recorded_streams(book)
    assert len({stream.name for stream in streams}) == len(streams) >= 4
    for stream in streams:
        assert not stream.events.wrong.any(), stream.name
        assert np.all(stream.events.kind < len(book)), stream.name
    broken = [stream for stream in streams if stream.faults is not None and stream.faults.wrong.any()]
    assert len(broken) >= 0.8 * len(streams)
