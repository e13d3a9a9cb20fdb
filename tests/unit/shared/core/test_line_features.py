import numpy as np
import pytest

from shared.core.line_features import BUCKETS, MAX_FEATURES, LineFeaturiser


def shared_part(left: str, right: str) -> float:
    featuriser = LineFeaturiser()
    a, b = set(featuriser.features(left).tolist()), set(featuriser.features(right).tolist())
    return len(a & b) / len(a | b)


@pytest.mark.parametrize(
    "line", ["", " ", "\x00", "a", "连", "<", "9" * 10_000, "x" * 10_000, "错误" * 5_000, "\ud800"]
)
def test_any_line_has_features_in_range(line: str):
    found = LineFeaturiser().features(line)
    assert 0 < len(found) <= MAX_FEATURES
    assert found.dtype == np.int32
    assert (np.diff(found) > 0).all()
    assert found[0] >= 0
    assert found[-1] < BUCKETS


def test_numbers_and_addresses_make_no_difference():
    assert (
        shared_part("connect to 10.0.0.1:80 failed after 30 ms", "connect to 10.9.8.7:99 failed after 71 ms") == 1.0
    )


def test_stamps_and_layout_make_little_difference():
    plain = "2024-01-01 00:00:01 ERROR disk quota exceeded"
    assert shared_part(plain, "[2025-02-03 04:05:06] [ERROR] disk quota exceeded") > 0.9


def test_the_level_makes_a_difference():
    assert 0.8 < shared_part("2024-01-01 00:00:01 ERROR it went on", "2024-01-01 00:00:01 INFO it went on") < 1.0


def test_a_joined_word_shares_features_with_the_words_apart():
    assert shared_part("OutOfMemoryError", "out of memory error") > 0.5


def test_chinese_wordings_of_one_thing_share_features():
    assert shared_part("数据库连接超时", "连接数据库超时") > shared_part("数据库连接超时", "磁盘空间不足") + 0.2


def test_features_are_the_same_on_every_machine():
    assert LineFeaturiser().features("ERROR: disk full").tolist()[:3] == [15, 3504, 4219]
