"""Rows are read, divided and digested; a bad one is named by its number."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from tiny_language_model import a_row

from services.trainer.tuning.plan import TuningRefused
from services.trainer.tuning.rows import TuneRow, digest_of, divide, objects_of, row_of


def a_tune_row(number: int, split: str = "train") -> TuneRow:
    return row_of(a_row(number, split), "row")


def test_rows_of_plain_and_packed_files_are_the_same(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(a_row(number)) for number in range(3)) + "\n\n"
    (tmp_path / "a.jsonl").write_text(text)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    plain = list(objects_of(tmp_path / "a.jsonl"))
    assert [number for number, _ in plain] == [1, 2, 3]
    assert list(objects_of(tmp_path / "a.jsonl.gz")) == plain


@pytest.mark.parametrize("raw", [b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_a_broken_row_is_named_by_its_number(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"{}\n" + raw)
    with pytest.raises(TuningRefused, match="row 2"):
        list(objects_of(tmp_path / "a.jsonl"))


def test_a_missing_file_is_said_to_be() -> None:
    with pytest.raises(TuningRefused, match="cannot be read"):
        list(objects_of(Path("/nowhere.jsonl")))


@pytest.mark.parametrize(
    "change",
    [
        {"messages": []},
        {"messages": "x"},
        {"messages": [{"role": "user", "content": "x"}]},
        {"messages": [{"role": role, "content": 3} for role in ("system", "user", "assistant")]},
        {"target": {}},
        {"target": "disk_full"},
        {"split": "dev"},
    ],
)
def test_a_row_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TuningRefused, match="here"):
        row_of(a_row(0) | change, "here")


def test_only_rows_of_the_training_split_are_learnt() -> None:
    divided = divide([a_tune_row(0), a_tune_row(1, "validation"), a_tune_row(2, "test")])
    assert [row.id for row in divided.training] == ["row-0"]
    assert [row.id for row in divided.unseen] == ["row-1", "row-2"]


def test_an_unseen_row_whose_window_is_learnt_does_not_count() -> None:
    divided = divide([a_tune_row(0), a_tune_row(0, "test"), a_tune_row(1, "test")])
    assert [row.id for row in divided.unseen] == ["row-1"]
    assert divided.leaked == 1


def test_nothing_to_learn_is_refused() -> None:
    with pytest.raises(TuningRefused):
        divide([a_tune_row(0, "test")])


def test_the_digest_knows_content_and_not_order() -> None:
    one, other = a_tune_row(0), a_tune_row(1)
    assert digest_of([one, other]) == digest_of([other, one])
    assert digest_of([one, other]) != digest_of([one, a_tune_row(2)])
    assert digest_of([one]) != digest_of([a_tune_row(0, "test")])
