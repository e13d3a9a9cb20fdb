"""Steps: skipped when nothing changed, done again when anything did."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglynx.training.steps import StepNotDone, Steps


def test_a_step_is_required_with_the_same_input_options_and_result(tmp_path: Path) -> None:
    (tmp_path / "done").mkdir()
    result = tmp_path / "result"

    def work() -> dict[str, int]:
        result.write_text("made")
        return {"count": 1}

    def steps() -> Steps:
        return Steps(tmp_path / "done", 1, lambda text: None)

    with pytest.raises(StepNotDone):
        steps().require("make", "input", {}, result)
    steps().run("make", "input", {}, result, work)
    known = steps()
    known.require("make", "input", {}, result)
    assert known.said == {"make": {"skipped": True, "count": 1}}
    for given, options in (("other", {}), ("input", {"seed": 1})):
        with pytest.raises(StepNotDone):
            steps().require("make", given, options, result)
    result.write_text("changed")
    with pytest.raises(StepNotDone):
        steps().require("make", "input", {}, result)
