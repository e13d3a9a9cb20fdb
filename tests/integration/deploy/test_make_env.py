"""deploy/make-env writes a .env that compose accepts, and never replaces what is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "deploy").mkdir()
    shutil.copy(REPOSITORY / ".env.example", tmp_path)
    shutil.copy(REPOSITORY / "deploy/make-env", tmp_path / "deploy")
    return tmp_path


def make_env(checkout: Path) -> dict[str, str]:
    subprocess.run([checkout / "deploy/make-env"], check=True, capture_output=True, timeout=30, cwd="/")
    lines = (checkout / ".env").read_text().splitlines()
    names = [line.split("=", 1)[0] for line in lines]
    assert len(names) == len(set(names)), "a variable stands there twice"
    return dict(line.split("=", 1) for line in lines)


def test_every_secret_is_random_and_the_file_is_private(checkout: Path) -> None:
    settings = make_env(checkout)
    secrets = [value for name, value in settings.items() if name.endswith(("_PASSWORD", "_ADMIN_KEY", "_SECRET"))]
    assert len(secrets) == len(set(secrets)) == 6
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in secrets)
    assert (checkout / ".env").stat().st_mode & 0o777 == 0o600


def test_a_second_run_changes_nothing(checkout: Path) -> None:
    assert make_env(checkout) == make_env(checkout)


def test_what_somebody_wrote_stays_and_what_lacks_is_added(checkout: Path) -> None:
    (checkout / ".env").write_text("LOGLYNX_PORT=9000\nTORCH_INDEX_URL=\nLOGLYNX_REDIS_INGEST_PASSWORD=\nOWN=1")
    settings = make_env(checkout)
    assert settings["LOGLYNX_PORT"] == "9000"
    assert settings["TORCH_INDEX_URL"] == "", "empty is a choice where the value is no secret"
    assert settings["OWN"] == "1"
    assert len(settings["LOGLYNX_REDIS_INGEST_PASSWORD"]) == 48
    assert settings["LOGLYNX_BIND"] == "127.0.0.1"
