"""The workflow does seven steps, skips what is done, and does again what changed and all behind it."""

from __future__ import annotations

import json
from pathlib import Path

from toy_grammar import normal_windows

from loglynx.training.workflow import Steps, Workflow, run_workflow


def skipped(said: dict[str, dict[str, object]]) -> list[str]:
    return [name for name, step in said.items() if step["skipped"]]


def test_seven_steps_once_and_only_what_changed_again(tmp_path: Path) -> None:
    raw, told = tmp_path / "app.log", []
    raw.write_text("".join(f"{line}\n" for window in normal_windows(40) for line in window))
    asked = Workflow(str(raw), tmp_path / "out", epochs=1, batch_size=8, window="fixed:10", simulated_ratio=0.2)
    first = run_workflow(asked, told.append)
    assert list(first) == ["analyze", "convert", "split", "tinylogbert", "logbert_distil", "compare", "detect"]
    assert skipped(first) == []
    assert sum(text.startswith("step ") for text in told) == 7
    out = tmp_path / "out"
    for name in ("analysis.json", "data/train.jsonl", "data/test.jsonl", "comparison/report.html", "detections.json"):
        assert (out / name).stat().st_size > 0, name
    assert "simulated" not in (out / "comparison" / "report.json").read_text()

    assert skipped(run_workflow(asked, told.append)) == list(first)

    (out / "detections.json").unlink()
    assert skipped(run_workflow(asked, told.append)) == list(first)[:-1]

    (out / "data" / "test.jsonl").write_text(json.dumps({"lines": ["changed"]}) + "\n")
    again = run_workflow(asked, told.append)
    assert skipped(again) == ["analyze", "convert", "tinylogbert", "logbert_distil", "compare", "detect"]


def test_other_options_or_other_input_do_a_step_again(tmp_path: Path) -> None:
    done: list[str] = []
    result = tmp_path / "result"

    def work() -> dict[str, object]:
        result.write_text("same")
        done.append("work")
        return {}

    for given, options in (("a", {"x": 1}), ("a", {"x": 1}), ("a", {"x": 2}), ("b", {"x": 2})):
        Steps(tmp_path, 1, lambda text: None).run("name", given, options, result, work)
    assert len(done) == 3
