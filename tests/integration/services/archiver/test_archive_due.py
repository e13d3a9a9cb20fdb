"""From commits, analyses and feedback on a real Redis into Parquet, and back: once each, whatever is killed."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
from feedback_builders import a_feedback
from flag_builders import among_calm
from redis import Redis

from services.analyzer.analyze import AnalyzeDue, AnalyzeOptions
from services.archiver import archive_due as archive_due_module
from services.archiver.archive_due import ArchiveDue
from shared.archive.layout import partitions
from shared.archive.reader import ArchiveReader
from shared.archive.retention import delete_stream, prune, stored
from shared.archive.schema import DataSet
from shared.core.feedback import FeedbackScope, FeedbackVerdict
from shared.core.records import Event, Flag, Level, Verdict, VerdictState
from shared.core.windowing import EventRef, FoldState, WindowRule, advance
from shared.store import keyspace
from shared.store.blocks import Block
from shared.store.claims import Outcome
from shared.store.connection import connect
from shared.store.feedback import Feedbacks
from shared.store.flags import FlagInbox
from shared.store.incidents import Incident, Incidents
from shared.store.ledger import Ledger, LedgerLimits
from shared.store.outbox import ArchiveWanted, Outboxes, encode_events
from shared.store.pushes import Push, StreamPart

FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def today() -> date:
    return datetime.now(UTC).date()


def archiver(redis: Redis, root: Path, write_every_s: float = 0.0) -> ArchiveDue:
    Outboxes(redis).want()
    return ArchiveDue(Outboxes(redis), root, now_ms, write_every_s, 2**20)


def commit(redis: Redis, stream: str, lines: list[str], rule: str = "fixed:5", **limits: int) -> list[str]:
    """Push ``lines`` and commit a verdict on each window that closes, as the detector does; the windows' ids."""
    ledger = Ledger(redis, LedgerLimits(**limits))
    block = Block(now_ms(), lines, [1] * len(lines))
    ledger.accept_push(Push(parts=[StreamPart(stream, rule, block)], lines=len(lines)), now_ms())
    (claim,) = ledger.claim(now_ms(), 10_000, 10_000, 1)
    refs = [EventRef(claim.folded + n, 0, None) for n in range(len(lines))]
    windows, state = advance(WindowRule.parse(claim.rule), claim.state, refs)
    texts = dict(zip(range(claim.folded, claim.folded + len(lines)), lines, strict=True))
    events = [
        [Event(texts[seq], texts[seq].split(": ", 1)[-1], 1_000 + seq, Level.INFO, "app") for seq in w.seqs]
        for w in windows
    ]
    verdicts = [
        Verdict(
            w.window_id, stream, w.seqs, VerdictState.NORMAL, 0.25, 1.5, 5.0, "m1", 3, {"head": 0.5, "knn": 0.25},
            tuple(float(seq) for seq in w.seqs),
        )
        for w in windows
    ]  # fmt: skip
    assert isinstance(state, FoldState)
    archived = encode_events(windows, events)
    assert ledger.commit(claim, Outcome(state, verdicts, archived=archived), now_ms())
    return [w.window_id for w in windows]


def read(root: Path) -> list[Any]:
    return list(ArchiveReader(root).windows(FIRST, LAST))


def lines_of(count: int, first: int = 0) -> list[str]:
    return [f"2026-01-01 app: request {n} served in {n} ms" for n in range(first, first + count)]


def test_scored_windows_come_back_as_they_were(redis_client: Redis, tmp_path: Path) -> None:
    due = archiver(redis_client, tmp_path)
    ids = commit(redis_client, "web", lines_of(10))
    assert due() == 1
    first, second = read(tmp_path)
    assert [first.window_id, second.window_id] == ids
    assert (first.state, first.score, first.threshold, first.model_version, first.baseline_version) == (
        "normal", 0.25, 5.0, "m1", 3,
    )  # fmt: skip
    assert dict(first.p_values) == {"head": 0.5, "knn": 0.25}
    line = second.lines[1]
    assert (line.seq, line.text, line.level, line.source, line.time_ms, line.surprise) == (
        6, "2026-01-01 app: request 6 served in 6 ms", "info", "app", 1006, 6.0,
    )  # fmt: skip
    assert line.template == "request <NUM> served in <DUR>" or "6" not in line.template
    assert redis_client.xlen(keyspace.ARCHIVE_WINDOWS) == 0
    assert redis_client.get(keyspace.ARCHIVE_BYTES) == b"0"
    as_people_read_it = ds.dataset(tmp_path / "windows", format="parquet", partitioning="hive").to_table().to_pylist()
    assert {row["stream"] for row in as_people_read_it} == {"web"}
    assert str(as_people_read_it[0]["day"]) == today().isoformat()


