import pytest

from shared.core.normalising import VERSION, numbers_in, template_id, template_of, words_in


@pytest.mark.parametrize(
    ("message", "numbers"),
    [
        ("took 12.5ms for 3 of 10.0.0.6", [12.5, 3.0]),
        ("status: 200 len: 1893 time: 0.2477829", [200.0, 1893.0, 0.2477829]),
        ("GET /a/7 HTTP/1.1 404 client error, 139 bytes", [404.0, 139.0]),
        ("temperature -5 (was +80)", [-5.0, 80.0]),
        ("耗时３００毫秒，第2次", [300.0, 2.0]),
        ("at 2024-06-01 10:20:30 blk_17 v1.2.3 eth0 0x1f", []),
        ("size=91178, retries=2", [91178.0, 2.0]),
        ("", []),
    ],
)
def test_numbers_are_the_quantities_in_order(message: str, numbers: list[float]) -> None:
    assert numbers_in(message) == numbers


def test_numbers_are_bounded() -> None:
    assert len(numbers_in("7 " * 1000)) == 64


def test_template_id_is_fixed_for_ever() -> None:
    assert VERSION == 2
    assert f"{template_id('session closed for user root'):016x}" == "6db124f97b717114"


def test_template_is_bounded() -> None:
    assert len(template_of("word " * 100_000)) <= 2000


def test_words_are_the_distinct_ones_of_a_template_whatever_their_case() -> None:
    assert words_in("Connection refused: connection <NUM>", 9) == words_in("connection refused", 9)
    assert len(words_in("connection refused", 9)) == 2
    assert set(words_in("disk full", 9)).isdisjoint(words_in("connection refused", 9))


def test_masks_numbers_and_single_letters_are_no_words() -> None:
    assert words_in("<NUM> 12 x = <IP:PORT> ...", 9) == []


def test_chinese_words_are_pairs_of_characters() -> None:
    shared = set(words_in("连接超时", 9)) & set(words_in("连接失败", 9))
    assert len(words_in("连接超时", 9)) == 3 and len(shared) == 1


def test_of_too_many_words_the_first_are_kept() -> None:
    words = words_in(" ".join(f"word{chr(97 + n)}" for n in range(26)), 16)
    assert words == words_in(" ".join(f"word{chr(97 + n)}" for n in range(16)), 99)
    assert all(0 < word < 2**32 for word in words)
