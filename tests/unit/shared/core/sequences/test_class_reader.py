"""What is unknown, and how a sequence is cut for the classifier; a graph of a few lines stands in for the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.core.sequences.class_reader import UNKNOWN, ClassReader, Reject, class_reader
from shared.core.sequences.class_rows import MOST_SEGMENTS, SEGMENT, ClassRows
from shared.core.sequences.impressions import Arrays
from shared.core.sequences.key_book import SPECIAL, KeyBook
from shared.core.sequences.parsed_lines import Parsed, SequenceParser

BOOK = KeyBook.of([("calm", "calm", "fault")])


def count_graph(arrays: Arrays) -> Sequence[NDArray[Any]]:
    """Class 1 by how many events are of the second key; the code says what there is of either."""
    real = arrays["is_real"]
    calm = ((arrays["keys"] == SPECIAL) & real).sum(axis=1).astype(np.float32)
    fault = ((arrays["keys"] == SPECIAL + 1) & real).sum(axis=1).astype(np.float32)
    return [np.stack([calm, fault], axis=1), np.stack([calm, fault], axis=1) + 1e-3]


def parsed(*templates: str) -> Parsed:
    return Parsed(templates, tuple(range(len(templates))), (2,) * len(templates))


def a_reader(alpha: float = 0.1, oddities: list[list[float]] | None = None) -> ClassReader:
    known = np.array(oddities if oddities is not None else [[0.01 * at, 0.01 * at] for at in range(30)])
    reject = Reject(known, np.zeros(len(known), dtype=np.int64))
    return ClassReader(count_graph, ClassRows(BOOK), ("normal", "fault"), np.eye(2), reject, alpha)


def test_a_sequence_is_of_its_likeliest_class() -> None:
    judged = a_reader().judge([parsed(*["calm"] * 9), parsed(*["fault"] * 9)])
    assert [each.name for each in judged] == ["normal", "fault"]


def test_what_is_odder_than_calibration_is_unknown_and_still_says_what_is_likeliest() -> None:
    judged = a_reader().judge([parsed("calm", "fault")])[0]
    assert (judged.name, judged.likeliest) == (UNKNOWN, "normal")
    assert judged.p < 0.1
    assert a_reader(alpha=0.0).judge([parsed("calm", "fault")])[0].name == "normal"


def test_about_as_many_known_sequences_are_unknown_as_was_asked_for() -> None:
    numbers = np.random.default_rng(0)
    reject = Reject(numbers.random((400, 2)), np.zeros(400, dtype=np.int64))
    p = reject.p_values(numbers.random((2000, 2)), np.zeros(2000, dtype=np.int64))
    assert (p < 0.1).mean() == pytest.approx(0.1, abs=0.03)


def test_without_calibration_nothing_is_unknown() -> None:
    nothing = Reject(np.zeros((0, 2)), np.zeros(0, dtype=np.int64))
    assert nothing.p_values(np.ones((1, 2)), np.zeros(1, dtype=np.int64)).tolist() == [1.0]


def test_an_empty_sequence_is_unknown() -> None:
    assert a_reader().judge([Parsed((), (), ())])[0].name == UNKNOWN
    assert a_reader().judge([Parsed((), (), ()), parsed("calm", "calm")])[1].name == "normal"


def test_settings_bring_back_the_same_reader() -> None:
    own = a_reader()
    again = class_reader(own.settings(), count_graph)
    sequences = [parsed("calm", "calm"), parsed("fault"), parsed("other")]
    assert again.judge(sequences) == own.judge(sequences)


@pytest.mark.parametrize(
    "change",
    [
        {"classes": ["one"]},
        {"centres": [[1.0, float("nan")], [0.0, 1.0]]},
        {"called": [0]},
        {"alpha": 2.0},
        {"book": {}},
    ],
)
def test_settings_that_fit_no_reader_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        class_reader({**a_reader().settings(), **change}, count_graph)


def test_long_sequences_are_read_in_segments_spread_over_them() -> None:
    rows = ClassRows(BOOK)
    assert [len(keys) for keys in rows.segments([parsed(*["calm"] * (SEGMENT + 3))]).keys] == [SEGMENT, 3]
    many = rows.segments([parsed(*["calm"] * (SEGMENT * 40), "fault"), parsed("calm")])
    assert many.owner.tolist() == [0] * MOST_SEGMENTS + [1]
    assert many.keys[MOST_SEGMENTS - 1].tolist() == [SPECIAL + 1]  # the end is among them


def test_a_template_that_was_never_met_still_has_its_words() -> None:
    own = ClassRows(BOOK).segments([parsed("disk full"), parsed("full disk"), parsed("net down")])
    assert (own.words[0] == own.words[1]).all()
    assert (own.words[0] != own.words[2]).any()
    assert (own.words[0] > 0).sum() == 2


def test_lines_become_templates_pauses_and_levels() -> None:
    lines = ["2026-03-01 10:00:00 ERROR read 17 failed", "2026-03-01 10:00:02 INFO read 18 done", "no time at all"]
    own = SequenceParser().parse([lines])[0]
    assert own.pauses() == [0.0, 2000.0, 0.0]
    assert own.levels[:2] == (5, 2)
    assert "17" not in own.templates[0]
