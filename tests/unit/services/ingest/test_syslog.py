"""Syslog messages as programs and devices really send them: which stream, and the line as it came."""

from __future__ import annotations

import pytest

from services.ingest.protocols.framing import Frame, Frames, SyslogFrames
from services.ingest.protocols.syslog import decode_syslog
from shared.core.parsing import LineParser
from shared.core.records import Level


@pytest.mark.parametrize(
    ("message", "stream", "source"),
    [
        (
            b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed",
            "su",
            "su",
        ),
        (
            b'<165>1 2003-10-11T22:14:15.003Z host evntslog 42 ID47 [ex@32473 iut="3"] An entry',
            "evntslog",
            "evntslog",
        ),
        (b"<13>1 2003-10-11T22:14:15.003Z host - - - - no program", "host", ""),
        (b"<34>Oct 11 22:14:15 mymachine su: 'su root' failed", "su", "su"),
        (b"<30>Nov 29 16:31:00 host sshd[19939]: Accepted publickey", "sshd", "sshd"),
        (b"<30>Nov  9 16:31:00 sshd[19939]: Accepted publickey", "sshd", "sshd"),
        (b"<30>2026-11-29T16:31:00.123456+00:00 host web[12]: started", "web", "web"),
        (b"<14>a message of SysLogHandler\0", "", ""),
        (b"<13>root[7]: without a stamp", "root", "root"),
        (b"<46>Oct 11 22:14:15 mymachine last message repeated 3 times", "mymachine", ""),
        (b"no priority at all", "", ""),
        (b"<999999>odd", "", ""),
    ],
)
def test_the_stream_is_the_program_or_else_the_host(message: bytes, stream: str, source: str) -> None:
    line, fields = decode_syslog(message)
    assert (fields.stream, fields.source) == (stream, source)
    assert line == message.decode().strip("\0").replace("\ufeff", "")


@pytest.mark.parametrize(
    ("message", "text", "level"),
    [
        (b"<34>1 2003-10-11T22:14:15.003Z m su - ID47 - \xef\xbb\xbfsu root failed", "su root failed", Level.FATAL),
        (b"<11>Oct 11 22:14:15 mymachine su[7]: root failed", "root failed", Level.ERROR),
        (b"<14>a message of SysLogHandler\0", "a message of SysLogHandler", Level.INFO),
    ],
)
def test_the_core_reads_the_line_whole(message: bytes, text: str, level: Level) -> None:
    event = LineParser().parse(decode_syslog(message).line, 1_700_000_000_000)
    assert (event.message, event.level) == (text, level)


def test_both_framings_on_one_connection_whatever_the_pieces() -> None:
    stream = b"<13>one\n12 <13>two\nmore<14>three\0\n\n9 <13>four\n23 <13>2026 after a number<13>last"
    for step in (1, 2, 3, 7, 1000):
        frames = SyslogFrames(100)
        found = [f.message for at in range(0, len(stream), step) for f in frames.feed(stream[at : at + step])]
        found += [f.message for f in frames.rest()]
        assert found == [
            b"<13>one",
            b"<13>two\nmore",
            b"<14>three",
            b"<13>four\n",
            b"<13>2026 after a number",
            b"<13>last",
        ]


@pytest.mark.parametrize("step", [1, 5, 1000])
def test_long_messages_are_cut_and_the_next_is_whole(step: int) -> None:
    stream = b"x" * 25 + b"\n" + b"30 <13>" + b"y" * 26 + b"<13>next\n" + b"2026-01-01 text\n"
    frames = SyslogFrames(10)
    found = [f for at in range(0, len(stream), step) for f in frames.feed(stream[at : at + step])]
    assert found[0] == Frame(b"x" * 10, True)
    assert found[1] == Frame(b"<13>" + b"y" * 6, True)
    assert found[2] == Frame(b"<13>next")
    assert found[3] == Frame(b"2026-01-01", True)


def test_what_is_held_is_bounded_without_any_end() -> None:
    frames = SyslogFrames(1000)
    cut = [frame for _ in range(100) for frame in frames.feed(b"z" * 997)]
    assert len(cut) == 1
    assert len(frames._held) <= 2000
    assert frames.feed(b"\n<13>after\n") == [Frame(b"<13>after")]


def test_null_ended_frames_may_hold_newlines() -> None:
    assert Frames(100).feed(b'{"a":\n1}\0{}\0') == [Frame(b'{"a":\n1}'), Frame(b"{}")]


def test_newlines_are_text_for_a_sender_that_ends_with_null() -> None:
    frames = SyslogFrames(100)
    assert frames.feed(b"<11>a\n  b\0<11>c\0") == [Frame(b"<11>a\n  b"), Frame(b"<11>c")]
    assert frames.feed(b"<11>d\n") == []
    assert frames.feed(b"e\0") == [Frame(b"<11>d\ne")]
