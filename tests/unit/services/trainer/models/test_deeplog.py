"""DeepLog learns what comes next, reads short windows fairly, and judges each window by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from toy_grammar import COPY, FAILURE, START, ended_early, normal_windows, swapped, with_failure

from services.trainer.effort import Effort
from services.trainer.learn_deeplog import fit_deeplog
from services.trainer.models.deeplog import DeepLog, DeepLogShape
from shared.core.sequences.next_key import NextKeyReader, histories_of

LITTLE = Effort(steps=200, most_events=3_000, most_held_out_events=300, per_step=64)


@pytest.fixture(scope="module")
def reader() -> NextKeyReader:
    return fit_deeplog(normal_windows(150), 0, LITTLE)


@torch.no_grad()
def test_one_row_of_logits_per_history_whoever_is_beside_it() -> None:
    torch.manual_seed(1)
    model = DeepLog(DeepLogShape(30)).eval()
    histories = torch.randint(0, 30, (7, 10))
    logits = model(histories)
    assert logits.shape == (7, 30)
    assert torch.allclose(model(histories[3:4])[0], logits[3], atol=1e-5)


def test_what_stood_before_the_first_event_is_the_start_marker() -> None:
    assert histories_of(np.array([7, 8, 9]), 2).tolist() == [[1, 1], [1, 7], [7, 8]]


def test_the_end_is_predicted_too(reader: NextKeyReader) -> None:
    window = normal_windows(1, seed=6)[0]
    whole, stopped = reader.read([window, window[:3]])
    assert stopped.strangeness > whole.strangeness + 2
    assert stopped.surprise[2] == stopped.strangeness


def test_spoiled_windows_rank_above_normal_ones(reader: NextKeyReader) -> None:
    normal = normal_windows(40, seed=5)
    highest = max(each.strangeness for each in reader.read(normal))
    for spoil in (swapped, with_failure, ended_early):
        assert min(each.strangeness for each in reader.read([spoil(w) for w in normal])) > highest, spoil


def test_the_line_that_never_occurred_is_the_most_surprising(reader: NextKeyReader) -> None:
    window = with_failure(normal_windows(1, seed=6)[0])
    assert int(np.argmax(reader.read([window])[0].surprise)) == window.index(FAILURE)


def test_a_short_window_is_not_strange_for_being_short(reader: NextKeyReader) -> None:
    short, whole = reader.read([(START, COPY[0], COPY[1]), normal_windows(1, seed=7)[0]])
    assert short.surprise[:2].max() < whole.strangeness + 0.5  # all but that it ends too early


def test_a_window_reads_the_same_alone_and_among_others(reader: NextKeyReader) -> None:
    windows = normal_windows(20, seed=8)
    together, alone = reader.read(windows), reader.read(windows[11:12])[0]
    assert np.allclose(together[11].surprise, alone.surprise, atol=1e-5)


def test_the_same_seed_learns_the_same() -> None:
    few = Effort(steps=8, most_events=500, most_held_out_events=50, per_step=64)
    windows, asked = normal_windows(60), normal_windows(5, seed=9)
    first, second, other = (fit_deeplog(windows, seed, few).read(asked) for seed in (3, 3, 4))
    assert [each.strangeness for each in first] == [each.strangeness for each in second]
    assert [each.strangeness for each in first] != [each.strangeness for each in other]
