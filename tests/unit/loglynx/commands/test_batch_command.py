"""``batch`` over text and JSON, with a scorer of the test's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

import loglynx.commands.batch as subject
from loglynx.failures import InputUnreadable
from loglynx.language import Language
from loglynx.scoring import SequenceScore


class ByLength:
    """Long records are strange."""

    def score(self, sequences: Sequence[Sequence[str]]) -> list[SequenceScore]:
        scores = [min(1.0, sum(map(len, lines)) / 10) for lines in sequences]
        return [SequenceScore(score, score >= 0.5) for score in scores]


@pytest.fixture(autouse=True)
def scorer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "scorer_for", lambda url, key: nullcontext(ByLength()))
    monkeypatch.setattr(subject, "RECORDS_AT_ONCE", 2)


def run(file: Path, **options: object) -> int:
    defaults = {"threshold": None, "output": None, "json_format": False, "lang": Language.EN}
    return subject.batch(str(file), **(defaults | options))  # type: ignore[arg-type]


def test_anomalies_are_printed_with_their_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "in.log"
    file.write_text("ok\n\nrather long\nok\n")
    assert run(file) == 1
    printed = capsys.readouterr()
    assert printed.out == "ANOMALY  score 1.0000 (threshold 0.50)  3: rather long\n"
    assert "1 of 3 records" in printed.err


def test_output_holds_every_record(tmp_path: Path) -> None:
    file, output = tmp_path / "in.json", tmp_path / "out.json"
    file.write_text(json.dumps(["ok", {"log_text": "rather long"}, ["a", "b"]]))
    assert run(file, json_format=True, output=output, threshold=0.9) == 1
    assert json.loads(output.read_text()) == [
        {"line": 1, "log_text": "ok", "score": 0.2, "is_anomaly": False, "reasons": []},
        {"line": 2, "log_text": "rather long", "score": 1.0, "is_anomaly": True, "reasons": []},
        {"line": 3, "log_text": "a\nb", "score": 0.2, "is_anomaly": False, "reasons": []},
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.json", "out.json"]


def test_nothing_in_nothing_out(tmp_path: Path) -> None:
    file, output = tmp_path / "in.log", tmp_path / "out.json"
    file.write_text("")
    assert run(file, output=output) == 0
    assert json.loads(output.read_text()) == []


def test_a_failure_leaves_the_old_output_alone(tmp_path: Path) -> None:
    file, output = tmp_path / "in.json", tmp_path / "out.json"
    output.write_text("old")
    file.write_text('["a"]\n{"no": "text"}\n')
    with pytest.raises(InputUnreadable, match="holds no log text"):
        run(file, json_format=True, output=output)
    assert output.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.json", "out.json"]
