"""A manifest of a sequence detector proves its files, or nothing is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.artefacts.sequence_detector import (
    is_sequence_detector,
    load_sequence_detector,
    prove_sequence_detector,
)
from shared.errors import ArtefactInvalid

SAID = {
    "model_type": "deeplog", "is_experimental": False, "created": "2026-01-01T00:00:00+00:00", "window": "fixed:20",
    "budget": 0.01, "training": {}, "metrics": {},
}  # fmt: skip


def a_directory(root: Path) -> Path:
    for name in ("graph.onnx", "reader.json", "calibration.json"):
        (root / name).write_bytes(b"{}" if name.endswith("json") else b"")
    (root / "graph.onnx").write_bytes(b"not a graph")
    return root


def test_what_is_no_graph_is_refused_though_its_digest_holds(tmp_path: Path) -> None:
    prove_sequence_detector(a_directory(tmp_path), **SAID)
    assert is_sequence_detector(tmp_path)
    with pytest.raises(ArtefactInvalid, match="not an ONNX graph"):
        load_sequence_detector(tmp_path)


def test_a_missing_file_cannot_be_proven(tmp_path: Path) -> None:
    a_directory(tmp_path)
    (tmp_path / "reader.json").unlink()
    with pytest.raises(ArtefactInvalid, match=r"reader\.json"):
        prove_sequence_detector(tmp_path, **SAID)


def test_a_malformed_manifest_is_named_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "detector.json").write_text('{"format": "<script>"}')
    with pytest.raises(ArtefactInvalid) as refused:
        load_sequence_detector(tmp_path)
    assert "<script>" not in str(refused.value)
