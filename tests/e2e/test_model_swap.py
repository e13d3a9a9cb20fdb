"""Models activated and rolled back three times under steady pushes: nothing refused, nothing lost, nothing mixed."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import httpx
import pytest
from model_variants import a_variant
from running_stack import Up, loglynx, stacks, wait_until

from loglynx.stack.data_dir import DataDir
from shared.artefacts.lineage import Activation, Lineage
from shared.artefacts.registry import SHIPPED, ModelRegistry
from shared.core.records import VerdictState
from shared.store import keyspace
from shared.store.connection import connect
from shared.store.ledger import Ledger
from shared.store.verdicts import decode_verdicts

LEARN, LINES = 20, 20
ROLLBACK_S = 5.0


class Pusher:
    """Pushes twenty lines ten times a second until it is told to stop."""

    def __init__(self, up: Up) -> None:
        self.statuses: list[int] = []
        self._up, self._is_stopped = up, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with httpx.Client(headers={"Authorization": f"Bearer {self._up.key}"}, timeout=30, trust_env=False) as client:
            while not self._is_stopped.wait(0.1):
                lines = [f"2026-03-02 10:00:{n:02d} INFO app: request {n} served in {n} ms" for n in range(LINES)]
                url = f"{self._up.url}/api/v1/ingest?stream=shop"
                self.statuses.append(client.post(url, content="\n".join(lines)).status_code)

    def __enter__(self) -> Pusher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopped.set()
        self._thread.join()


@pytest.mark.slow
def test_three_swaps_and_rollbacks_under_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLYNX_DETECTOR_LEARN_WINDOWS", str(LEARN))
    with stacks(tmp_path) as start:
        up = start().wait_until_up()
        registry = ModelRegistry(up.data_dir / "models")
        entry = registry.publish(a_variant(tmp_path / "variant"), Lineage(author="test"))
        shadow = registry.publish(a_variant(tmp_path / "candidate", shift=-0.002), Lineage(author="test"))
        assert loglynx("models", "shadow", shadow.version, "--data-dir", str(up.data_dir)).returncode == 0
        shipped, other = registry.load(SHIPPED).version, entry.version
        with connect(DataDir(up.data_dir).redis_url) as redis:
            ledger = Ledger(redis)

            def last() -> tuple[str, VerdictState]:
                newest = redis.xrevrange(keyspace.verdicts("shop"), count=1)
                if not newest:
                    return "", VerdictState.LEARNING
                verdict = decode_verdicts(newest[0][1][b"v"])[-1]  # type: ignore[index]
                return verdict.model_version, verdict.state

            def switch(to: str, why: str) -> float:
                began = time.monotonic()
                before = registry.active()
                registry.activate(Activation(why=why, to=to, before=before, at="2026", author="test"))  # type: ignore[arg-type]
                version = registry.load(to).version
                wait_until(lambda: last()[0] == version, f"{why} to {version} takes effect", 60)
                return time.monotonic() - began

            with Pusher(up) as pusher:
                wait_until(lambda: last() == (shipped, VerdictState.NORMAL), "the stream is known", 60)
                rollbacks = []
                for _ in range(3):
                    switch(entry.address, "activate")
                    rollbacks.append(switch(SHIPPED, "rollback"))
            wait_until(lambda: ledger.pending_events() == 0, "everything is scored", 60)
            assert set(pusher.statuses) == {202}
            assert max(rollbacks) < ROLLBACK_S, rollbacks
            verdicts = list(ledger.verdicts("shop"))
            assert [seq for v in verdicts for seq in v.seqs] == list(range(LINES * len(pusher.statuses)))
            assert {v.model_version for v in verdicts} == {shipped, other}
            assert all(v.state is not VerdictState.LEARNING for v in verdicts[LEARN:]), "never blind"
            for _, fields in redis.xrange(keyspace.verdicts("shop")):  # type: ignore[union-attr]
                assert len({v.model_version for v in decode_verdicts(fields[b"v"])}) == 1
            listed = loglynx("models", "show", other, "--data-dir", str(up.data_dir))
            assert listed.returncode == 0, listed.stderr
            assert listed.stdout.count("rollback ") == 3
            told = loglynx("models", "shadow-report", "--json", "--url", up.url, "--key", up.key)
            (report,) = json.loads(told.stdout)["shadows"]
            assert report["model"] == shadow.version
            assert report["compared"] > 0
            assert report["agreed_normal"] + report["agreed_flagged"] == report["compared"]
            assert report["failures"] == 0
            assert {v.model_version for v in verdicts} == {shipped, other}, "the shadow has no effect"
