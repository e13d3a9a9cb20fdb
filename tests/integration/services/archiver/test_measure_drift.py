"""Drift is measured from the archive, proposed in the ledger, and nothing else is touched."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
from archive_builders import NOON_MS, Lines, a_row, a_word, backup_lines, normal_lines, write_feedback, write_windows
from redis import Redis

from services.archiver.measure_drift import DAY_MS, measure_drift
from services.archiver.vocabulary import token_counter
from shared.artefacts.shipped import shipped_model
from shared.core.drift import DriftBounds
from shared.store import keyspace
from shared.store.drift import Drifts

NOW = NOON_MS + 3 * DAY_MS


def fill(root: Path, stream: str, late_lines: Lines, shift: float = 1.0) -> None:
    """Two hundred windows two days ago, two hundred in the last day; every tenth of these flagged."""
    p = np.random.default_rng(3).uniform(size=200) ** shift
    before = -np.log(np.random.default_rng(4).uniform(size=200))
    days_ago = [a_row(n, normal_lines(n), stream=stream, strangeness=float(before[n])) for n in range(200)]
    late = [
        a_row(
            200 + n,
            late_lines(n),
            stream=stream,
            state="flagged" if n % 10 == 0 else "normal",
            strangeness=float(-np.log(p[n])),
            scored_ms=NOW - 3_600_000 + n,
        )
        for n in range(200)
    ]
    write_windows(root, [*days_ago, *late])


def test_a_stream_as_ever_proposes_nothing(tmp_path: Path, redis_client: Redis) -> None:
    fill(tmp_path, "calm", lambda n: normal_lines(n + 1000))
    (found,) = measure_drift(tmp_path, Drifts(redis_client), DriftBounds(), NOW, token_counter(shipped_model()))
    assert found.past == ()
    assert found.measures.windows == 200
    assert found.measures.flags == 20
    assert found.measures.new_templates == 0.0
    assert found.measures.unknown_tokens is not None
    assert found.measures.unknown_tokens < 0.05


def test_each_measure_sees_its_own_kind_of_change(tmp_path: Path, redis_client: Redis) -> None:
    fill(tmp_path, "scores", normal_lines, shift=4.0)
    fill(tmp_path, "templates", lambda n: [*normal_lines(n)[:8], *backup_lines(n)[:2]])
    fill(tmp_path, "script", lambda n: ["ᚠᛇᚻ᛫ᛒᛦᚦ ᚠᚱᚩᚠᚢᚱ"] * 10)
    fill(tmp_path, "people", normal_lines)
    said = [a_word([f"people-{200 + n}"], stream="people") for n in range(0, 100, 10)]
    write_feedback(tmp_path, said, at_ms=NOW)
    measure_drift(tmp_path, Drifts(redis_client), DriftBounds(), NOW, token_counter(shipped_model()))
    past = {drift.stream: drift.past for drift in Drifts(redis_client).latest()}
    assert past == {
        "people": ("false_positives",),
        "scores": ("score_psi",),
        "script": ("new_templates", "unknown_tokens"),
        "templates": ("new_templates",),
    }


def test_a_proposal_keeps_the_time_of_its_first_and_ends_by_itself(tmp_path: Path, redis_client: Redis) -> None:
    fill(tmp_path, "web", normal_lines, shift=4.0)
    drifts = Drifts(redis_client)
    measure_drift(tmp_path, drifts, DriftBounds(), NOW)
    measure_drift(tmp_path, drifts, DriftBounds(), NOW + 1000)
    (drift,) = drifts.latest()
    assert (drift.at_ms, drift.since_ms) == (NOW + 1000, NOW)
    measure_drift(tmp_path, drifts, DriftBounds(score_psi=10.0), NOW + 2000)
    (drift,) = drifts.latest()
    assert not drift.is_proposed


def test_nothing_but_the_record_is_written(tmp_path: Path, redis_client: Redis) -> None:
    fill(tmp_path, "web", normal_lines, shift=4.0)
    measure_drift(tmp_path, Drifts(redis_client), DriftBounds(), NOW)
    assert redis_client.keys("*") == [keyspace.DRIFT.encode()]


def test_an_empty_archive_is_no_failure(tmp_path: Path, redis_client: Redis) -> None:
    assert measure_drift(tmp_path, Drifts(redis_client), DriftBounds(), NOW) == []


def test_only_flags_are_read_whole(tmp_path: Path, redis_client: Redis) -> None:
    """As Python objects a line takes some 664 bytes: these 30,000 lines 20 MB."""
    late = NOW - 3_600_000
    rows = [
        a_row(n, normal_lines(n), scored_ms=late + n, state="flagged" if n < 6 else "normal") for n in range(3000)
    ]
    write_windows(tmp_path, rows)
    write_feedback(tmp_path, [a_word([f"web-{n}"]) for n in range(6)], at_ms=NOW)
    tracemalloc.start()
    try:
        (found,) = measure_drift(tmp_path, Drifts(redis_client), DriftBounds(), NOW)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found.measures.windows, found.measures.flags, found.measures.false_positives) == (3000, 6, 1.0)
    assert peak < 4_000_000
