"""LogBERT-Distil guesses hidden templates, and judges each window by itself and always alike."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional
from toy_grammar import FAILURE, ended_early, normal_windows, swapped, with_failure

from services.trainer.effort import Effort
from services.trainer.learn_logbert_distil import fit_logbert_distil
from services.trainer.models.logbert_distil import LogBertDistil
from services.trainer.models.masked_encoder import MaskedShape
from shared.core.sequences.masked_reader import MaskedReader

LITTLE = Effort(steps=250, most_events=3_000, most_held_out_events=300, per_step=256)


@pytest.fixture(scope="module")
def reader() -> MaskedReader:
    return fit_logbert_distil(normal_windows(150), 0, LITTLE)


@torch.no_grad()
def test_padding_and_batch_mates_change_nothing() -> None:
    torch.manual_seed(1)
    model = LogBertDistil(MaskedShape(40, dim=32)).eval()
    keys = torch.randint(4, 40, (5, 9))
    real = torch.ones_like(keys, dtype=torch.bool)
    states = model(keys, real)
    assert states.shape == (5, 9, 32)
    assert model.logits(states[:, 3]).shape == (5, 40)
    assert model.distance(states).shape == (5,)
    padded = model(functional.pad(keys, (0, 6), value=17), functional.pad(real, (0, 6)))
    assert torch.allclose(states, padded[:, :9], atol=1e-5)
    assert torch.allclose(states[2], model(keys[2:3], real[2:3])[0], atol=1e-5)


def test_spoiled_windows_rank_above_normal_ones(reader: MaskedReader) -> None:
    normal = normal_windows(30, seed=5)
    usual = np.array([each.strangeness for each in reader.read(normal)])
    for spoil in (swapped, with_failure, ended_early):
        spoiled = np.array([each.strangeness for each in reader.read([spoil(w) for w in normal])])
        assert (spoiled[:, None] > usual[None, :]).mean() > 0.9, spoil


def test_the_line_that_never_occurred_is_the_most_surprising(reader: MaskedReader) -> None:
    window = with_failure(normal_windows(1, seed=6)[0])
    assert int(np.argmax(reader.read([window])[0].surprise)) == window.index(FAILURE)


def test_a_window_reads_the_same_again_alone_and_among_others(reader: MaskedReader) -> None:
    windows = normal_windows(12, seed=8)
    together, again, alone = reader.read(windows), reader.read(windows), reader.read(windows[7:8])[0]
    assert [each.strangeness for each in together] == [each.strangeness for each in again]
    assert np.allclose(together[7].surprise, alone.surprise, atol=1e-5)


def test_a_window_longer_than_the_model_has_a_surprise_for_every_event(reader: MaskedReader) -> None:
    window = normal_windows(1, seed=9)[0] * 30
    surprise = reader.read([window])[0].surprise
    assert len(surprise) == len(window)
    assert (surprise > 0).all()


def test_the_same_seed_learns_the_same() -> None:
    few = Effort(steps=8, most_events=500, most_held_out_events=60, per_step=256)
    windows, asked = normal_windows(60), normal_windows(5, seed=9)
    first, second, other = (fit_logbert_distil(windows, seed, few).read(asked) for seed in (3, 3, 4))
    assert [each.strangeness for each in first] == [each.strangeness for each in second]
    assert [each.strangeness for each in first] != [each.strangeness for each in other]
