"""Scanning one file: what is found, where, and that a calm file is left alone."""

from __future__ import annotations

import itertools

from services.detector.scan_file import LINES_PER_CHUNK, ScanSettings, scan_lines


def calm(count: int) -> list[str]:
    kinds = itertools.cycle(
        ["GET /cart 200 in 12 ms", "order 4711 stored", "cache refreshed: 310 entries", "用户登录成功，用户=1001"]
    )
    return [
        f"2026-11-02 10:{i // 60 % 60:02d}:{i % 60:02d},000 INFO app.web - {text}"
        for i, text in zip(range(count), kinds, strict=False)
    ]


def scan(lines: list[str], **settings: object):
    return scan_lines([line.encode() for line in lines], ScanSettings(name="app.log", **settings))


def test_a_calm_file_has_no_findings() -> None:
    report = scan(calm(3000))
    assert report.findings == ()
    assert (report.lines, report.events, report.templates) == (3000, 3000, 4)


def test_the_one_bad_line_is_found_with_its_number() -> None:
    lines = calm(3000)
    lines[1999] = "2026-11-02 10:33:19,000 ERROR app.db - connection to 10.0.0.7:5432 lost, giving up"
    (finding,) = scan(lines).findings
    assert finding.line_numbers == (2000,)
    assert finding.count == 1
    shown = {event.seq: event for event in finding.flag.events}
    assert "10.0.0.7" in shown[2000].text
    assert max(finding.flag.events, key=lambda e: e.surprise).seq == 2000


def test_line_numbers_count_the_lines_of_traces_and_blank_lines() -> None:
    lines = calm(2500)
    trace = [
        "2026-11-02 10:00:10,000 ERROR app.job - nightly job failed",
        "java.lang.IllegalStateException: ledger closed",
        "\tat app.Job.run(Job.java:42)",
        "",
    ]
    lines[100:100] = trace
    report = scan(lines)
    assert report.lines == 2504 and report.events == 2501
    assert report.findings[0].line_numbers == (101,)
    assert "Job.java:42" in next(e.text for e in report.findings[0].flag.events if e.seq == 101)


def test_a_trace_across_two_chunks_is_one_event() -> None:
    lines = calm(LINES_PER_CHUNK - 1)
    lines += [
        "2026-11-02 11:00:00,000 ERROR app.job - failed",
        "\tat app.A.run(A.java:1)",
        "\tat app.B.run(B.java:2)",
    ]
    lines += calm(500)
    report = scan(lines)
    assert report.events == LINES_PER_CHUNK - 1 + 1 + 500
    assert report.findings[0].line_numbers == (LINES_PER_CHUNK,)
    assert report.findings[0].flag.events[5].text.count("\n") == 2


def test_findings_come_worst_first_and_the_list_is_cut() -> None:
    lines = calm(4000)
    lines[1000] = "2026-11-02 10:16:40,000 WARN app.web - slow answer, request dropped"
    lines[2000] = "2026-11-02 10:33:20,000 FATAL app.db - 磁盘空间不足，数据损坏"
    lines[3000] = "2026-11-02 10:50:00,000 ERROR app.pay - payment provider refused the connection"
    report = scan(lines)
    assert [f.score for f in report.findings] == sorted((f.score for f in report.findings), reverse=True)
    assert report.findings[0].line_numbers == (2001,)
    cut = scan(lines, most_findings=1)
    assert len(cut.findings) == 1
    assert cut.unlisted == len(report.findings) - 1


def lived_in(count: int) -> list[str]:
    """Calm, but for a mild warning now and then."""
    lines = calm(count)
    for at in range(70, count, 400):
        lines[at] = "2026-11-02 10:01:00,000 WARN app.web - slow answer from the cache"
    return lines


def test_a_lone_error_that_nothing_follows_is_a_note() -> None:
    lines = lived_in(3000)
    lines[1999] = "2026-11-02 10:33:19,000 ERROR app.db - connection to 10.0.0.7:5432 lost"
    report = scan(lines)
    assert report.findings == ()
    assert [note.line_numbers for note in report.notes] == [(2000,)]
    assert (report.noted, report.noted_events) == (1, 1)


def test_an_error_with_consequences_is_a_finding() -> None:
    lines = lived_in(3000)
    for at, text in (
        (1999, "ERROR app.db - connection to 10.0.0.7:5432 lost"),
        (2004, "ERROR app.pay - payment service refused the order"),
        (2009, "WARN app.web - checkout aborted after a timeout"),
        (2012, "ERROR app.db - connection to 10.0.0.7:5432 lost"),
    ):
        lines[at] = f"2026-11-02 10:33:19,000 {text}"
    report = scan(lines)
    assert {n for finding in report.findings for n in finding.line_numbers} >= {2000, 2005, 2013}
    assert report.notes == ()


def test_notes_are_cut_as_findings_are_and_counted_in_full() -> None:
    lines = lived_in(6000)
    for at, text in ((500, "refused the order"), (2500, "lost its lease"), (4500, "failed a checksum of its cache")):
        lines[at] = f"2026-11-02 10:33:19,000 ERROR app.{at} - the payment service {text}"
    report = scan(lines, most_findings=2)
    assert (len(report.notes), report.noted) == (2, 3)


def test_many_failed_logins_are_an_attack_and_one_is_not() -> None:
    one, many = calm(3000), calm(3000)
    failed = "Nov  2 10:00:01 host sshd[{}]: Failed password for root from 203.0.113.9 port {} ssh2"
    one[500] = failed.format(1, 2)
    many[500:800] = [failed.format(i, i) for i in range(300)]
    assert scan(one).findings == ()
    assert scan(many).findings[0].count == 300


REQUEST = '203.0.113.9 - - [22/Dec/2025:16:18:11 +0300] "GET /shop/{}/?q={} HTTP/1.1" 200 526 "-" "curl/8"'
PROBES = (
    "%27%20OR%201=1",
    "../../../../etc/passwd",
    "%3CscRipt%3Ealert(1)%3C/scRipt%3E",
    "1%27%20UNION%20SELECT%20*",
)


def test_requests_that_carry_code_are_one_attack_whatever_page_they_try() -> None:
    one, many = ([REQUEST.format("items", "shoes") for _ in range(2000)] for _ in range(2))
    one[500] = REQUEST.format("items", PROBES[0])
    for i in range(40):
        many[500 + 31 * i] = REQUEST.format(("items", "cart", "login", "search")[i % 4], PROBES[i // 4 % 4])
    assert scan(one).findings == ()
    attack = scan(many).findings
    assert [finding.count for finding in attack] == [40]
    assert attack[0].line_numbers[:2] == (501, 532)


def test_anything_goes_in() -> None:
    junk = [
        b"\x00\xff\xfe",
        b"",
        b"\x1b[31mred\x1b[0m",
        "错误".encode("gb18030"),
        b"a" * 5_000_000,
        b"\r\n",
        b"\xed\xa0\x80",
    ]
    report = scan_lines(junk * 3)
    assert report.lines == 21


def test_an_empty_file_is_a_report_too() -> None:
    report = scan_lines([])
    assert report.format is None and report.findings == () and report.lines == 0
