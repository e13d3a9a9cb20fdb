"""A client that cannot be had is a skip, or a failure where it is required."""

from __future__ import annotations

import shutil

import pytest
from absent import REQUIRED
from debian import unpacked
from installed import node_with_clients


@pytest.mark.parametrize("fetch", [lambda: unpacked("rsyslog"), node_with_clients], ids=["debian", "npm"])
@pytest.mark.parametrize(("required", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_absent_client_skips_or_fails(
    monkeypatch: pytest.MonkeyPatch, fetch: object, required: str, outcome: type[BaseException]
) -> None:
    assert callable(fetch)
    monkeypatch.setenv(REQUIRED, required)
    monkeypatch.setattr(shutil, "which", lambda *_: None)
    with pytest.raises(outcome, match=r"apt-get|npm"):
        fetch()
