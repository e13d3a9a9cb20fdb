from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

from loglynx.bench.datasets.nezha import SOURCES


def _incident(hour: int, pod: str | None) -> dict[str, Any]:
    lines = [
        [
            f"2023-01-29T{hour:02d}:00:{second:02d}.964574357Z",
            name,
            f"{hour + 8:02d}:00:{second:02d}.963 INFO  p.c.X#35 served {second}",
        ]
        for second in range(60)
        for name in ("ts-a", "ts-b")
    ]
    return {"incident": f"2023-01-29 {hour:02d}:00:30", "type": "return", "pod": pod, "lines": lines}


def test_only_the_broken_pod_is_anomalous_and_only_from_the_injection_on(tmp_path: Path) -> None:
    rows = [_incident(9, "ts-b"), _incident(8, None), _incident(11, "ts-a"), _incident(10, "ts-b")]
    (tmp_path / "nezha_trainticket").mkdir()
    text = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "nezha_trainticket" / "incidents.jsonl.xz").write_bytes(lzma.compress(text.encode()))
    [task] = SOURCES["nezha-20"](tmp_path)
    assert len(task.fit) == 6 + 3, "all of the sound minutes, and the pod that was not broken"
    assert task.episodes == ((0, 6), (6, 12))
    assert [sum(case.is_anomaly for case in task.test[begin:end]) for begin, end in task.episodes] == [2, 2]
    assert not task.test[0].is_anomaly
    assert max(case.events[-1].timestamp_ms or 0 for case in task.fit) < min(
        case.events[0].timestamp_ms or 0 for case in task.test
    )
