from __future__ import annotations

import gzip
from pathlib import Path

from loglynx.bench.datasets.thunderbird import thunderbird


def _chunk(path: Path, start_s: int, count: int, alerts: set[int]) -> None:
    path.parent.mkdir(exist_ok=True)
    lines = [
        f"{'VAPI' if n in alerts else '-'} {start_s + n} 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond[{n}]: session closed\n"
        for n in range(count)
    ]
    path.write_bytes(gzip.compress("".join(lines).encode()))


def test_both_pieces_are_fitted_on_and_only_the_rest_of_the_later_one_is_judged(tmp_path: Path) -> None:
    _chunk(tmp_path / "thunderbird" / "tbird_2005-11-09_normal.log.gz", 1131523501, 40, set())
    _chunk(tmp_path / "thunderbird" / "tbird_2005-11-15_part1.log.gz", 1132061285, 100, {45, 90})
    task = thunderbird(tmp_path, "tb", 10, "normal-only", 0.5)
    assert len(task.fit) == 4 + 4
    assert len(task.test) == 4
    assert [case.is_anomaly for case in task.test] == [False, False, False, True]
    fit = [event.timestamp_ms or 0 for case in task.fit for event in case.events]
    assert fit == sorted(fit)
    assert max(fit) < min(event.timestamp_ms or 0 for case in task.test for event in case.events)
    assert len(thunderbird(tmp_path, "tb", 10, "unlabelled", 0.5).fit) == 9
