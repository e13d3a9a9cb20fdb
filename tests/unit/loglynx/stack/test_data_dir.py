"""One stack per directory, secrets that stay, and sockets that fit."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from loglynx.failures import StackFailed
from loglynx.stack.data_dir import MAX_SOCKET_PATH_BYTES, DataDir


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    made = DataDir(tmp_path / "data")
    made.make()
    return made


def test_two_stacks_cannot_share_a_directory(data_dir: DataDir) -> None:
    with data_dir.lock():
        data_dir.write_state({"pid": os.getpid(), "url": "http://127.0.0.1:1"})
        with pytest.raises(StackFailed, match=f"in use by process {os.getpid()} "), DataDir(data_dir.path).lock():
            pass
        assert data_dir.pid_file.read_text() == f"{os.getpid()}\n"
    with data_dir.lock():
        assert data_dir.read_state() == {}


def test_the_password_is_made_once_and_for_the_owner_only(data_dir: DataDir) -> None:
    password = data_dir.redis_password()
    assert len(password) >= 32
    assert DataDir(data_dir.path).redis_password() == password
    assert stat.S_IMODE(data_dir.secret_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(data_dir.path.stat().st_mode) == 0o700


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = DataDir(tmp_path / ("d" * 60) / ("e" * 60))
    deep.make()
    assert len(os.fsencode(deep.socket_path)) <= MAX_SOCKET_PATH_BYTES
    assert deep.socket_path == DataDir(deep.path).socket_path
    deep.socket_path.parent.rmdir()


def test_a_directory_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackFailed, match="cannot be made") as failure:
        DataDir(tmp_path / "file" / "data").make()
    assert "--data-dir" in failure.value.fix


def test_a_damaged_or_forgotten_state_file_reads_as_no_stack(data_dir: DataDir) -> None:
    data_dir.state_file.write_text("{")
    assert data_dir.read_state() == {}
    data_dir.write_state({"pid": 2**22 + 1, "url": "http://127.0.0.1:1"})  # beyond the largest process id
    assert data_dir.read_state() == {}


def test_odd_characters_in_the_path_survive_the_url(tmp_path: Path) -> None:
    import redis

    odd = DataDir(tmp_path / "数 据?#")
    odd.make()
    pool = redis.ConnectionPool.from_url(odd.redis_url)
    assert pool.connection_kwargs["path"] == str(odd.socket_path)
    assert pool.connection_kwargs["password"] == odd.redis_password()
