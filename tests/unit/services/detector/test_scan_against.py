from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.detector.gather_evidence import EvidenceReader
from services.detector.scan_against import FEWEST_NORMAL, WINDOW_EVENTS, TooFewNormal, learn_normal, scan_against
from services.detector.scan_file import ScanSettings
from services.detector.worker import load_detector
from services.trainer.datasets.simulators import simulate
from shared.core.baseline import Baseline

SYSTEM = "postgresql"
LINES = 2_000


def written(seed: int, lines: int = LINES, faults: float = 0.0) -> list[bytes]:
    return [line.text.encode() for line in simulate(SYSTEM, seed, lines, faults)]


@pytest.fixture(scope="module")
def reader() -> EvidenceReader:
    return load_detector(None, 1, 10_000)[0]


@pytest.fixture(scope="module")
def baseline(reader: EvidenceReader) -> Baseline:
    return learn_normal([written(3, 2 * LINES)], reader)


def test_another_normal_day_shows_next_to_nothing(baseline: Baseline, reader: EvidenceReader) -> None:
    report = scan_against(baseline, written(9), reader, 0.001)
    assert report.events == LINES
    assert len(report.findings) <= 2, "of 200 windows"


@pytest.mark.parametrize("system", ["nginx", "postgresql", "gateway_zh"])
def test_days_of_a_system_that_it_did_not_learn_show_next_to_nothing(system: str, reader: EvidenceReader) -> None:
    def day(seed: int) -> list[bytes]:
        return [line.encode() for record in simulate(system, seed, LINES, 0.0) for line in record.text.split("\n")]

    known = learn_normal([day(seed) for seed in range(101, 107)], reader)
    found = [len(scan_against(known, day(seed), reader, 0.001).findings) for seed in (202, 303, 404)]
    assert sum(found) <= 3, "of 600 windows"


def test_faults_are_found_at_their_lines(baseline: Baseline, reader: EvidenceReader) -> None:
    lines = simulate(SYSTEM, 11, LINES, 0.04)
    report = scan_against(baseline, [line.text.encode() for line in lines], reader, 0.001, ScanSettings("x.log", 50))
    at_fault = {number for number, line in enumerate(lines, start=1) if line.fault is not None}
    pointed = {number for finding in report.findings for number in finding.line_numbers}
    assert len(at_fault & pointed) >= 0.5 * len(at_fault)
    assert len(pointed & at_fault) >= 0.6 * len(pointed), (
        "most of what it points at is a fault's or stands beside one"
    )
    scores = [finding.flag.verdict.strangeness for finding in report.findings]
    assert scores == sorted(scores, reverse=True)
    for finding in report.findings:
        assert [event.seq for event in finding.flag.events] == sorted(event.seq for event in finding.flag.events)
        assert finding.reasons


def test_what_normal_life_wrote_is_a_note_however_grave_it_sounds(reader: EvidenceReader) -> None:
    full = b"2026-03-02 07:11:09.512 UTC [811] FATAL:  could not write to the archive: No space left on device"
    usual, later = written(3), written(9)
    later[1_204] = full
    told = []
    for learnt in (usual, [*usual[:900], full, *usual[900:]]):
        report = scan_against(learn_normal([learnt], reader), later, reader, 0.001)
        told.append([any(1_205 in f.line_numbers for f in group) for group in (report.findings, report.notes)])
    assert told[0] == [True, False]
    assert not told[1][0]


def test_a_stranger_in_normal_life_is_found_where_it_stands(baseline: Baseline, reader: EvidenceReader) -> None:
    lines = written(9)
    lines[1_204] = b"kernel: BUG: unable to handle page fault for address: ffffffffc0a3d008, tainted module zfs"
    worst = scan_against(baseline, lines, reader, 0.001).findings[0]
    assert worst.line_numbers == (1_205,)


def test_a_calm_line_never_seen_before_is_a_note(baseline: Baseline, reader: EvidenceReader) -> None:
    lines = written(9)
    lines[1_204] = b"kernel: usb 2-4: new full-speed device, product ffffffffc0a3d008, serial number read, module hid"
    report = scan_against(baseline, lines, reader, 0.001)
    assert 1_205 not in {number for finding in report.findings for number in finding.line_numbers}
    assert 1_205 in {number for note in report.notes for number in note.line_numbers}
    assert report.noted >= 1


def test_the_last_line_of_a_file_is_seen(baseline: Baseline, reader: EvidenceReader) -> None:
    lines = [*written(9, 103), b"kernel: BUG: unable to handle page fault for address: ffffffffc0a3d008, module zfs"]
    worst = scan_against(baseline, lines, reader, 0.001).findings[0]
    assert worst.line_numbers == (104,)


def test_too_little_normal_life_is_refused(reader: EvidenceReader) -> None:
    with pytest.raises(TooFewNormal) as refused:
        learn_normal([written(3, (FEWEST_NORMAL - 1) * WINDOW_EVENTS)], reader)
    assert refused.value.windows == FEWEST_NORMAL - 1
    with pytest.raises(TooFewNormal):
        learn_normal([], reader)


def test_an_empty_file_has_no_findings(baseline: Baseline, reader: EvidenceReader) -> None:
    report = scan_against(baseline, [], reader, 0.001)
    assert (report.format, report.lines, report.findings) == (None, 0, ())


def test_one_scorer_may_judge_alone(reader: EvidenceReader) -> None:
    alone = learn_normal([written(3)], reader, ("words",))
    lines = written(9)
    lines[404] = b"PANIC: could not write to log file: No space left on device, shutting everything down"
    report = scan_against(alone, lines, reader, 0.001)
    assert 405 in {number for finding in report.findings for number in finding.line_numbers}
    assert {reason.code for finding in report.findings for reason in finding.reasons} == {"troubling_words"}


def test_the_command_says_what_is_wrong_and_what_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from loglynx.cli import app

    def run(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            app(list(arguments))
        return int(ended.value.code or 0)

    normal, today, short = tmp_path / "normal.log", tmp_path / "today.log", tmp_path / "short.log"
    normal.write_bytes(b"\n".join(written(3, 2 * LINES)))
    lines = written(9, 300)
    lines[150] = b"PANIC: data directory lost, kernel reports I/O failure on sdb"
    today.write_bytes(b"\n".join(lines))
    short.write_bytes(b"\n".join(written(3, 50)))
    assert run("scan", "--baseline", str(short), str(today)) == 2
    assert "too little normal life" in capsys.readouterr().err
    assert run("scan", "--baseline", str(tmp_path / "nowhere.log"), str(today)) == 2
    assert run("scan", "--scorer", "value", str(today)) == 2
    assert "--baseline" in capsys.readouterr().err
    assert run("scan", "--scorer", "guess", "--baseline", str(normal), str(today)) == 2
    capsys.readouterr()
    assert run("scan", "--baseline", str(normal), str(today), "--json") == 1
    assert 151 in json.loads(capsys.readouterr().out)["findings"][0]["line_numbers"]
