"""LogHub's forms, made small on the spot."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from loglynx.bench.own_dataset import read_dataset
from loglynx.datafiles.labelled_stream import write_dataset
from loglynx.datafiles.loghub import read_loghub
from loglynx.failures import InputUnreadable
from shared.core.parsing import LineParser

BGL = (
    "{label} 111783857{at} 2005.06.03 R02-M1 2005-06-03-15.42.5{at}.675872 R02-M1 RAS KERNEL INFO parity error {at}\n"
)
HDFS = "081109 20351{at} 143 INFO dfs.DataNode: Receiving block blk_{block} src: /10.0.0.1:54106\n"
VM = "nova-compute.log 2017-05-16 00:00:0{at}.008 25746 INFO nova.compute [instance: {vm}] VM Started\n"
VMS = ("54fadb41-2c4e-40cd-baed-9335e4c35a9e", "b9000564-fe1a-409b-b8cc-1e88b294cd1d")


def test_a_label_column_is_cut_off_by_position_and_told_apart(tmp_path: Path) -> None:
    labels = ["-", "-", "KERNDTLB", "-", "APPREAD", "-"]
    text = "".join(BGL.format(label=label, at=at) for at, label in enumerate(labels))
    (tmp_path / "BGL.log.gz").write_bytes(gzip.compress(text.encode()))
    found = read_loghub(tmp_path / "BGL.log.gz")
    assert (found.name, found.kind) == ("BGL", "stream")
    assert [row["label"] for row in found.rows] == [0, 0, 1, 0, 1, 0]
    assert not any(word in str(row["line"]) for row in found.rows for word in ("KERNDTLB", "APPREAD"))
    assert found.rows[0]["line"].startswith("1117838570 2005.06.03")
    assert found.rows[3]["ts"] == 1117838573 * 1000
    assert read_loghub(tmp_path / "BGL.log.gz", limit=2).rows == found.rows[:2]


def test_a_line_reads_the_same_with_its_label_and_without() -> None:
    line = BGL.format(label="KERNDTLB", at=3).rstrip()
    with_label, without = LineParser().parse(line, 0), LineParser().parse(line.partition(" ")[2], 0)
    assert (with_label.message, with_label.timestamp_ms) == (without.message, without.timestamp_ms)


def test_blocks_of_a_table_become_sessions_in_the_order_of_their_first_line(tmp_path: Path) -> None:
    text = "".join(HDFS.format(at=at, block=block) for at, block in enumerate((-5, 7, -5, 9)))
    (tmp_path / "HDFS.log").write_text(text + "081109 203519 1 INFO dfs: ask to delete blk_7 blk_9\nno block here\n")
    (tmp_path / "anomaly_label.csv").write_text("BlockId,Label\nblk_-5,Normal\nblk_7,Anomaly\nblk_9,Normal\n")
    found = read_loghub(tmp_path)
    assert found.kind == "sessions"
    assert [(row["group"], row["label"], len(row["lines"])) for row in found.rows] == [
        ("blk_-5", 0, 2), ("blk_7", 1, 2), ("blk_9", 0, 2),
    ]  # fmt: skip
    assert found.rows[0]["times"][0] < found.rows[0]["times"][1]


def test_a_structured_table_gives_lines_and_its_labels_but_no_template(tmp_path: Path) -> None:
    table = 'LineId,Label,Timestamp,Level,Content,EventId,EventTemplate\n1,-,1117838570,INFO,"a, b",E7,<*>\n2,APPREAD,1117838571,FATAL,c,E8,<*>\n'
    (tmp_path / "BGL_2k.log_structured.csv").write_text(table)
    found = read_loghub(tmp_path / "BGL_2k.log_structured.csv")
    assert [(row["line"], row["label"]) for row in found.rows] == [
        ("1117838570 INFO a, b", 0),
        ("1117838571 FATAL c", 1),
    ]


def test_of_normal_and_abnormal_files_the_first_normal_one_is_for_training(tmp_path: Path) -> None:
    for name, vm in (("openstack_normal1.log", VMS[0]), ("openstack_normal2.log", VMS[0])):
        (tmp_path / name).write_text(VM.format(at=1, vm=vm))
    (tmp_path / "openstack_abnormal.log").write_text("".join(VM.format(at=at, vm=vm) for at, vm in enumerate(VMS)))
    whole = read_loghub(tmp_path)
    assert [row["file"] for row in whole.fit] == ["openstack_normal1.log"]
    assert [row["label"] for row in whole.rows] == [0, 1, 1]
    (tmp_path / "anomaly_labels.txt").write_text(f"these are anomalous:\n{VMS[1]}\n")
    assert [row["label"] for row in read_loghub(tmp_path).rows] == [0, 0, 1]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.log": "x\n", "b.log": "y\n"}, "2 logs are in it"),
        ({"HDFS.log": "blk_1\n", "anomaly_label.csv": "BlockId,Label\nsecret\n"}, "row 2"),
        ({"HDFS.log": "blk_1\n", "anomaly_label.csv": "BlockId,Label\nblk_2,Normal\n"}, "no block of it"),
        ({"a_normal.log": "x\n", "a_abnormal.log": "y\n", "labels.txt": "none\n"}, "no instance in it"),
        ({"x_structured.csv": "a,b\n1,2\n"}, "columns are not LogHub's"),
    ],
)
def test_what_is_none_of_these_is_refused_without_being_repeated(
    files: dict[str, str], said: str, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputUnreadable, match=said) as refused:
        read_loghub(tmp_path)
    assert "secret" not in refused.value.message


def test_the_bench_reads_what_is_written(tmp_path: Path) -> None:
    labels = ["-"] * 60 + ["KERNDTLB"] + ["-"] * 39
    (tmp_path / "BGL.log").write_text("".join(BGL.format(label=label, at=at % 9) for at, label in enumerate(labels)))
    said = write_dataset(read_loghub(tmp_path / "BGL.log"), tmp_path / "bgl", 0.6, "fixed:10")
    assert said["train"] == {"rows": 60, "anomalies": 0}
    assert said["test"] == {"rows": 40, "anomalies": 1}
    task = read_dataset(tmp_path / "bgl")
    assert [case.is_anomaly for case in task.test] == [True, False, False, False]


def test_a_session_that_crosses_the_cut_is_in_neither_part(tmp_path: Path) -> None:
    order = (1, 2, 3, 4, 1)
    (tmp_path / "HDFS.log").write_text("".join(HDFS.format(at=at, block=block) for at, block in enumerate(order)))
    (tmp_path / "anomaly_label.csv").write_text("".join(f"blk_{at},Normal\n" for at in range(1, 5)))
    said = write_dataset(read_loghub(tmp_path), tmp_path / "out", 0.5, "fixed:20")
    assert (said["train"]["rows"], said["test"]["rows"]) == (1, 2)