def test_windows_that_slide_share_their_lines_on_the_way(redis_client: Redis, tmp_path: Path) -> None:
    due = archiver(redis_client, tmp_path)
    commit(redis_client, "web", lines_of(30), "sliding:10:1")
    due()
    windows = read(tmp_path)
    assert len(windows) == 21
    assert all([line.seq for line in w.lines] == list(range(w.first_seq, w.last_seq + 1)) for w in windows)


def test_without_an_archiver_nothing_waits_and_with_a_full_outbox_it_is_counted(redis_client: Redis) -> None:
    commit(redis_client, "web", lines_of(10))
    assert not redis_client.exists(keyspace.ARCHIVE_WINDOWS)
    assert not ArchiveWanted(redis_client)(now_ms())
    Outboxes(redis_client).want()
    assert ArchiveWanted(redis_client)(now_ms())
    commit(redis_client, "web", lines_of(10))
    size = int(redis_client.get(keyspace.ARCHIVE_BYTES) or 0)
    assert size > 0
    commit(redis_client, "web", lines_of(10), archive_bytes=size)
    assert redis_client.xlen(keyspace.ARCHIVE_WINDOWS) == 1
    assert Ledger(redis_client).totals()["archive_full"] == 2
    assert Ledger(redis_client).totals()["windows"] == 6  # scored all the same


def test_small_batches_wait_to_become_one_file(redis_client: Redis, tmp_path: Path) -> None:
    due = archiver(redis_client, tmp_path, write_every_s=3600)
    commit(redis_client, "web", lines_of(5))
    assert due() == 0
    commit(redis_client, "web", lines_of(5))
    assert due(is_last=True) == 2
    (entry,) = stored(tmp_path)
    assert entry.files == 1


@pytest.mark.parametrize(
    "name", ["..", "../../../etc/cron.d/x", "/etc/passwd", "a/../../b", ".", "-", "@:_", "/" * 128, "x" * 128]
)
def test_no_stream_leaves_the_archive(redis_client: Redis, tmp_path: Path, name: str) -> None:
    root = tmp_path / "deep" / "archive"
    due = archiver(redis_client, root)
    commit(redis_client, name, lines_of(5))
    commit(redis_client, "other", lines_of(5))
    due()
    (partition,) = [p for p in partitions(root, DataSet.WINDOWS) if p.folder != "stream=other"]
    assert len(partition.path(root).relative_to(root).parts) == 3
    assert {p.relative_to(tmp_path).parts[0] for p in tmp_path.rglob("*.parquet")} == {"deep"}
    assert partition.path(root).resolve().is_relative_to(root.resolve())
    assert {w.stream for w in read(root)} == {name, "other"}
    assert [w.stream for w in ArchiveReader(root, [name]).windows(FIRST, LAST)] == [name]
    assert len(delete_stream(root, name)) == 1
    assert {w.stream for w in read(root)} == {"other"}


class Killed(BaseException):
    """As kill -9 would leave it: nothing after this runs."""


