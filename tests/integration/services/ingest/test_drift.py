"""Drift is shown wherever people look: to programs, on the first page, as a metric."""

from __future__ import annotations

from typing import Any

from shared.core.drift import Measures
from shared.store.connection import connect
from shared.store.drift import Drifts, StreamDrift

NOW = 1_772_366_400_000
MOVED = StreamDrift("<b>web</b>", NOW, Measures(500, 12, 0.41234, 0.2, None, None), ("score_psi", "new_templates"))
CALM = StreamDrift("db", NOW, Measures(90, 0))


def test_drift_is_shown_to_programs_people_and_prometheus(ingest: Any, redis_url: str) -> None:
    with connect(redis_url) as redis:
        Drifts(redis).write([CALM, MOVED], NOW)
    with ingest.client(ingest.read_key) as client:
        moved, calm = client.get("/api/v1/drift").json()["streams"]
        assert (moved["stream"], moved["is_retraining_proposed"]) == ("<b>web</b>", True)
        assert (moved["score_psi"], moved["unknown_tokens"]) == (0.4123, None)
        assert moved["past"] == ["score_psi", "new_templates"]
        assert (calm["is_retraining_proposed"], calm["proposed_since"]) == (False, None)
        page = client.get("/").text
        assert "&lt;b&gt;web&lt;/b&gt;" in page
        assert "a retraining is proposed" in page
        metrics = client.get("/metrics").text
        for measure, count in (("score_psi", 1), ("unknown_tokens", 0), ("any", 1)):
            assert f'loglynx_drift_streams{{measure="{measure}"}} {count}.0' in metrics
        assert "web" not in metrics, "no stream's name is a label"
