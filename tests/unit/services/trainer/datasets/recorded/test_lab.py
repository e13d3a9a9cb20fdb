from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from services.trainer.datasets.recorded import lab as lab_module
from services.trainer.datasets.recorded.lab import Lab, missing


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setattr(lab_module, "_FLUSH_S", 0)
    return Lab(Random(1))


def write(path: Path, text: str) -> None:
    with path.open("a") as log:
        log.write(text)


def test_lines_belong_to_the_phase_they_were_written_in(lab: Lab, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    lab.watch("app", log)
    write(log, "while setting up\n")
    lab.normal()
    write(log, "all is well\n")
    lab.fault("disk_full")
    write(log, "no space left\n")
    lab.collect()
    assert [(line.phase, line.line) for line in lab.lines] == [
        ("normal", "all is well"),
        ("fault:disk_full", "no space left"),
    ]


def test_half_a_line_waits_for_its_end(lab: Lab, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    lab.watch("app", log)
    lab.normal()
    write(log, "first\nsec")
    lab.collect()
    write(log, "ond\n")
    lab.collect()
    assert [line.line for line in lab.lines] == ["first", "second"]


def test_a_log_that_was_begun_anew_is_read_from_its_start(lab: Lab, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    lab.watch("app", log)
    lab.normal()
    write(log, "a long line before rotation\n")
    lab.collect()
    log.write_text("after\n")
    lab.collect()
    assert lab.lines[-1].line == "after"


def test_faults_are_named_as_their_functions(lab: Lab, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    lab.watch("app", log)

    def port_conflict() -> None:
        write(log, "address in use\n")

    lab.live(lambda steps: write(log, f"{steps} steps\n"), 120, [port_conflict])
    write(log, "afterwards\n")
    lab.collect()
    assert [(line.phase, line.line) for line in lab.lines] == [
        ("normal", "120 steps"),
        ("normal", "10 steps"),
        ("fault:port_conflict", "address in use"),
    ]


def test_absent_programs_are_named(tmp_path: Path) -> None:
    assert missing(["sh", "no-such-program", str(tmp_path)]) == ["no-such-program"]
