"""Frames go, exceptions stay, the root is found."""

from __future__ import annotations

import pytest

from services.analyzer.stack_traces import MAX_PARTS, root_exception, telling_parts

JAVA = (
    "ERROR web - failed\norg.app.A: outer\n\tat org.app.X.y(X.java:1)\n\t... 3 more\n"
    "Caused by: org.app.B: middle\n\tat org.app.Z.w(Z.java:2)\nCaused by: java.io.IOException: disk is gone\n\t... 9 more"
)
PYTHON = "Traceback (most recent call last):\n  File \"a.py\", line 3, in x\n    foo()\nKeyError: 'user'"
CHAINED = (
    PYTHON
    + "\n\nDuring handling of the above exception, another exception occurred:\n\n"
    + PYTHON.replace("KeyError: 'user'", "RuntimeError: late")
)
GO = "panic: index out of range [4]\n\ngoroutine 17 [running]:\nmain.serve(0x0)\n\t/srv/main.go:41 +0x1d"
NESTED = "Error creating bean 'x'; nested exception is A: b; nested exception is java.net.ConnectException: refused"


@pytest.mark.parametrize(
    "text, root",
    [
        (JAVA, "Caused by: java.io.IOException: disk is gone"),
        (PYTHON, "KeyError: 'user'"),
        (CHAINED, "KeyError: 'user'"),
        (GO, "panic: index out of range [4]"),
        (NESTED, "java.net.ConnectException: refused"),
        ("INFO plain line", ""),
        ("", ""),
    ],
)
def test_root_exception(text: str, root: str) -> None:
    assert root_exception(text) == root


@pytest.mark.parametrize("text", [JAVA, PYTHON, CHAINED, GO])
def test_frames_are_left_out(text: str) -> None:
    kept = "\n".join(part.text for part in telling_parts(text))
    for frame in ("at org.app", 'File "', "foo()", ".go:41", "more"):
        assert frame not in kept


def test_a_huge_trace_keeps_its_root() -> None:
    text = "ERROR x\n" + "odd line\n" * 500 + "Caused by: E: why"
    parts = telling_parts(text)
    assert len(parts) <= MAX_PARTS
    assert parts[-1].text == "Caused by: E: why"
