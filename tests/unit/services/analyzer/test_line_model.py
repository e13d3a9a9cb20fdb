import hashlib
import io
import json

import numpy as np
import pytest

from services.analyzer.line_model import LineModel, LineModelInvalid, shipped_line_model
from shared.core.line_features import BUCKETS, VERSION
from shared.core.taxonomy import Category


def a_model(directory, **changes):
    meta = {"format": 1, "features": VERSION, "categories": ["benign", "disk_full"], "odds": 1.0, "share": 0.0}
    meta |= {"unknown_below": 0.0, "evidence_within": 0.0} | changes.pop("meta", {})
    parts = {
        "weights": np.zeros((BUCKETS, 3), np.int8),
        "scale": np.ones(3, np.float32),
        "bias": np.zeros(3, np.float32),
        "category_bias": np.zeros(2, np.float32),
    } | changes
    buffer = io.BytesIO()
    np.savez(buffer, meta=np.frombuffer(json.dumps(meta).encode(), np.uint8), **parts)
    write(directory, buffer.getvalue())
    return directory


def write(directory, raw: bytes) -> None:
    (directory / "line_model.npz").write_bytes(raw)
    proof = {"files": {"line_model.npz": {"sha256": hashlib.sha256(raw).hexdigest()}}}
    (directory / "manifest.json").write_text(json.dumps(proof))


def test_the_shipped_model_reads_both_languages():
    model = LineModel.load(shipped_line_model())
    calm = ["2024-01-01 00:00:01 INFO request served in 12 ms"] * 3
    for line, category in (
        ("2024-01-01 00:00:02 ERROR write failed: No space left on device", Category.DISK_FULL),
        ("2024-01-01 00:00:02 ERROR 磁盘空间不足，写入失败", Category.DISK_FULL),
        ("2024-01-01 00:00:02 ERROR deadlock detected, transaction rolled back", Category.DEADLOCK),
    ):
        reading = model.read([*calm, line])
        assert reading.category is category
        assert 4 in reading.evidence
        assert reading.trouble[3] > reading.trouble[0]
        assert 0 <= reading.confidence <= 1


def test_the_shipped_model_is_small():
    assert (shipped_line_model() / "line_model.npz").stat().st_size < 2 * 1024 * 1024


def test_an_empty_window_and_one_of_thousands_are_read():
    model = LineModel.load(shipped_line_model())
    assert model.read([]).evidence == ()
    assert model.read([""]).log_odds.shape[0] == 1
    lines = [f"2024-01-01 00:00:01 INFO step {n} done" for n in range(5_000)]
    lines[4_321] = "2024-01-01 00:00:01 ERROR no space left on device"
    reading = model.read(lines)
    assert reading.log_odds.shape[0] == 5_000
    assert 4_322 in reading.evidence


def test_lines_of_one_text_but_another_level_are_told_apart():
    model = LineModel.load(shipped_line_model())
    reading = model.read(["2024-01-01 00:00:01 INFO write failed", "2024-01-01 00:00:01 ERROR write failed"])
    assert reading.trouble[0] != reading.trouble[1]


def test_a_sound_file_is_read(tmp_path):
    assert LineModel.load(a_model(tmp_path)).categories == (Category.BENIGN, Category.DISK_FULL)


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": np.zeros((BUCKETS, 3), np.float32)},
        {"weights": np.zeros((BUCKETS - 1, 3), np.int8)},
        {"bias": np.array([0, np.nan, 0], np.float32)},
        {"category_bias": np.zeros(5, np.float32)},
        {"meta": {"categories": ["benign", "made_up"]}},
        {"meta": {"features": VERSION + 1}},
        {"meta": {"odds": float("inf")}},
        {"bias": np.array([None, 1, 2], object)},
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path, changes):
    with pytest.raises(LineModelInvalid):
        LineModel.load(a_model(tmp_path, **changes))


def test_a_file_that_the_manifest_does_not_vouch_for_is_refused(tmp_path):
    a_model(tmp_path)
    raw = (tmp_path / "line_model.npz").read_bytes()
    (tmp_path / "line_model.npz").write_bytes(raw + b"\x00")
    with pytest.raises(LineModelInvalid, match="vouches"):
        LineModel.load(tmp_path)


def test_an_absent_model_and_a_broken_manifest_are_refused(tmp_path):
    with pytest.raises(LineModelInvalid):
        LineModel.load(tmp_path)
    write(tmp_path, b"no zip")
    with pytest.raises(LineModelInvalid):
        LineModel.load(tmp_path)
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(LineModelInvalid):
        LineModel.load(tmp_path)
