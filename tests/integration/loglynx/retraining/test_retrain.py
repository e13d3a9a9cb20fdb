"""A whole retraining with the shipped model: what is published, what refuses, what a kill leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from archive_builders import (
    NOON_MS,
    a_row,
    a_word,
    backup_lines,
    break_in_lines,
    normal_lines,
    write_feedback,
    write_windows,
)

from loglynx.promotion.replayed import replay_gates
from loglynx.retraining.dataset import ArchiveChanged, Bounds, Span
from loglynx.retraining.retrain import NOTE, Asked, labelled_cases, retrain
from services.detector.served_models import load_model
from services.detector.settings import DetectorSettings
from shared.archive.retention import delete_stream
from shared.artefacts.publishing import INCOMING
from shared.artefacts.registry import ModelRegistry
from shared.artefacts.stream_baselines import known_streams
from shared.core.feedback import FeedbackVerdict

WINDOWS, LEARN = 160, 30
# Kills itself at the n-th thing that a retraining says, for every n; prints what was said last.
CHILD = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from test_retrain import asked
from loglynx.retraining.retrain import retrain
from shared.artefacts.registry import ModelRegistry

for strike_at in range(1, 20):
    pid = os.fork()
    if pid == 0:
        said = []
        def say(text):
            said.append(text)
            if len(said) == strike_at:
                os.write(1, (text + "\\n").encode())
                os.kill(os.getpid(), signal.SIGKILL)
        retrain(asked(Path(sys.argv[1])), ModelRegistry(Path(sys.argv[2])), say)
        os._exit(0)
    if os.waitpid(pid, 0)[1] == 0:
        break
"""


def asked(archive: Path) -> Asked:
    bounds = Bounds(fewest_windows=LEARN)
    return Asked(archive, Span(NOON_MS - 1, NOON_MS + 86_400_000), bounds=bounds, author="ann")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop whose backup was flagged and excused each tenth window, and one break-in that was confirmed."""
    monkeypatch.setenv("LOGLYNX_DETECTOR_LEARN_WINDOWS", str(LEARN))
    rows = [a_row(n, normal_lines(n)) for n in range(WINDOWS)]
    backups = range(5, WINDOWS, 10)
    rows += [a_row(WINDOWS + n, backup_lines(n), state="flagged", first_seq=n * 10 + 1) for n in backups]
    rows += [a_row(2 * WINDOWS + n, break_in_lines(n), state="flagged", first_seq=n * 10 + 2) for n in (25, 95)]
    root = tmp_path / "archive"
    write_windows(root, rows)
    said = [a_word([f"web-{WINDOWS + n}" for n in backups])]
    said.append(a_word([f"web-{2 * WINDOWS + n}" for n in (25, 95)], FeedbackVerdict.CONFIRMED))
    write_feedback(root, said)
    return root


def test_the_candidate_knows_its_streams_and_its_report_is_in_its_lineage(archive: Path, tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path / "registry")
    entry, data = retrain(asked(archive), registry, lambda _: None)
    assert entry.lineage.data_sha256 == data.digest
    assert (entry.lineage.parent, entry.lineage.author) == ("shipped", "ann")
    total = entry.lineage.notes[NOTE]["replay"]["total"]
    assert (total["removed"], total["lost"], total["found"]) == (total["false_alarms"], 0, 2)
    assert total["removed"] >= 14
    assert set(known_streams(entry.artefact)) == {"web"}
    served = load_model(entry.artefact, DetectorSettings())
    assert set(served.known) == {"web"}
    assert [case.is_anomaly for case in labelled_cases(data)].count(True) == 2
    assert all(gate.is_passed for gate in replay_gates(entry.lineage, registry.active()))
    again, _ = retrain(asked(archive), registry, lambda _: None)
    assert again.version == entry.version, "the same data, the same model"
    assert registry.active() == "shipped", "nothing is activated"


def test_an_archive_that_changes_before_publishing_is_refused(archive: Path, tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path / "registry")

    def say(text: str) -> None:
        if text.startswith("learning"):
            delete_stream(archive, "web")

    with pytest.raises(ArchiveChanged):
        retrain(asked(archive), registry, say)
    assert registry.addresses() == ["shipped"]


def test_kill_9_in_each_phase_leaves_registry_and_archive_whole(archive: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in archive.rglob("*.parquet")}
    root = tmp_path / "registry"
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(archive), str(root), *(str(Path(__file__).parents[n]) for n in (0, 3))],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    struck = ran.stdout.splitlines()
    assert [line.split()[0] for line in struck] == ["reading", "learning", "publishing"]
    registry = ModelRegistry(root)
    (_, address) = registry.addresses()  # the run that nobody killed
    registry.load(address)
    assert registry.active() == "shipped"
    assert {path: path.read_bytes() for path in archive.rglob("*.parquet")} == before
    assert not [path for path in root.iterdir() if path.name.startswith((INCOMING, ".link"))]
