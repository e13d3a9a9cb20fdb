"""A model directory is believed only if every byte of it is proved."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from artefact_builders import SHAPES, a_graph, an_artefact, prove
from onnx import TensorProto

from shared.artefacts import manifest
from shared.artefacts.manifest import (
    CALIBRATION,
    LINE_ENCODER,
    MANIFEST,
    MODEL_CARD,
    SEQUENCE_MODEL,
    TOKENIZER,
    load_artefact,
)  # fmt: skip
from shared.core.side_channel import SIDE_DIM
from shared.errors import ArtefactInvalid


def edit(directory: Path, **changes: object) -> None:
    content = json.loads((directory / MANIFEST).read_text())
    (directory / MANIFEST).write_text(json.dumps({**content, **changes}))


def refusal(directory: Path) -> str:
    with pytest.raises(ArtefactInvalid) as caught:
        load_artefact(directory)
    return caught.value.detail


def test_what_was_written_loads_and_hands_out_the_verified_bytes(tmp_path: Path) -> None:
    root = an_artefact(tmp_path / "m")
    artefact = load_artefact(root)
    before = artefact.read(LINE_ENCODER)
    (root / LINE_ENCODER).write_bytes(b"changed after verification")
    assert artefact.read(LINE_ENCODER) == before


def test_equal_files_have_equal_versions_and_the_card_does_not_count(tmp_path: Path) -> None:
    first, second = an_artefact(tmp_path / "a"), an_artefact(tmp_path / "b")
    (second / MODEL_CARD).write_text("# other words\n")
    prove(second)
    assert load_artefact(first).version == load_artefact(second).version
    (second / CALIBRATION).write_text('{"other": 1}')
    assert prove(second).version != load_artefact(first).version


@pytest.mark.parametrize("name", [LINE_ENCODER, SEQUENCE_MODEL, TOKENIZER, CALIBRATION, MODEL_CARD])
def test_one_flipped_bit_is_refused(tmp_path: Path, name: str) -> None:
    root = an_artefact(tmp_path / "m")
    content = bytearray((root / name).read_bytes())
    content[len(content) // 2] ^= 1
    (root / name).write_bytes(bytes(content))
    assert name in refusal(root)


def test_a_link_in_place_of_a_file_is_refused_even_to_the_same_bytes(tmp_path: Path) -> None:
    root = an_artefact(tmp_path / "m")
    (root / TOKENIZER).rename(tmp_path / "elsewhere.json")
    (root / TOKENIZER).symlink_to(tmp_path / "elsewhere.json")
    assert "link" in refusal(root)


def test_a_linked_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(an_artefact(tmp_path / "m"))
    assert "link" in refusal(tmp_path / "link")


def test_a_pipe_in_place_of_a_file_is_refused_without_waiting(tmp_path: Path) -> None:
    root = an_artefact(tmp_path / "m")
    (root / CALIBRATION).unlink()
    os.mkfifo(root / CALIBRATION)
    assert CALIBRATION in refusal(root)


def test_a_file_that_the_manifest_does_not_name_is_refused(tmp_path: Path) -> None:
    root = an_artefact(tmp_path / "m")
    (root / "weights.pkl").write_bytes(b"\x80")
    assert "does not name" in refusal(root)


@pytest.mark.parametrize("name", ["../secrets", "/etc/passwd", "sub/line_encoder.onnx", "weights.bin"])
def test_names_outside_the_fixed_list_are_refused(tmp_path: Path, name: str) -> None:
    root = an_artefact(tmp_path / "m")
    files = json.loads((root / MANIFEST).read_text())["files"]
    edit(root, files={**files, name: {"bytes": 1, "sha256": "0" * 64}})
    assert "no artefact has" in refusal(root)


def test_a_missing_required_file_is_refused(tmp_path: Path) -> None:
    root = an_artefact(tmp_path / "m")
    files = json.loads((root / MANIFEST).read_text())["files"]
    del files[CALIBRATION]
    edit(root, files=files)
    assert CALIBRATION in refusal(root)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 99},
        {"normaliser_version": -1},
        {"side_channel_version": -1},
        {"version": "0" * 12},
        {"version": "../../../x"},
        {"unheard_of": 1},
        {"files": []},
        {"shapes": {**SHAPES.model_dump(), "side_dim": SIDE_DIM + 1}},
    ],
)
def test_a_manifest_that_does_not_fit_this_program_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    root = an_artefact(tmp_path / "m")
    edit(root, **change)
    refusal(root)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null"])
def test_a_malformed_manifest_is_refused_without_echoing_it(tmp_path: Path, content: bytes) -> None:
    root = an_artefact(tmp_path / "m")
    (root / MANIFEST).write_bytes(content)
    assert len(refusal(root)) < 200


def test_external_data_is_refused_though_every_digest_fits(tmp_path: Path) -> None:
    root = an_artefact(tmp_path / "m")
    graph = a_graph()
    tensor = graph.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    (root / SEQUENCE_MODEL).write_bytes(graph.SerializeToString())
    prove(root)
    assert "external data" in refusal(root)


def test_too_large_a_file_is_refused_when_written_and_when_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = an_artefact(tmp_path / "m")
    monkeypatch.setattr(manifest.plain_bytes, "__defaults__", (8,))
    with pytest.raises(ArtefactInvalid, match="larger"):
        prove(root)
    assert "larger" in refusal(root)
