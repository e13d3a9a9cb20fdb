"""The whole loop on a live stack: false alarms, marked, retrained away, rolled back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from archive_builders import backup_lines, break_in_lines, normal_lines
from running_stack import Up, loglynx, stacks, wait_until

from loglynx.stack.data_dir import DataDir
from shared.store.connection import connect
from shared.store.ledger import Ledger

LEARN = 100


class Site:
    """A stack and the one stream that it watches."""

    def __init__(self, up: Up) -> None:
        self.up, self.pushed = up, 0
        self.http = httpx.Client(
            base_url=up.url, headers={"Authorization": f"Bearer {up.key}"}, timeout=30, trust_env=False
        )

    def push(self, windows: list[list[str]]) -> list[str]:
        """State of each of these windows once all are scored."""
        lines = [f"2026-03-02 10:00:00 INFO app: {line}" for lines in windows for line in lines]
        self.http.post("/api/v1/ingest?stream=shop", content="\n".join(lines)).raise_for_status()
        before, self.pushed = self.pushed, self.pushed + len(windows)
        with connect(DataDir(self.up.data_dir).redis_url) as redis:
            ledger = Ledger(redis)
            wait_until(lambda: sum(1 for _ in ledger.verdicts("shop")) >= self.pushed, "all is scored", 60)
            return [v.state.value for v in list(ledger.verdicts("shop"))[before:]]

    def model(self) -> str:
        with connect(DataDir(self.up.data_dir).redis_url) as redis:
            return list(Ledger(redis).verdicts("shop"))[-1].model_version

    def open_incidents(self) -> list[dict[str, Any]]:
        found = self.http.get("/api/v1/incidents").json()["incidents"]
        return [item for item in found if item["state"] == "open"]

    def run(self, *arguments: str) -> str:
        done = loglynx(*arguments, "--data-dir", str(self.up.data_dir))
        assert done.returncode == 0, done.stderr
        return done.stdout


def shop(first: int, count: int, backup_every: int = 0) -> list[list[str]]:
    return [
        backup_lines(n) if backup_every and n % backup_every == 0 else normal_lines(n)
        for n in range(first, first + count)
    ]


@pytest.mark.slow
def test_a_false_alarm_is_retrained_away_and_comes_back_with_a_rollback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGLYNX_DETECTOR_LEARN_WINDOWS", str(LEARN))
    monkeypatch.setenv("LOGLYNX_ARCHIVER_WRITE_EVERY_S", "0.5")
    with stacks(tmp_path) as start:
        site = Site(start().wait_until_up())
        wait_until(site.up.is_ready, "ready")
        site.push(shop(1, LEARN + 10))
        states = site.push(shop(100, 100, backup_every=10))
        assert set(states[::10]) == {"flagged"}, "the backup is new"
        wait_until(site.open_incidents, "an incident")
        marked = [item["id"] for item in site.open_incidents()]
        given = [
            site.http.post("/api/v1/feedback", json={"incident_id": i, "verdict": "false_positive"}).json()
            for i in marked
        ]

        def seen() -> dict[str, int]:
            asked = ("retrain", "--dry-run", "--since", "1h", "--settle", "0", "--json")
            done = loglynx(*asked, "--data-dir", str(site.up.data_dir))
            return json.loads(done.stdout)["data"]["windows"] if done.returncode == 0 else {}

        wait_until(lambda: seen().get("false_positive", 0) >= 10, "the archive has windows and feedback", 60)
        report = json.loads(site.run("retrain", "--since", "1h", "--settle", "0", "--no-gates", "--json"))
        total = report["replay"]["total"]
        assert total["false_alarms"] >= total["removed"] >= 10, report
        assert total["new_flags"] <= 2, report
        for one in given:  # from here on nothing but the model silences anything
            site.http.delete(f"/api/v1/feedback/{one['id']}").raise_for_status()
        old = site.model()
        site.run("models", "activate", report["model"], "--force", "--author", "ann")
        wait_until(lambda: site.push(shop(3, 1)) and site.model() != old, "the candidate judges", 60)
        assert set(site.push(shop(400, 40, backup_every=10))[::10]) == {"normal"}
        assert site.push([break_in_lines(7)]) == ["flagged"], "what nobody excused still is"
        site.run("models", "rollback", "--author", "ann")
        wait_until(lambda: site.push(shop(5, 1)) and site.model() == old, "the old model judges", 60)
        assert set(site.push(shop(500, 20, backup_every=10))[::10]) == {"flagged"}
        site.http.close()
