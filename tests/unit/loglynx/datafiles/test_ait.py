"""The AIT form, made small on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loglynx.datafiles.ait import read_ait
from loglynx.failures import InputUnreadable

ACCESS = '10.0.0.{at} - - [15/Jan/2022:10:00:{at:02d} +0000] "GET /x HTTP/1.1" 200 12\n'
AUTH = "Jan 15 10:00:{at:02d} webhost sshd[1]: session {at} opened\n"


def a_data_set(root: Path, labels: list[object]) -> Path:
    for host, name, line in (("webhost", "apache2/access.log", ACCESS), ("webhost", "auth.log", AUTH)):
        log = root / "gather" / host / "logs" / name
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(line.format(at=at) for at in range(0, 12, 2 if name == "auth.log" else 3)))
    (root / "gather" / "webhost" / "logs" / "unlabelled.log").write_text("nothing\n")
    marks = root / "labels" / "webhost" / "logs" / "auth.log"
    marks.parent.mkdir(parents=True)
    marks.write_text("".join(json.dumps(label) + "\n" for label in labels))
    (root / "labels" / "webhost" / "logs" / "apache2").mkdir()
    (root / "labels" / "webhost" / "logs" / "apache2" / "access.log").write_text("")
    return root


def test_labelled_logs_are_put_into_one_order_of_time_with_their_labels(tmp_path: Path) -> None:
    source = a_data_set(tmp_path, [{"line": 2, "labels": ["foothold", "webshell"]}, {"line": 6, "labels": []}])
    rows = read_ait(source).rows
    assert [row["ts"] for row in rows] == sorted(row["ts"] for row in rows)
    assert len(rows) == 4 + 6  # the unlabelled log is not read
    assert {row["file"] for row in rows} == {"webhost/logs/auth.log", "webhost/logs/apache2/access.log"}
    wrong = [row for row in rows if row["label"]]
    assert [row["line"].split("session ")[1] for row in wrong] == ["2 opened", "10 opened"]
    assert wrong[0]["kinds"] == ["foothold", "webshell"]
    assert wrong[0]["host"] == "webhost"


def test_stamps_without_a_year_are_put_beside_those_that_have_one(tmp_path: Path) -> None:
    rows = read_ait(a_data_set(tmp_path, [])).rows
    assert max(row["ts"] for row in rows) - min(row["ts"] for row in rows) < 12_000


def test_the_days_of_the_recording_say_the_year_where_no_line_does(tmp_path: Path) -> None:
    source = a_data_set(tmp_path, [])
    (source / "dataset.yml").write_text("name: fox\nstart: '2022-01-14'\nend: '2022-01-18'\n")
    rows = read_ait(source, only="*/auth.log").rows
    assert len(rows) == 6
    assert 1_642_000_000_000 < rows[0]["ts"] < 1_643_000_000_000


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ({"line": 99}, "row 1 labels a line"),
        ({"line": "secret"}, "row 1 is no label"),
        (["secret"], "row 1 is no label"),
    ],
)
def test_a_label_that_fits_no_line_is_refused(label: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match=said) as refused:
        read_ait(a_data_set(tmp_path, [label]))
    assert "secret" not in refused.value.message


def test_a_directory_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="gather"):
        read_ait(tmp_path)
    with pytest.raises(InputUnreadable, match="none of its 3 logs"):
        read_ait(a_data_set(tmp_path, []), only="other/*")
