import gzip
import json

import pytest

from loglynx.evaluation import labelled_rows
from loglynx.evaluation.labelled_rows import read_rows
from loglynx.failures import InputUnreadable


def a_file(tmp_path, *rows: object, name: str = "rows.jsonl") -> str:
    path = tmp_path / name
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return str(path)


def test_a_row_says_what_it_knows_and_no_more(tmp_path):
    full = {"lines": ["a", "b"], "label": "x", "evidence": [2], "entities": ["b", {"span": "c", "line": 1}]}
    path = a_file(tmp_path, full | {"language": "zh", "group": "g", "other": 1}, "", {"lines": ["a"], "label": "y"})
    first, second = read_rows(path)
    assert first.evidence == {2}
    assert first.entities == {"b", "c"}
    assert (first.language, first.group) == ("zh", "g")
    assert (second.evidence, second.entities, second.language, second.group) == (None,) * 4


def test_rows_of_the_incident_data_are_read_as_they_are(tmp_path):
    target = {"category": "timeout", "evidence": [1], "entities": [{"line": 1, "span": "a"}], "severity": "low"}
    (row,) = read_rows(a_file(tmp_path, {"window": ["a b"], "target": target, "language": "en"}))
    assert (row.lines, row.label, row.evidence, row.entities) == (("a b",), "timeout", {1}, {"a"})


def test_packed_rows_are_read(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps({"lines": ["a"], "label": "x"}).encode()))
    assert len(list(read_rows(str(path)))) == 1


def test_a_row_longer_than_a_line_of_a_log_is_read(tmp_path):
    (row,) = read_rows(a_file(tmp_path, {"lines": ["x" * 500] * 5_000, "label": "y"}))
    assert len(row.lines) == 5_000


@pytest.mark.parametrize(
    "bad",
    [
        "secret, not json",
        '["secret"]',
        '{"lines": ["secret"]}',
        '{"lines": [], "label": "x"}',
        '{"lines": "secret", "label": "x"}',
        '{"lines": [1], "label": "x"}',
        '{"lines": ["secret"], "label": ""}',
        '{"lines": ["secret"], "label": "x", "evidence": [2]}',
        '{"lines": ["secret"], "label": "x", "evidence": [0]}',
        '{"lines": ["secret"], "label": "x", "language": "fr"}',
        '{"lines": ["secret"], "label": "' + "x" * 500 + '"}',
        "[" * 100_000,
    ],
)
def test_a_bad_row_is_named_by_its_number_and_not_repeated(tmp_path, bad: str):
    with pytest.raises(InputUnreadable) as failure:
        list(read_rows(a_file(tmp_path, {"lines": ["a"], "label": "x"}, bad)))
    assert "line 2" in failure.value.message
    assert "secret" not in failure.value.message
    assert len(failure.value.message) < 600


def test_a_file_without_rows_and_one_that_is_missing_are_refused(tmp_path):
    with pytest.raises(InputUnreadable, match="no row"):
        list(read_rows(a_file(tmp_path, "", "  ")))
    with pytest.raises(InputUnreadable):
        list(read_rows(str(tmp_path / "missing.jsonl")))


def test_more_rows_than_allowed_are_refused_and_a_limit_ends_early(tmp_path, monkeypatch):
    monkeypatch.setattr(labelled_rows, "MAX_ROWS", 3)
    path = a_file(tmp_path, *[{"lines": ["a"], "label": "x"}] * 5)
    with pytest.raises(InputUnreadable, match="more than 3"):
        list(read_rows(path))
    assert len(list(read_rows(path, limit=2))) == 2


def test_a_row_beyond_the_size_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(labelled_rows, "MAX_ROW_BYTES", 1_000)
    with pytest.raises(InputUnreadable, match="longer"):
        list(read_rows(a_file(tmp_path, {"lines": ["x" * 2_000], "label": "y"})))
