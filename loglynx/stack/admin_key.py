"""API keys of a data directory, reached through its Redis and not over HTTP: whoever can read the directory may."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from loglynx.failures import StackFailed
from loglynx.stack.data_dir import DataDir
from shared.store.api_keys import ApiKeys
from shared.store.connection import connect


@contextmanager
def keys_of(data_dir: DataDir) -> Iterator[ApiKeys]:
    """The keys of a running stack. Raises StackFailed when none runs there."""
    if not data_dir.secret_file.exists() or not data_dir.socket_path.exists():
        raise StackFailed(
            f"no stack is running on {data_dir.path}", "start it with `loglynx up`, or name it with --data-dir"
        )
    with connect(data_dir.redis_url) as redis:
        yield ApiKeys(redis)


def first_admin_key(data_dir: DataDir) -> str | None:
    """The text of a new admin key when the stack has none yet; never twice."""
    with keys_of(data_dir) as keys:
        return keys.ensure_admin(now_ms())


def now_ms() -> int:
    return time.time_ns() // 1_000_000
