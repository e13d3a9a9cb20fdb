"""``loglynx scan --baseline``: what it refuses, what it answers, how it ends."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from loglynx.cli import main

LINES = [
    f"2026-03-02 10:{n // 60 % 60:02d}:{n % 60:02d} INFO app: request {n} served in {n % 40} ms" for n in range(900)
]
TROUBLE = "2026-03-02 10:05:01 FATAL app: out of memory: cannot allocate 4096 bytes, aborting"
TROUBLE_AT = 124


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setenv("LOGLYNX_LANG", "en")
    monkeypatch.setattr(sys, "argv", ["loglynx", "scan", *map(str, arguments)])
    with pytest.raises(SystemExit) as ending:
        main()
    return int(ending.value.code or 0)


@pytest.fixture
def normal(tmp_path: Path) -> Path:
    path = tmp_path / "normal.log.gz"
    path.write_bytes(gzip.compress("\n".join(LINES[:600]).encode()))
    return path


@pytest.fixture
def today(tmp_path: Path) -> Path:
    path = tmp_path / "today.log"
    path.write_text("\n".join(LINES[600:]))
    return path


def with_trouble(today: Path) -> Path:
    lines = LINES[600:]
    lines[TROUBLE_AT - 1 : TROUBLE_AT - 1] = [TROUBLE]
    today.write_text("\n".join(lines))
    return today


def test_a_calm_file_gives_nothing_and_exits_0(
    normal: Path, today: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--baseline", normal, today) == 0
    out, err = capsys.readouterr()
    assert "no anomalies found" in out
    assert err == "", "a pipe gets no bar"


def test_trouble_is_found_with_its_line_and_explained(
    normal: Path, today: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--baseline", normal, with_trouble(today)) == 1
    out = capsys.readouterr().out
    assert str(TROUBLE_AT) in out and TROUBLE in out and "memory_exhausted" in out


def test_json_has_the_shape_of_a_plain_scan(
    normal: Path, today: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_trouble(today)
    reports = []
    for options in ((), ("--baseline", normal)):
        assert run(monkeypatch, *options, today, "--json") == 1
        reports.append(json.loads(capsys.readouterr().out))
    plain, against = reports
    assert plain.keys() == against.keys()
    assert plain["findings"][0].keys() == against["findings"][0].keys()
    assert against["findings"][0]["line_numbers"] == [TROUBLE_AT]
    assert against["lines"] == 301


def a_note(today: Path) -> Path:
    """A lone error in a file that has mild warnings all along."""
    lines = LINES.copy()
    for at in range(30, 900, 200):
        lines[at] = f"2026-03-02 10:{at // 60:02d}:00 WARN app: slow answer from the cache"
    lines[499] = "2026-03-02 10:08:20 ERROR app: mailer refused letter 17"
    today.write_text("\n".join(lines))
    return today


def test_a_note_is_counted_in_one_line_and_exits_0(
    today: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, a_note(today)) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == ["no anomalies found", "1 lone odd line that nothing followed; --all lists it"]


def test_all_lists_the_notes_and_still_exits_0(
    today: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, a_note(today), "--all") == 0
    out = capsys.readouterr().out
    assert "mailer refused letter 17" in out and "line 500" in out and "--all" not in out


def test_json_counts_notes_and_holds_them_with_all(
    today: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = []
    for options in ((), ("--all",)):
        assert run(monkeypatch, a_note(today), "--json", *options) == 0
        reports.append(json.loads(capsys.readouterr().out))
    brief, whole = reports
    assert (brief["findings"], brief["notes"], brief["noted"]) == ([], 1, [])
    assert [note["line_numbers"] for note in whole["noted"]] == [[500]]


def test_files_of_normal_life_add_up(tmp_path: Path, today: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = []
    for number in range(3):
        parts.append(tmp_path / f"part{number}.log")
        parts[-1].write_text("\n".join(LINES[150 * number : 150 * (number + 1)]))
    assert run(monkeypatch, "--baseline", parts[0], today) == 2
    assert run(monkeypatch, *(word for part in parts for word in ("--baseline", part)), today) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--baseline", "-"), "files only"),
        (("--baseline", "nowhere.log"), "nowhere.log"),
        (("--baseline", "empty.log"), "0 windows of 10 events; at least 20 are needed"),
        (("--baseline", "short.log"), "3 windows of 10 events; at least 20 are needed"),
        (("--baseline", "binary.log"), "does not look like text"),
        (("--baseline", "short.log", "--scorer", "guess"), "no scorer guess"),
        (("--scorer", "value"), "--scorer needs a file"),
        (("--alarm-budget", "0.01"), "--alarm-budget needs a file"),
    ],
)
def test_what_cannot_be_done_is_said(
    options: tuple[str, ...],
    said: str,
    today: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty.log").write_bytes(b"")
    (tmp_path / "short.log").write_text("\n".join(LINES[:30]))
    (tmp_path / "binary.log").write_bytes(bytes(range(32)) * 200)
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *options, today) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert out == ""


@pytest.mark.parametrize(("options", "engine"), [((), "embedded"), (("--explain", "rules"), "rules")])
def test_the_shipped_models_explain_unless_rules_are_asked_for(
    options: tuple[str, ...],
    engine: str,
    today: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, with_trouble(today), "--json", *options) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["engine"], finding["category"]) == (engine, "memory_exhausted")
