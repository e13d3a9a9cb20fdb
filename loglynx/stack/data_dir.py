"""The directory in which one stack keeps everything: its Redis data, secret, logs, and who is running it.

D/lock            held (flock) by the running supervisor
D/loglynx.pid     its process id
D/stack.json      url, process ids and restarts of the services, while it runs
D/redis.secret    password of the embedded Redis, made at the first start, mode 0600
D/redis/  D/logs/  D/archive/  D/models/  (the registry of models)
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from loglynx.failures import StackFailed

MAX_SOCKET_PATH_BYTES = 100  # the kernel's limit is 108 on Linux, 104 on macOS


class DataDir:
    """Paths inside one data directory, and the lock that says a stack is using it."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.redis_dir = self.path / "redis"
        self.logs_dir = self.path / "logs"
        self.models_dir = self.path / "models"
        self.archive_dir = self.path / "archive"
        self.pid_file = self.path / "loglynx.pid"
        self.state_file = self.path / "stack.json"
        self.secret_file = self.path / "redis.secret"

    def make(self) -> None:
        """Create what is missing, readable by the owner only. Raises StackFailed when that is not allowed."""
        try:
            for directory in (self.path, self.redis_dir, self.logs_dir):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StackFailed(
                f"the data directory {self.path} cannot be made: {error.strerror}",
                "choose another with --data-dir",
            ) from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the directory for this process. Raises StackFailed when another stack holds it."""
        with (self.path / "lock").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                state = self.read_state()
                raise StackFailed(
                    f"the data directory {self.path} is in use by process {state.get('pid', '?')}"
                    f" ({state.get('url', 'still starting')})",
                    "use that one, stop it with Ctrl-C, or choose another with --data-dir",
                ) from error
            self.pid_file.write_text(f"{os.getpid()}\n")
            try:
                yield
            finally:
                self.pid_file.unlink(missing_ok=True)
                self.state_file.unlink(missing_ok=True)

    def redis_password(self) -> str:
        """The embedded Redis's password; made once, kept with mode 0600."""
        if not self.secret_file.exists():
            descriptor = os.open(self.secret_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as handle:
                handle.write(secrets.token_urlsafe(32))
        return self.secret_file.read_text().strip()

    @property
    def socket_path(self) -> Path:
        """Where Redis listens: in the directory, or in a private one under /tmp when the path would be too long."""
        inside = self.path / "redis.sock"
        if len(os.fsencode(inside)) <= MAX_SOCKET_PATH_BYTES:
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        directory = Path(tempfile.gettempdir()) / f"loglynx-{os.getuid()}-{digest}"
        directory.mkdir(mode=0o700, exist_ok=True)
        if directory.stat().st_uid != os.getuid():
            raise StackFailed(f"{directory} belongs to somebody else", "choose a shorter --data-dir")
        return directory / "redis.sock"

    @property
    def redis_url(self) -> str:
        """Where the services find Redis; holds the password, so it travels by environment only."""
        return f"unix://:{self.redis_password()}@{quote(str(self.socket_path))}?db=0"

    def write_state(self, state: dict[str, Any]) -> None:
        """Replace ``stack.json`` in one step, so that a reader never sees half of it."""
        draft = self.state_file.with_suffix(".tmp")
        draft.write_text(json.dumps(state, indent=2) + "\n")
        draft.replace(self.state_file)

    def read_state(self) -> dict[str, Any]:
        """What the running stack says of itself; {} when none runs, or it was killed and left its file behind."""
        try:
            state = json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) and _is_alive(state.get("pid")) else {}


def _is_alive(pid: object) -> bool:
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and belongs to somebody else
    return True
