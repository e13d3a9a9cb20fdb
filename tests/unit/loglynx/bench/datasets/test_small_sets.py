from __future__ import annotations

import gzip
import json
from pathlib import Path

from loglynx.bench.datasets import liberty, openstack, ssh_auth


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def test_liberty_windows_keep_the_truth_about_their_lines(tmp_path: Path) -> None:
    rows = [
        {"label": int(n == 8), "line_labels": [0, int(n == 8)], "lines": ["kernel: a", "pbs_mom: b"]}
        for n in range(10)
    ]
    _write(tmp_path / "liberty" / "windows.jsonl.gz", "\n".join(map(json.dumps, rows)))
    [task] = liberty.SOURCES["liberty-100"](tmp_path)
    assert (len(task.fit), len(task.test)) == (5, 4)
    assert task.test[2].wrong == (False, True)


def test_openstack_templates_keep_no_wildcard_and_anomalies_are_spread(tmp_path: Path) -> None:
    rows = ["train,0,i,1 2", *["dev,0,i,1 2 1"] * 8, *["dev,1,i,2"] * 2]
    _write(
        tmp_path / "openstack" / "loghub_sequences.csv.gz", "split,label,instance,sequence\n" + "\n".join(rows) + "\n"
    )
    (tmp_path / "openstack" / "templates.csv").write_text(
        "[instance: <*>] Took <*>.<*> seconds\n[instance: <*>] Claim successful\n"
    )
    [task] = openstack.SOURCES["openstack-loghub"](tmp_path)
    assert len(task.fit) == 1 + 4
    assert [case.is_anomaly for case in task.test] == [False, False, True, False, False, True]
    assert not any("<*>" in event.text for case in task.test for event in case.events)


def test_ssh_windows_are_labelled_by_a_rule_and_stay_in_training(tmp_path: Path) -> None:
    lines = [
        f"Nov 30 06:39:00 ip-1 sshd[{n}]: {'Invalid user admin' if n % 20 == 3 else 'session opened'}"
        for n in range(200)
    ]
    _write(tmp_path / "ssh_auth" / "auth_ec2.log.gz", "\n".join(lines) + "\n")
    [task] = ssh_auth.SOURCES["ssh-auth"](tmp_path)
    assert (len(task.fit), len(task.test), task.train_labels) == (5, 4, "unlabelled")
    assert all(case.is_anomaly for case in task.test)
    assert [at for at, wrong in enumerate(task.test[0].wrong or ()) if wrong] == [3]
