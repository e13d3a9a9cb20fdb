"""Run a command that dies with its parent: ``python -m loglynx.stack.tether PARENT_PID COMMAND...``.

Linux only in its effect (PR_SET_PDEATHSIG survives exec); elsewhere it just runs the command. It replaces
``preexec_fn``, which is unsafe in a process with threads. The process id stays that of the command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tie_to_parent(parent_pid: int) -> None:
    """Ask the kernel for SIGTERM when the parent dies; exit at once if it already has."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent_pid:
        sys.exit(0)


if __name__ == "__main__":
    tie_to_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  an argument list made by the supervisor, never a shell
