"""The verifier: what a text may and may not say about its cited lines."""

from __future__ import annotations

import pytest

from services.analyzer.grounding import unsupported_claims
from shared.core.taxonomy import TAXONOMY

CITED = [
    "2025-03-04 ERROR order-service - Connection refused: 10.0.0.5:6379 after 3000 ms user=alice path=/var/lib/app/x.db",
    "java.net.ConnectException: pool 'orders' exhausted, 40 of 40 in use (ORA-12541)",
]
NUMBERS = (3, 7)


@pytest.mark.parametrize(
    "text",
    [
        "order-service could not reach 10.0.0.5:6379: the connection was refused.",
        "Line 3 and line 7 show it.",
        "Lines 3 and 7 show a ConnectException.",
        "第 3、7 行显示 order-service 无法连接 10.0.0.5:6379。",
        "等待 3000 毫秒后失败。",
        "It waited 3000 ms; the pool orders has 40 connections.",
        "The service failed because the connection was refused by the other side.",
        "The host accepts no connection.",
        "The user alice was affected, see /var/lib/app/x.db and ORA-12541.",
        "“Connection refused” is what the line says.",
        "TCP and DNS are fine; this is a read-only, out-of-memory kind of problem.",
        "One of two cited lines names java.net.ConnectException.",
        "There are 10 events, 2 of the lines are cited.",
        "共 10 个事件，引用两行。",
        "",
    ],
)
def test_supported_text_passes(text: str) -> None:
    assert unsupported_claims(text, CITED, NUMBERS, events=10) == []


@pytest.mark.parametrize(
    "text, claim",
    [
        ("Redis at 10.0.0.5:6379 refused.", "Redis"),
        ("order-service could not reach 10.0.0.6:6379.", "10.0.0.6:6379"),
        ("It took 5000 ms.", "5000"),
        ("Line 4 shows it.", "Line 4"),
        ("Lines 3-5 show it.", "Lines 3-5"),
        ("第 4 行显示失败。", "第 4 行"),
        ("L9 is the first.", "L9"),
        ("The user bob could not log in.", "bob"),
        ("用户 bob 登录失败", "bob"),
        ("The host db-master is down.", "db-master"),
        ("payment-service is down.", "payment-service"),
        ("A NullPointerException was thrown.", "NullPointerException"),
        ("See /etc/shadow.", "/etc/shadow"),
        ("“Connection denied” is what it says.", "Connection denied"),
        ("The table `customers` is locked.", "customers"),
        ("DB01 failed over.", "DB01"),
        ("ORA-00600 was raised.", "ORA-00600"),
        ("Contact http://evil.example/x now.", "http://evil.example/x"),
        ("The pool holds 400 connections.", "400"),
        ("It is 0.0.5:6379 or 00.0.0.5.", "0.0.5"),
        ("Kafka 消费者不可用", "Kafka"),
        ("达梦数据库不可用", "达梦"),
        ("Echo restarted it.", "echo"),
        ("mallory restarted it.", "mallory"),
        ("It failed seventeen times.", "seventeen"),
        ("It was tried two times.", "two"),
        ("共失败17次。", "17"),
        ("端口8080不可用", "8080"),
        ("用户105.230.66.81修改了配置", "105.230.66.81"),
        ("失败三次后停止", "三"),
        ("张伟重启了服务", "张"),
        ("There are 12 events.", "12"),
    ],
)
def test_invented_claim_is_named(text: str, claim: str) -> None:
    assert any(claim in found for found in unsupported_claims(text, CITED, NUMBERS, events=10))


def test_part_of_a_longer_number_or_name_is_no_support() -> None:
    assert unsupported_claims("It waited 300 ms.", CITED, NUMBERS)
    assert unsupported_claims("The address is 10.0.0.5:63.", CITED, NUMBERS)


def test_full_width_and_case_do_not_matter() -> None:
    assert unsupported_claims("ORDER-SERVICE １０.0.0.5:6379", CITED, NUMBERS) == []


def test_a_digit_of_an_id_supports_no_number() -> None:
    cited = ["ERROR store - table req-4d64e1 not found on /data/db/4 after 3000ms, 7 left"]
    assert unsupported_claims("It failed four times.", cited, (1,))
    assert unsupported_claims("It failed 4 times, in 64 tables.", ["table req-4d64e1"], (1,)) == ["4", "64"]
    assert unsupported_claims("It took 3000 ms and seven are left.", cited, (1,)) == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("reverse lookup of 118.11.26.218.internet.sx.cn failed", "“lookup of 118.11.26.218.internet.sx.cn failed”"),
        ("2026-04-28T19:37:57.721+08:00 ERROR x", "Line 4: “2026-04-28T19:37:57.721+08:00 ERROR x”."),
        ("instance 516dc33c-304b-4cc0-b3df-33c8cbc935d8 gone", "“516dc33c-304b-4cc0-b3df-33c8cbc935d8 gone”"),
        ("bit sparing on R27-M1-L3-U18-C", "Line 4: “bit sparing on R27-M1-L3-U18-C”."),
    ],
)
def test_what_is_copied_whole_is_supported_though_its_parts_look_like_names(line: str, text: str) -> None:
    assert unsupported_claims(text, [line], (4,)) == []


def test_the_name_of_a_category_is_no_name() -> None:
    for info in TAXONOMY.values():
        assert unsupported_claims(f"Line 4: {info.name['en'].lower()}: “x”.", ["x"], (4,)) == []


def test_line_numbers_of_a_long_file_are_read_whole() -> None:
    assert unsupported_claims("Line 33892 and lines 33894 and 120000.", ["x"], (33_892, 33_894, 120_000)) == []
    assert unsupported_claims("第 33892、33894 行", ["x"], (33_892, 33_894)) == []
    assert unsupported_claims("Line 33892.", ["x"], (3389,)) == ["Line 33892"]
    assert unsupported_claims("See L33892.", ["x"], (3389,)) == ["L33892"]
