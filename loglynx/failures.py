"""What a command says when it cannot do its work: one sentence, and what to do about it.

CommandFailed   exit 2
├── InputUnreadable     a file that is missing, a directory, binary, or broken in its compression
├── ServerRefused       the server answered with an error, or not at all
└── StackFailed         a process of the stack did not come up, a port is busy, a data directory is in use
"""

from __future__ import annotations

EXIT_NOTHING_FOUND = 0
EXIT_FOUND = 1
EXIT_FAILED = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


class CommandFailed(Exception):
    """``message`` says what is wrong, ``fix`` the next thing to try ("" when there is none)."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class InputUnreadable(CommandFailed):
    """The input cannot be read, or not to its end."""


class ServerRefused(CommandFailed):
    """The server cannot be reached, or refuses. ``status`` is 0 when there was no answer.

    after_s  when the server wishes to be asked again, None when it did not say
    """

    def __init__(
        self, message: str, fix: str = "", status: int = 0, code: str = "", after_s: float | None = None
    ) -> None:
        super().__init__(message, fix)
        self.status = status
        self.code = code
        self.after_s = after_s


class StackFailed(CommandFailed):
    """The stack cannot start, or does not become ready."""
