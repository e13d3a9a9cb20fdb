"""The form in which the small language model reads a window."""

from __future__ import annotations

from shared.core.compact_window import (
    ASK,
    CONTROL_NAMES,
    CONTROL_TOKENS,
    END,
    FIRST_CLASS,
    FIRST_LINE,
    LINE_CLASSES,
    MOST_LINE_TOKENS,
    MOST_LINES,
    compact_line,
    compact_window,
    line_tokens,
)


def letters(text: str) -> list[int]:
    return [CONTROL_TOKENS + ord(char) for char in text]


def test_stamp_and_origin_are_gone_the_level_is_a_token_and_variables_are_masked() -> None:
    line = compact_line("2026-03-07 21:04:57,120 ERROR [main] app.Store: read of /a/b7 took 12 s")
    assert CONTROL_NAMES[line.level] == "<|level error|>"
    assert line.words == "read of <PATH> took <NUM> s"


def test_line_made_harmless_for_a_chat_model_reads_as_before() -> None:
    assert compact_line("‹131›1 2026-03-07T21:04:57.120Z web app 77 - - disk is full") == compact_line(
        "<131>1 2026-03-07T21:04:57.120Z web app 77 - - disk is full"
    )


def test_every_line_has_its_number_and_its_end() -> None:
    window = compact_window([compact_line("a"), compact_line("b")], "zh", letters)
    assert CONTROL_NAMES[window.ids[0]] == "<|language zh|>"
    assert [CONTROL_NAMES[token] for token in window.ids if FIRST_LINE <= token < FIRST_CLASS] == [
        "<|line 1|>",
        "<|line 2|>",
    ]
    assert [window.ids[place] for place in window.ends] == [END, END]
    assert window.ids[-1] == ASK


def test_long_line_keeps_its_beginning_and_its_end() -> None:
    ids = line_tokens(1, compact_line("start " + "x" * 400 + " finish"), letters)
    assert len(ids) == MOST_LINE_TOKENS + 3
    assert ids[2:7] == letters("start")
    assert ids[-7:-1] == letters("finish")


def test_window_has_no_more_lines_than_there_are_numbers() -> None:
    window = compact_window([compact_line("a")] * (MOST_LINES + 9), "en", letters)
    assert len(window.ends) == MOST_LINES
    assert not [token for token in window.ids if FIRST_CLASS <= token < CONTROL_TOKENS]


def test_control_tokens_are_distinct_and_end_with_the_classes() -> None:
    assert len(set(CONTROL_NAMES)) == CONTROL_TOKENS
    assert FIRST_CLASS + len(LINE_CLASSES) == CONTROL_TOKENS
