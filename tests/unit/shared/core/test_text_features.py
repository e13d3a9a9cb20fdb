import numpy as np

from shared.core.text_features import BUCKETS, MAX_CHARS, text_features


def columns_of(lines: list[str]) -> set[int]:
    return set(text_features(lines).runs.columns.tolist())


def test_capitals_and_numbers_tell_one_text_from_another():
    assert columns_of(["status 503"]) != columns_of(["status 500"])
    assert columns_of(["SUCCESS"]) != columns_of(["Success"])


def test_words_count_over_all_lines_whatever_their_case():
    words = text_features(["disk Disk full", "disk failed"]).words
    assert sorted(words.counts.tolist()) == [1.0, 1.0, 3.0]


def test_no_run_reaches_over_a_space():
    assert columns_of(["abc xyz"]) == columns_of(["xyz abc"])


def test_features_are_bounded_and_rise_whatever_the_window():
    for lines in ([], [""], ["\x00￿" * 10], ["\ud800 broken"], ["磁盘已满"], ["word " * 100_000] * 3):
        found = text_features(lines)
        for part in (found.words, found.runs):
            assert len(part.columns) == len(part.counts) <= BUCKETS
            assert (np.diff(part.columns.astype(int)) > 0).all()
            assert (part.counts > 0).all()
        assert found.runs.counts.sum() <= 4 * (MAX_CHARS + 100)


def test_chinese_has_words_of_its_own():
    assert len(text_features(["磁盘已满"]).words.columns) == 4
