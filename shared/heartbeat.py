"""A worker's sign of life for container health checks: a file that says when all was last well.

The worker runs ``Heartbeat(file, check).start()``; the health check runs ``python -m shared.heartbeat FILE``, which
exits 0 while the last beat is fresh. Standard library only: the check runs every few seconds in every container.
The file has no default place: a known name under /tmp would be an invitation on a machine with other users.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

INTERVAL_S: Final = 2.0
MAX_AGE_S: Final = 15.0


class Heartbeat:
    """Writes ``file`` every ``interval_s`` for as long as ``check`` returns; what it raises means "not well".

    With no file there is nothing to do, and ``start`` and ``stop`` do nothing.
    """

    def __init__(self, file: Path | None, check: Callable[[], object], interval_s: float = INTERVAL_S) -> None:
        self._file, self._check, self._interval_s = file, check, interval_s
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="heartbeat", daemon=True)

    def start(self) -> None:
        if self._file is not None:
            self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the thread; the file grows old by itself."""
        self._is_stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def beat(self) -> bool:
        """Write the time if all is well. False: it is not, or the file cannot be written."""
        if self._file is None:
            return False
        draft = self._file.with_suffix(".new")
        try:
            self._check()
            draft.write_text(str(time.monotonic()))
            draft.replace(self._file)
        except Exception:  # whatever is wrong, the missing beat reports it
            return False
        return True

    def _loop(self) -> None:
        self.beat()
        while not self._is_stopped.wait(self._interval_s):
            self.beat()


def age_s(file: Path) -> float:
    """Seconds since the last beat; infinity when there is none that can be read."""
    try:
        return time.monotonic() - float(file.read_text())
    except (OSError, ValueError):
        return float("inf")


def main(arguments: list[str]) -> int:
    """0: the last beat in the file that is named is fresh. 1: it is old or missing. 2: no file was named."""
    if len(arguments) != 1:
        return 2
    # A beat from before a restart of the machine may lie in the future of this clock.
    return 0 if 0 <= age_s(Path(arguments[0])) <= MAX_AGE_S else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
