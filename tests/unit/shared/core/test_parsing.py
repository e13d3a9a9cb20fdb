from dataclasses import replace

import pytest

from shared.core.calendar import DAY_MS
from shared.core.parsing import LineParser, describe_format
from shared.core.records import Level

RECEIVED_MS = 1_717_300_000_000  # 2024-06-02

BGL = "1117838570 2005.06.03 R02-M1-N0 2005-06-03-15.42.50.363779 R02-M1-N0 RAS KERNEL INFO parity error corrected"
THUNDERBIRD = "1131566461 2005.11.09 dn3 Nov 9 12:01:01 dn3/dn3 crond(pam_unix)[2907]: session closed for user root"
TRACE = """2024-06-01 10:00:00 ERROR [main] c.s.Shop - order failed
java.lang.IllegalStateException: stock is negative
\tat com.shop.Stock.take(Stock.java:41)
\tat com.shop.Order.place(Order.java:17)
Caused by: java.io.IOException: disk is gone
\tat com.shop.Disk.write(Disk.java:9)"""


@pytest.mark.parametrize("columns", [BGL, THUNDERBIRD])
@pytest.mark.parametrize(
    "label", ["KERNDTLB", "VAPI", "R_ILOG", "7", "[x]", "{y}", "<1>", "INFO", "错误", "2005-06-03", "-x-"]
)
def test_the_label_column_changes_nothing_but_the_text(columns: str, label: str) -> None:
    normal = LineParser().parse(f"- {columns}", RECEIVED_MS)
    labelled = LineParser().parse(f"{label} {columns}", RECEIVED_MS)
    assert labelled == replace(normal, text=labelled.text)
    assert normal.format in {"facility", "syslog"}


def test_a_date_in_the_hint_dates_a_time_of_day() -> None:
    line = "10:20:30.123 [main] INFO  c.s.App - up"
    event = LineParser("logs/sys-info.2023-05-04.log").parse(line, RECEIVED_MS)
    assert event.timestamp_ms == 19_481 * DAY_MS + 37_230_123


def test_a_trace_leaves_its_exceptions_and_first_frame_in_the_message() -> None:
    event = LineParser().parse(TRACE, RECEIVED_MS)
    assert event.message.split("\n") == [
        "order failed",
        "java.lang.IllegalStateException: stock is negative",
        "at com.shop.Stock.take(Stock.java:41)",
        "Caused by: java.io.IOException: disk is gone",
    ]
    assert (event.text, event.line_count, event.level) == (TRACE, 6, Level.ERROR)


def test_a_long_trace_keeps_its_last_exception() -> None:
    causes = "".join(f"\nCaused by: java.io.IOException: {n}\n\tat a.B.c(B.java:1)" for n in range(20))
    lines = LineParser().parse("2024-06-01 10:00:00 ERROR x" + causes, RECEIVED_MS).message.split("\n")
    assert len(lines) == 7
    assert lines[-1] == "Caused by: java.io.IOException: 19"


def test_wrapped_lines_without_frames_stay_in_the_message() -> None:
    assert (
        LineParser().parse("2024-06-01 10:00:00 INFO conf:\n  a=1\n  b=2", RECEIVED_MS).message
        == "conf:\n  a=1\n  b=2"
    )


@pytest.mark.parametrize(
    "line", ["", "   ", "\t", "2024-06-01 10:20:30", "{}", "[]", "<999>", "<134>", "- 1117838570 2005.06.03 x "]
)
def test_a_line_without_message_still_is_an_event(line: str) -> None:
    event = LineParser().parse(line, RECEIVED_MS)
    assert event.text == line
    assert event.line_count == 1


def test_deep_json_is_plain_text() -> None:
    assert LineParser().parse('{"a":' * 100_000, RECEIVED_MS).format == "plain"


def test_sample_is_described_by_its_commonest_format() -> None:
    report = describe_format(["2024-06-01 10:00:00,1 INFO [main] a.B: x"] * 3 + ["no format here"])
    assert tuple(report) == ("log4j", 0.75, 0.75)
    assert tuple(describe_format([])) == ("plain", 0.0, 0.0)


def test_a_record_keeps_numbers_beside_its_message_and_says_the_same_message() -> None:
    parser = LineParser()
    bare = parser.parse('{"level":"info","msg":"done"}', RECEIVED_MS)
    rich = parser.parse('{"level":"info","msg":"done","status":200,"took":"12ms","pid":7}', RECEIVED_MS)
    logfmt = parser.parse('level=info msg="done" status=200 took=12ms pid=7', RECEIVED_MS)
    assert (rich.message, rich.level) == (bare.message, bare.level) and bare.attributes == ()
    assert [value for _, value in rich.attributes] == [200.0, 12.0]
    assert logfmt.attributes == rich.attributes
    assert parser.parse("INFO done", RECEIVED_MS).attributes == ()  # nothing stays from the line before


def test_a_record_without_message_says_its_fields_once() -> None:
    event = LineParser().parse('{"status":200,"took":12}', RECEIVED_MS)
    assert event.message == "status=200 took=12" and event.attributes == ()


def test_attributes_of_a_wrapped_record_are_those_of_the_record_within() -> None:
    line = r'{"log":"{\"msg\":\"done\",\"status\":503}\n","stream":"stdout","retries":4}'
    assert [value for _, value in LineParser().parse(line, RECEIVED_MS).attributes] == [503.0]
