"""How an anomaly looks, and that no log line can act on the terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from loglynx.findings import MAX_SHOWN_LINES, FoundAnomaly, ShownLine, print_anomalies, ranges
from loglynx.language import words

ANOMALY = FoundAnomaly(
    title="Database connection lost",
    severity="high",
    score=0.973,
    line_numbers=(1041, 1042, 1043, 1050),
    lines=(ShownLine(1041, "INFO ok"), ShownLine(1042, "ERROR connection refused")),
    evidence=(1042,),
    category="connection_failure",
    explanation="The database refuses connections.",
    probable_cause="It is down.",
    actions=("Look at the database", "Try again"),
    reasons=("new_template", "troubling_words"),
    count=4,
)

ENGLISH = """\
1. HIGH  Database connection lost
   score 0.97 · lines 1041-1043, 1050 · seen 4 times
    1041 │ INFO ok
   ›1042 │ ERROR connection refused
   category: connection_failure
   why: The database refuses connections.
   cause: It is down.
   do: Look at the database
   do: Try again
   reasons: new_template, troubling_words
"""
CHINESE = """\
1. 高  Database connection lost
   分数 0.97 · 第 1041-1043, 1050 行 · 出现 4 次
    1041 │ INFO ok
   ›1042 │ ERROR connection refused
   类别: connection_failure
   解释: The database refuses connections.
   可能原因: It is down.
   建议: Look at the database
   建议: Try again
   依据: new_template, troubling_words
"""


def printed(*anomalies: FoundAnomaly, language: str = "en") -> str:
    out = io.StringIO()
    print_anomalies(
        Console(file=out, width=200, soft_wrap=True, markup=False, emoji=False), anomalies, words(language)
    )
    return out.getvalue()


@pytest.mark.parametrize(("language", "golden"), [("en", ENGLISH), ("zh", CHINESE)])
def test_golden(language: str, golden: str) -> None:
    assert printed(ANOMALY, language=language) == golden


def test_what_is_not_known_is_not_printed() -> None:
    bare = FoundAnomaly("Odd", "low", 0.5, (7,), (ShownLine(7, "odd"),))
    assert printed(bare) == "1. LOW  Odd\n   score 0.50 · line 7\n    7 │ odd\n"


def test_a_line_shows_what_the_explanation_calls_it() -> None:
    lines = (ShownLine(99, "INFO ok", cited_as=9), ShownLine(100, "ERROR no", cited_as=10), ShownLine(101, "  at f"))
    assert printed(replace(ANOMALY, lines=lines, evidence=(100,))).splitlines()[2:5] == [
        "     [9]  99 │ INFO ok",
        "   ›[10] 100 │ ERROR no",
        "         101 │   at f",
    ]


def test_long_windows_show_evidence_first() -> None:
    lines = tuple(ShownLine(n, f"line {n}") for n in range(1, 51))
    out = printed(replace(ANOMALY, lines=lines, evidence=(50,)))
    assert "›50 │ line 50" in out
    assert out.count("│") == MAX_SHOWN_LINES
    assert f"{50 - MAX_SHOWN_LINES} more" in out


def test_a_hostile_line_stays_text() -> None:
    hostile = "\x1b]8;;http://evil\x07x\x1b[2J\x9b31m\u202e[bold red]:boom:[/]\nsecond\ttab\r"
    out = printed(
        replace(ANOMALY, title=hostile, lines=(ShownLine(1, hostile),), explanation=hostile, stream=hostile)
    )
    assert not set(out) & set("\x1b\x07\x9b\u202e\r\t")
    assert "[bold red]:boom:[/]" in out  # no markup, no emoji
    assert out.count("\n") == printed(ANOMALY).count("\n") - 1  # a newline in the text makes no line of its own


def test_ranges() -> None:
    assert ranges([3, 1, 2, 2, 9]) == "1-3, 9"
    assert ranges([]) == ""
    assert ranges(range(0, 100, 2), most=2) == "0, 2, …"
