import pytest

from shared.core.folding import fold

JAVA = """2024-03-01 10:00:00 ERROR [main] c.s.Shop - order failed
java.lang.IllegalStateException: stock is negative
\tat com.shop.Stock.take(Stock.java:41)
\tat com.shop.Order.place(Order.java:17)
Caused by: java.io.IOException: disk is gone
\tat com.shop.Disk.write(Disk.java:9)
\t... 12 more"""
PYTHON = """2024-03-01 10:00:00,123 ERROR shop: order failed
Traceback (most recent call last):
  File "/srv/shop/order.py", line 17, in place
    stock.take(n)
KeyError: 'sku-1'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/shop/web.py", line 3, in post
    place(order)
shop.errors.OrderFailed: no stock"""
GO = """panic: runtime error: invalid memory address
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48]

goroutine 1 [running]:
main.(*Shop).place(0x0)
\t/srv/shop/main.go:12 +0x1d
main.main()
\t/srv/shop/main.go:8 +0x20
exit status 2"""
NODE = """TypeError: Cannot read properties of undefined (reading 'sku')
    at place (/srv/shop/order.js:10:15)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"""
RUST = """thread 'main' panicked at src/main.rs:4:10:
called `Option::unwrap()` on a `None` value
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
stack backtrace:
   0: rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:645:5"""
NEXT = "2024-03-01 10:00:02 INFO next event"


@pytest.mark.parametrize("trace", [JAVA, PYTHON, GO, NODE, RUST], ids=["java", "python", "go", "node", "rust"])
def test_a_trace_is_one_record(trace: str) -> None:
    records = fold([*trace.split("\n"), NEXT])
    assert [(r.first_line, r.line_count) for r in records] == [(0, trace.count("\n") + 1), (trace.count("\n") + 1, 1)]
    assert records[0].text == trace
    assert records[1].text == NEXT


def test_two_traces_in_a_row_are_two_records() -> None:
    assert [r.text for r in fold((JAVA + "\n" + PYTHON).split("\n"))] == [JAVA, PYTHON]


def test_indented_lines_continue_a_message() -> None:
    assert [r.line_count for r in fold(["config loaded:", "  a = 1", "\tb = 2", "done"])] == [3, 1]


def test_indented_line_with_its_own_stamp_begins_a_record() -> None:
    lines = ["  2024-03-01 10:00:00 a", "  2024-03-01 10:00:01 b"]
    assert [r.text for r in fold(lines)] == lines


def test_plain_lines_stay_apart() -> None:
    lines = ["Jan  1 00:00:00 web sshd[1]: a", "2024-03-01 b", "[c] d", "error: e", "中文 行", "at the end of day"]
    assert [r.text for r in fold(lines)] == lines


def test_blank_lines_are_counted_but_not_shown() -> None:
    assert [tuple(r) for r in fold(["a", "", "", "b"])] == [("a", 0, 3), ("b", 3, 1)]


def test_first_line_may_be_a_frame() -> None:
    assert [tuple(r) for r in fold(["\tat a.b.C(D.java:1)", "x"])] == [("\tat a.b.C(D.java:1)", 0, 1), ("x", 1, 1)]


def test_long_record_is_cut() -> None:
    assert [r.line_count for r in fold(["head"] + ["  more"] * 9, max_lines=4)] == [4, 4, 2]


def test_no_lines_no_records() -> None:
    assert fold([]) == []


def test_a_database_drivers_story_stays_with_its_exception() -> None:
    lines = [
        "2026-01-01 10:00:00,000 ERROR app.dao - query failed",
        "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure",
        "",
        "The last packet sent successfully to the server was 0 milliseconds ago.",
        "\tat com.mysql.cj.jdbc.exceptions.SQLError.create(SQLError.java:174)",
        "Caused by: java.net.ConnectException: Connection refused",
        "2026-01-01 10:00:01,000 ERROR app.dao - ",
        "### Error querying database.  Cause: java.sql.SQLException: closed",
        "### The error may exist in mapper/OrderMapper.xml",
        "2026-01-01 10:00:02,000 INFO app - next",
    ]
    assert [(f.first_line, f.line_count) for f in fold(lines)] == [(0, 6), (6, 3), (9, 1)]
