"""A fault is measured beside what words alone and new templates alone would have found."""

from __future__ import annotations

import numpy as np

from services.trainer.datasets.streams import TemplateBook
from services.trainer.datasets.windows import Batch
from services.trainer.evaluate import FloatArray, cut_fixed, faulty_streams, measure, score_streams


def by_kind(batch: Batch) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A stand-in for the model that says nothing."""
    shape = batch.is_real.shape
    window = np.zeros((shape[0], 4), np.float32)
    window[:, 0] = 1.0
    return np.zeros(shape[0], np.float32), np.zeros(shape, np.float32), window


def test_a_model_that_says_nothing_is_at_a_half_while_words_and_new_templates_are_not() -> None:
    book = TemplateBook()
    streams = faulty_streams(["postgresql"], 3, 900, book)["postgresql"]
    vectors = np.zeros((len(book), 4), np.float32)
    found = measure(score_streams(streams, book, vectors, by_kind))
    assert found["windows"] == 180 and 0 < found["fault_windows"] < 90
    assert found["head_auc"] == found["knn_auc"] == 0.5
    assert found["words_auc"] > 0.7 and found["new_auc"] > 0.7
    assert found["words_ap"] > found["head_ap"]


def test_windows_are_cut_whole_and_the_remainder_is_dropped() -> None:
    stream = faulty_streams(["sshd"], 1, 64, TemplateBook())["sshd"][0]
    assert [len(window) for window in cut_fixed(stream.events, 20)] == [20] * (len(stream.events) // 20)
