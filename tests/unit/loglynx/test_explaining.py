"""Flags of this process are read by the service's own path, at a bounded cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flag_builders import a_flag, among_calm

from loglynx import explaining
from loglynx.explaining import Explainer, citing_lines
from loglynx.failures import CommandFailed
from loglynx.options import ExplainBy
from services.analyzer.answering import answer
from services.analyzer.embedded.loading import load_engine
from services.analyzer.line_model import shipped_line_model
from services.analyzer.rules import explain
from services.detector.scan_file import scan_lines
from shared.core.records import Flag
from shared.errors import AnalysisFailed

FULL = (
    "2025-03-04 10:00:02,020 ERROR [pool-1] store.Seg - write of /var/lib/app/7.seg failed: No space left on device"
)


def at_line(flag: Flag, first: int) -> Flag:
    """The flag as ``scan`` makes it: ``seq`` is the number of a line of the file."""
    return replace(flag, events=tuple(replace(event, seq=first + event.number - 1) for event in flag.events))


FLAG = at_line(among_calm(FULL), 1)


def test_it_says_what_the_service_says_of_the_same_lines() -> None:
    flag = at_line(among_calm(FULL), 33_891)
    anomaly = Explainer(None, None).anomaly_of_flag(flag)
    cited = citing_lines(flag)
    said = answer(load_engine(shipped_line_model()), cited, explain(cited), 30.0)
    assert (anomaly.engine, anomaly.category, anomaly.title) == ("embedded", "disk_full", said.title)
    assert anomaly.explanation == said.explanation
    assert "ine 33894" in anomaly.explanation and anomaly.evidence == (33_894,)


def test_a_finding_is_read_from_the_lines_that_stand_out() -> None:
    beside = "2025-03-04 10:00:01,020 ERROR [pool-1] auth.Login - certificate of api.example.com has expired"
    calm = [f"2025-03-04 10:00:0{i},020 INFO [pool-1] store.Seg - segment {i} written" for i in range(20)]
    lines = [*calm * 40, FULL, *calm[:2]]
    for place in range(3, 800, 4):  # an error that is daily life there
        lines[place] = beside
    (finding,) = scan_lines([line.encode() for line in lines]).findings
    anomaly = Explainer(None, None).anomaly_of_finding(finding)
    assert any("certificate" in line.text for line in anomaly.lines)
    assert (anomaly.category, anomaly.evidence) == ("disk_full", (801,))


def test_rules_alone_load_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "load_engine", lambda _: pytest.fail("loaded"))
    assert Explainer(ExplainBy.RULES, None).anomaly_of_flag(FLAG).engine == "rules"


def test_models_are_loaded_once_and_not_before_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Path] = []
    monkeypatch.setattr(explaining, "load_engine", lambda path: loaded.append(path) or load_engine(path))
    explainer = Explainer(None, None)
    assert explainer.category_by_rules(FLAG) == "disk_full"
    assert loaded == []
    for _ in range(3):
        explainer.anomaly_of_flag(FLAG)
    assert loaded == [shipped_line_model()]


def test_without_models_the_rules_go_on_unless_the_engine_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "shipped_line_model", lambda: tmp_path)
    assert Explainer(None, None).anomaly_of_flag(FLAG).engine == "rules"
    with pytest.raises(CommandFailed, match="embedded engine"):
        Explainer(ExplainBy.EMBEDDED, None).anomaly_of_flag(FLAG)


def test_after_so_many_flags_the_rules_read_the_rest() -> None:
    explainer = Explainer(None, None, most=2)
    engines = [explainer.anomaly_of_flag(FLAG).engine for _ in range(4)]
    assert engines == ["embedded", "embedded", "rules", "rules"]


def test_an_engine_that_fails_leaves_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "embedded"

        def analyze(self, prompt: object) -> object:
            raise AnalysisFailed("no")

    monkeypatch.setattr(explaining, "load_engine", lambda _: Broken())
    anomaly = Explainer(None, None).anomaly_of_flag(FLAG)
    assert (anomaly.engine, anomaly.category) == ("rules", "disk_full")


def test_an_asked_for_language_is_spoken() -> None:
    assert Explainer(None, "zh").anomaly_of_flag(at_line(a_flag([FULL]), 7)).language == "zh"
