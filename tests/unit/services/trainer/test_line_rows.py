import json

import pytest

from services.trainer.line_rows import distinct_lines, read_windows


def a_row(**changes: object) -> dict[str, object]:
    target = {"evidence": [2], "category": "disk_full"}
    return (
        {"window": ["all is well", "disk full"], "line_categories": ["", "disk_full"], "kind": "fault"}
        | {"target": target}
        | changes
    )


def a_file(tmp_path, *rows: object):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_a_row_becomes_lines_with_their_categories(tmp_path):
    (window,) = read_windows(a_file(tmp_path, a_row()))
    assert window.line_categories == ("", "disk_full")
    assert window.evidence == {1}
    assert len(window.features) == 2


def test_lines_that_differ_in_their_numbers_are_one(tmp_path):
    rows = [a_row(window=[f"step {n} done", "disk full"]) for n in (1, 22)]
    features, categories, counts = distinct_lines(read_windows(a_file(tmp_path, *rows)))
    assert len(features) == 2
    assert categories == ["", "disk_full"]
    assert counts.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("bad", [{}, [], a_row(line_categories=["", "made_up"]), a_row(line_categories=[""])])
def test_what_is_no_row_is_named_by_its_line(tmp_path, bad: object):
    with pytest.raises(ValueError, match="line 2"):
        list(distinct_lines(read_windows(a_file(tmp_path, a_row(), bad))))
