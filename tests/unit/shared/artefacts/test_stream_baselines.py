"""Baselines that come with a model: what is no baseline is refused before it can judge."""

from __future__ import annotations

import io
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
import pytest
from archive_builders import normal_lines
from detector_parts import DIM, TemplateReader

from shared.artefacts.manifest import BASELINES, Artefact, load_artefact, write_manifest
from shared.artefacts.shipped import shipped_model
from shared.artefacts.stream_baselines import known_streams, pack_baselines, read_baseline
from shared.core.baseline import Baseline
from shared.core.records import Event
from shared.errors import ArtefactInvalid


def a_baseline(windows: int = 20) -> Baseline:
    events = [[Event(line, line) for line in normal_lines(n)] for n in range(windows)]
    return Baseline(20).observe(TemplateReader().read(events))


def an_artefact(directory: Path, content: bytes) -> Artefact:
    shutil.copytree(shipped_model(), directory)
    (directory / BASELINES).write_bytes(content)
    like = load_artefact(shipped_model()).manifest
    write_manifest(
        directory, shapes=like.shapes, objectives=[], training={}, metrics={}, created="2026-01-01T00:00:00+00:00"
    )
    return load_artefact(directory)


def test_what_is_packed_is_read_and_makes_another_version(tmp_path: Path) -> None:
    shipped = load_artefact(shipped_model())
    assert known_streams(shipped) == {}
    artefact = an_artefact(tmp_path / "m", pack_baselines({"web": a_baseline()}))
    assert artefact.version != shipped.version, "baselines decide scores"
    assert len(read_baseline(known_streams(artefact)["web"], DIM).windows) == 20


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactInvalid):
        known_streams(an_artefact(tmp_path / "m", msgspec.msgpack.encode([1, 2])))


@pytest.mark.parametrize("content", [b"", b"nothing", a_baseline().to_bytes()[:200], a_baseline(5).to_bytes()])
def test_what_is_no_ready_baseline_is_refused(content: bytes) -> None:
    with pytest.raises(ArtefactInvalid):
        read_baseline(content, DIM)


def test_a_damaged_byte_anywhere_is_an_artefact_that_is_not_served(tmp_path: Path) -> None:
    whole = a_baseline().to_bytes()
    draw = np.random.default_rng(7)
    refused = 0
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[draw.integers(len(whole))] ^= int(draw.integers(1, 256))
        with suppress(ArtefactInvalid):
            read_baseline(bytes(damaged), DIM)
            continue
        refused += 1
    assert refused > 100


def test_a_baseline_of_another_width_is_refused() -> None:
    with pytest.raises(ArtefactInvalid):
        read_baseline(a_baseline().to_bytes(), DIM + 1)


def test_what_would_unpack_to_more_than_is_allowed_is_not_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("meta.npy", b"\0" * (65 * 1024 * 1024))
    with pytest.raises(ArtefactInvalid, match="more than"):
        read_baseline(buffer.getvalue(), DIM)
