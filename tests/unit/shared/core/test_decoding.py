import pytest

from shared.core.decoding import CLIP_MARK, decode_bytes, make_safe, split_lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "gbk"])
def test_chinese_reads_alike_in_each_encoding(encoding: str) -> None:
    text = "2024-03-01 10:00:00 错误：数据库连接超时，请稍后重试（第3次）\n2024-03-01 10:00:01 用户登录成功\n"
    assert decode_bytes(text.encode(encoding)) == text


def test_big_endian_mark_is_honoured() -> None:
    assert decode_bytes(b"\xfe\xff" + "日志 ok".encode("utf-16-be")) == "日志 ok"


def test_latin_bytes_are_not_taken_for_chinese() -> None:
    assert decode_bytes("señor, el café está caído\n".encode("latin-1")).count("\ufffd") == 4


def test_one_broken_line_spoils_no_other() -> None:
    data = "正常启动\n".encode() + b"bad \xff byte\n" + "用户名或密码错误，登录失败\n".encode("gbk")
    assert decode_bytes(data).split("\n") == ["正常启动", "bad \ufffd byte", "用户名或密码错误，登录失败", ""]


def test_damaged_utf8_stays_utf8() -> None:
    data = "连接数据库失败，正在重试，请检查网络配置".encode()
    assert decode_bytes(data[:-1]).startswith("连接数据库失败，正在重试，请检查网络配")


def test_lines_end_at_line_ends_only() -> None:
    assert split_lines("a\r\nb\rc\nd\x0be\u2028f\x85g\n") == ["a", "b", "c", "d\x0be\u2028f\x85g"]


@pytest.mark.parametrize(
    ("text", "lines"), [("", []), ("\n", [""]), ("a", ["a"]), ("a\n\n", ["a", ""]), ("a\r\r\n", ["a", ""])]
)
def test_only_the_final_line_end_makes_no_line(text: str, lines: list[str]) -> None:
    assert split_lines(text) == lines


def test_plain_line_comes_back_as_the_same_object() -> None:
    line = "GET /index.html 200"
    assert make_safe(line, 100)[0] is line


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        ("\x1b[1;31mERROR\x1b[0m done", "ERROR done"),
        ("\x1b]0;title\x07text", "text"),
        ("a\x00b", "a␀b"),
        ("bell\x07", "bell␇"),
        ("back\x08space\x7f", "back␈space␡"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("half \ud800 pair", "half � pair"),
        ("hidden\U000e0041tag", "hiddentag"),
        ("forged\u2028line", "forged␤line"),
        ("c1 \x9b31m\x85", "c1 �"),
        ("\tat a.b.C", "\tat a.b.C"),
        ("错误：超时", "错误：超时"),
    ],
)
def test_nothing_hides_in_a_safe_line(line: str, safe: str) -> None:
    assert make_safe(line, 100) == (safe, False)


def test_long_line_is_clipped_to_the_limit_and_says_so() -> None:
    safe, was_clipped = make_safe("x" * 500, 100)
    assert (len(safe), was_clipped) == (100, True)
    assert safe.endswith(CLIP_MARK)
    assert make_safe("x" * 100, 100) == ("x" * 100, False)


def test_of_a_much_too_long_line_the_rest_is_not_looked_at() -> None:
    assert make_safe("\x1b[0m" * 1_000 + "end", 100) == ("…[clipped]", True)
    assert make_safe("\x1b[0m" * 10 + "end", 100) == ("end", False)
    text, was_clipped = make_safe("\0" * 5_000_000, 100)
    assert (len(text), was_clipped) == (100, True)
