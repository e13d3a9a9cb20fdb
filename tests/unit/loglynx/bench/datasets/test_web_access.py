from __future__ import annotations

import gzip
from pathlib import Path

from loglynx.bench.datasets.web_access import SOURCES, hide_origin


def test_only_the_request_its_status_and_its_size_are_left() -> None:
    request = '"GET /a HTTP/1.1" 200 203'
    lines = {
        hide_origin(
            f'83.149.9.216 - - [17/May/2015:10:05:03 +0000] {request} "http://a.example/" "Mozilla/5.0 (Macintosh)"'
        ),
        hide_origin(f'192.168.4.25 - - [22/Dec/2016:16:30:52 +0300] {request} "http://192.168.4.161/DVWA" "curl"'),
    }
    assert len(lines) == 1
    assert lines.pop().endswith(request)


def test_scans_stand_in_blocks_between_ordinary_traffic(tmp_path: Path) -> None:
    (tmp_path / "web_access").mkdir()
    for name, count in (("real_traffic_apache_part1", 2000), ("attack_acunetix", 400), ("attack_netsparker", 400)):
        lines = [
            f'10.1.1.1 - - [17/May/2015:10:{n % 60:02d}:03 +0000] "GET /{name}/{n} HTTP/1.1" 200 20 "-" "x"\n'
            for n in range(count)
        ]
        (tmp_path / "web_access" / f"{name}.log.gz").write_bytes(gzip.compress("".join(lines).encode()))
    [task] = SOURCES["web-attacks"](tmp_path)
    assert len(task.fit) == 70
    assert [case.is_anomaly for case in task.test[:14]] == [False] * 10 + [True] * 3 + [False]
    assert all(all(case.is_anomaly for case in task.test[begin:end]) for begin, end in task.episodes)
    assert all("attack" in event.text for case in task.test if case.is_anomaly for event in case.events)
    assert all(event.timestamp_ms is None for case in (*task.fit, *task.test) for event in case.events)
