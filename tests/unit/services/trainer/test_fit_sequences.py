"""A fit that was killed goes on to the weights it would have had; several processes train one model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_grammar import normal_windows

from services.trainer.checkpoints import CheckpointMismatch, Checkpoints
from services.trainer.course import Course
from services.trainer.effort import Effort
from services.trainer.learn_deeplog import fit_deeplog
from services.trainer.learn_logbert_distil import fit_logbert_distil
from services.trainer.peers import Peers

LITTLE = Effort(steps=24, most_events=500, most_held_out_events=60, per_step=64)


class Killed(Exception):
    """The process is no more."""


def die_at(step: int):  # type: ignore[no-untyped-def]
    def watch(stage: str, at: int, figures: Mapping[str, float]) -> None:
        if at == step and "learning_rate" in figures:
            raise Killed

    return watch


@pytest.mark.parametrize("fit", [fit_deeplog, fit_logbert_distil])
def test_a_run_that_was_killed_ends_where_it_would_have_ended(fit, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    windows, asked = normal_windows(60), normal_windows(5, seed=9)
    whole = fit(windows, 3, LITTLE).read(asked)
    always = Checkpoints(tmp_path, "run", is_resuming=False, every_s=0.0)
    with pytest.raises(Killed):
        fit(windows, 3, replace(LITTLE, course=Course(checkpoints=always, watch=die_at(11))))
    again = Checkpoints(tmp_path, "run", is_resuming=True)
    steps: list[int] = []
    course = Course(checkpoints=again, watch=lambda stage, step, figures: steps.append(step))
    resumed = fit(windows, 3, replace(LITTLE, course=course)).read(asked)
    assert min(steps) == 11  # ten steps were not done again
    assert [each.strangeness for each in resumed] == [each.strangeness for each in whole]


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    Checkpoints(tmp_path, "one", is_resuming=False).save("stage", {"done": 1})
    with pytest.raises(CheckpointMismatch):
        Checkpoints(tmp_path, "two", is_resuming=True).load("stage")


def test_a_damaged_checkpoint_is_refused_and_never_run(tmp_path: Path) -> None:
    (tmp_path / "stage.pt").write_bytes(b"cos\nsystem\n(S'touch /tmp/x'\ntR.")
    with pytest.raises(CheckpointMismatch):
        Checkpoints(tmp_path, "one", is_resuming=True).load("stage")


def test_each_of_two_processes_takes_every_other_batch_and_as_many() -> None:
    batches = list(range(7))
    assert list(Peers(0, 2).own(batches)) == [0, 2, 4]
    assert list(Peers(1, 2).own(batches)) == [1, 3, 5]


def test_epochs_and_windows_per_batch_take_the_place_of_steps() -> None:
    effort = replace(LITTLE, epochs=3, batch_windows=8)
    assert effort.steps_of(10) == 30
    assert effort.numbers_per_step(numbers=1000, windows=50) == 160
    assert replace(effort, course=Course(peers=Peers(0, 2))).steps_of(10) == 15


def test_weights_are_bfloat16_in_products_only(tmp_path: Path) -> None:
    compute = replace(Course().compute, precision="bfloat16")
    reader = fit_deeplog(normal_windows(40), 0, replace(LITTLE, steps=4, course=Course(compute)))
    parameters = list(reader.run.graph.parameters())  # type: ignore[attr-defined]
    assert all(parameter.dtype == torch.float32 for parameter in parameters)
    assert np.isfinite(reader.read(normal_windows(2))[0].strangeness)
