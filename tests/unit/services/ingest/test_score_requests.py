from __future__ import annotations

import pytest

from services.ingest.score_requests import read_score_request, read_text
from shared.errors import UnprocessableBody


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b'{"log_seq":["a","b"]}', ["a", "b"]),
        (b'{"log":"a"}', ["a"]),
        (b'{"log_text":"a"}', ["a"]),
        (b'{"lines":["a","b"]}', ["a", "b"]),
    ],
)
def test_each_shape_is_one_sequence(body: bytes, lines: list[str]) -> None:
    (sequence,) = read_score_request(body, is_batch=False).sequences
    assert list(sequence.lines) == lines


@pytest.mark.parametrize("key", ["log_texts", "logs", "lines"])
def test_batch_is_a_sequence_for_each_log(key: str) -> None:
    sequences = read_score_request(b'{"%s":["a","b","c"]}' % key.encode(), is_batch=True).sequences
    assert [list(sequence.lines) for sequence in sequences] == [["a"], ["b"], ["c"]]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"log":5}',
        b'{"log":""}',
        b'{"log":" "}',
        b'{"log_seq":[]}',
        b'{"log_seq":[1]}',
        b'{"log_seq":"a"}',
        b'{"log":"a","threshold":2}',
        b'{"log":"a","threshold":true}',
        b'{"log":"a","threshold":"0.5"}',
        b"not json",
    ],
)
def test_other_shapes_are_refused(body: bytes) -> None:
    with pytest.raises(UnprocessableBody):
        read_score_request(body, is_batch=False)


@pytest.mark.parametrize("body", [b'{"log_texts":[]}', b'{"log_texts":["a",5]}', b'{"log":"a"}'])
def test_batch_needs_texts(body: bytes) -> None:
    with pytest.raises(UnprocessableBody):
        read_score_request(body, is_batch=True)


def test_own_threshold_replaces_the_decision() -> None:
    lenient = read_score_request(b'{"log":"a","threshold":0.9}', is_batch=False)
    assert lenient.judged((0.8, True)) == {"score": 0.8, "is_anomaly": False}
    assert lenient.judged((0.9, False)) == {"score": 0.9, "is_anomaly": True}
    plain = read_score_request(b'{"log":"a"}', is_batch=False)
    assert plain.judged((0.8, True)) == {"score": 0.8, "is_anomaly": True}
    assert plain.judged(None) == {"score": None, "is_anomaly": False}


def test_text_is_cut_and_made_safe() -> None:
    assert len(read_text(b'{"log_text":"abcdef"}', 3)) == 3
    assert read_text(b'{"log_text":"a\\ud800b\\u0000"}', 99) == "a\ufffdb\u2400"