@pytest.mark.parametrize("step", ["read", "first file", "second file", "all files", "dropped"])
def test_killed_at_any_step_nothing_is_lost_or_doubled(
    redis_client: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    due = archiver(redis_client, tmp_path)
    ids = commit(redis_client, "web", lines_of(10)) + commit(redis_client, "db", lines_of(10))
    written: list[object] = []
    write, drop = archive_due_module.write_rows, Outboxes.drop

    def write_or_die(*arguments: Any) -> Path:
        if step == "read" or (step == "second file" and len(written) == 1):
            raise Killed
        written.append(path := write(*arguments))
        if step == "first file":
            raise Killed
        return path

    def drop_or_die(self: Outboxes, batch: Any) -> int:
        if step == "dropped":
            drop(self, batch)
        raise Killed

    monkeypatch.setattr(archive_due_module, "write_rows", write_or_die)
    monkeypatch.setattr(Outboxes, "drop", drop_or_die)
    with pytest.raises(Killed):
        due()
    monkeypatch.undo()
    ids += commit(redis_client, "web", lines_of(10))  # life goes on before the next start
    archiver(redis_client, tmp_path)()
    files = {p: len(p.files(tmp_path)) for p in partitions(tmp_path, DataSet.WINDOWS)}
    rows = ds.dataset(tmp_path / "windows", format="parquet").to_table().column("window_id").to_pylist()
    assert sorted(rows) == sorted(ids), files  # not even the raw files hold a row twice


def archive_for_ever(url: str, root: Path) -> None:
    due = ArchiveDue(Outboxes(connect(url)), root, now_ms, 0.0, 4_000)
    while True:
        due()


def test_kill_9_again_and_again(redis_client: Redis, redis_url: str, tmp_path: Path) -> None:
    Outboxes(redis_client).want()
    context = multiprocessing.get_context("fork")
    ids: list[str] = []
    kills = 0
    until = time.monotonic() + 4
    while kills <= 10 or time.monotonic() < until:  # more than ten, however slow the machine is
        process = context.Process(target=archive_for_ever, args=(redis_url, tmp_path))
        process.start()
        for stream in ("a", "b", "c"):
            ids += commit(redis_client, stream, lines_of(50))
        time.sleep(0.02 * (kills % 7))
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        kills += 1
    archiver(redis_client, tmp_path)(is_last=True)
    rows = ds.dataset(tmp_path / "windows", format="parquet", exclude_invalid_files=False)
    kept = rows.to_table().column("window_id").to_pylist()
    assert sorted(kept) == sorted(ids)
    archiver(redis_client, tmp_path).tidy(today(), 90, 10**12)
    assert not list(tmp_path.rglob(".draft*"))


def a_judged_incident(redis: Redis, stream: str = "app") -> tuple[Incident, Flag]:
    flag = among_calm("ERROR store - No space left on device: /data", stream=stream, flagged_at_ms=now_ms())
    from shared.store.flag_records import encode_flag

    redis.set(keyspace.flag(flag.window_id), encode_flag(flag))
    redis.zadd(keyspace.FLAGS_DUE, {flag.window_id: 0})
    incidents = Incidents(redis)
    AnalyzeDue(FlagInbox(redis), incidents, None, None, AnalyzeOptions(), now_ms, Feedbacks(redis))()
    incident_id = incidents.of_window(flag.window_id)
    assert incident_id
    return incidents.get(incident_id), flag


def test_feedback_and_the_windows_it_is_about_outlive_redis(redis_client: Redis, tmp_path: Path) -> None:
    due = archiver(redis_client, tmp_path, write_every_s=0)
    incident, flag = a_judged_incident(redis_client)
    feedback = Feedbacks(redis_client)
    said = a_feedback(incident, FeedbackVerdict.WRONG_CLASS, category="hardware_error", note="the controller")
    feedback.give(said, now_ms(), 10)
    due()
    redis_client.flushdb()
    (labelled,) = ArchiveReader(tmp_path).labelled(FIRST, LAST)
    assert (labelled.is_anomaly, labelled.category, labelled.is_direct) == (True, "hardware_error", True)
    assert [line.text for line in labelled.window.lines] == [event.text for event in flag.events]
    assert (labelled.window.category, labelled.window.incident_id) == ("disk_full", incident.incident_id)
    assert labelled.feedback is not None and labelled.feedback.note == "the controller"
    prune(tmp_path, LAST, 1, 0)
    assert len(list(ArchiveReader(tmp_path).labelled(FIRST, LAST))) == 1  # labels are kept


def test_a_label_that_was_taken_back_says_nothing(redis_client: Redis, tmp_path: Path) -> None:
    due = archiver(redis_client, tmp_path)
    incident, _ = a_judged_incident(redis_client)
    feedback = Feedbacks(redis_client)
    kept, _ = feedback.give(a_feedback(incident), now_ms(), 10)
    due()
    (before,) = ArchiveReader(tmp_path).labelled(FIRST, LAST)
    feedback.undo(kept.feedback_id, now_ms(), "ann")
    due()
    (after,) = ArchiveReader(tmp_path).labelled(FIRST, LAST)
    assert (before.is_anomaly, after.is_anomaly) == (False, None)
    (state,) = ArchiveReader(tmp_path).feedback()
    assert state.undone_by == "ann"


def test_missed_lines_label_the_window_that_holds_them(redis_client: Redis, tmp_path: Path) -> None:
    due = archiver(redis_client, tmp_path)
    commit(redis_client, "web", lines_of(10))
    incident = a_judged_incident(redis_client, "elsewhere")[0]
    missed: Callable[..., Any] = lambda *lines, **facts: a_feedback(  # noqa: E731
        incident, FeedbackVerdict.MISSED, FeedbackScope.WINDOW, lines=lines, **facts
    )
    from dataclasses import replace

    said = [missed("2026-01-01 app: request 7 served in 7 ms"), missed("never seen")]
    for feedback in said:
        about = replace(feedback, stream="web", incident_id="", windows=(), signature="", templates=())
        Feedbacks(redis_client).give(about, now_ms(), 10)
    due()
    found = [w for w in ArchiveReader(tmp_path, ["web"]).labelled(FIRST, LAST) if w.is_anomaly]
    assert [[line.seq for line in w.window.lines] for w in found] == [[5, 6, 7, 8, 9], [0]]
    assert found[1].window.lines[0].text == "never seen"


def test_days_are_made_one_file_each_and_go_when_they_are_old(redis_client: Redis, tmp_path: Path) -> None:
    due = archiver(redis_client, tmp_path)
    for _ in range(3):
        commit(redis_client, "web", lines_of(5))
        due()
    (entry,) = stored(tmp_path)
    assert entry.files == 3
    before = read(tmp_path)
    (entry.partition.path(tmp_path) / ".draft-x.parquet").write_bytes(b"half")
    tomorrow = date.fromordinal(today().toordinal() + 1)
    due.tidy(tomorrow, 90, 10**12)
    (entry,) = stored(tmp_path)
    assert (entry.files, read(tmp_path)) == (1, before)
    assert not list(tmp_path.rglob(".draft*"))
    assert prune(tmp_path, tomorrow, 1, 10**12) == []
    assert len(prune(tmp_path, tomorrow, 1, entry.size_bytes - 1)) == 1
    assert stored(tmp_path) == []


def test_a_damaged_file_ends_neither_retention_nor_the_care_for_others(redis_client: Redis, tmp_path: Path) -> None:
    due = archiver(redis_client, tmp_path)
    for stream in ("a", "b", "c"):
        commit(redis_client, stream, lines_of(5))
        commit(redis_client, stream, lines_of(5))
        due()
        commit(redis_client, stream, lines_of(5))
        due()
    a, b, c = (p.partition for p in stored(tmp_path))
    shutil.copytree(c.path(tmp_path), tmp_path / "windows" / "day=2026-01-01" / c.folder)
    a.files(tmp_path)[0].write_bytes(b"PAR1 damaged")
    due.tidy(date.fromordinal(today().toordinal() + 1), 90, 10**12)
    assert [(s.partition, s.files) for s in stored(tmp_path)] == [(a, 2), (b, 1), (c, 1)]


def test_a_noted_batch_that_is_gone_blocks_nothing(redis_client: Redis, tmp_path: Path) -> None:
    """Two rounds at once: one notes the batch's end after the other has dropped the batch."""
    due = archiver(redis_client, tmp_path)
    ids = commit(redis_client, "web", lines_of(5))
    batch = Outboxes(redis_client).read("windows", 2**20)
    due()
    assert batch is not None
    redis_client.hset(keyspace.ARCHIVE_BATCH, "windows", batch.last_id)
    ids += commit(redis_client, "web", lines_of(5))
    due()
    due()
    assert [window.window_id for window in read(tmp_path)] == ids
