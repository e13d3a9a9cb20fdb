"""What a swap and a shadow cost the detector that goes on scoring.

    OMP_NUM_THREADS=1 python benchmarks/throughput/model_swap.py [--windows 1500]

One simulated stream of ten-line windows in a Redis of its own, scored by the detector's use case with the shipped
model: alone, with the same graphs under another version learning beside it (a stream that has not moved yet), and
with them in the shadow at the default share. Each round takes 100 windows; the three ways take turns, so that other
work on the machine strikes all alike. Prints one JSON object: median ms of CPU (the scoring thread's) and of wall a
window, and the longest round, by way.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from loglynx.stack.data_dir import DataDir
from loglynx.stack.redis_server import find_redis, redis_process, wait_until_answering
from loglynx.stack.supervisor import Supervisor
from services.detector.score_due import ScoreDue
from services.detector.score_windows import Judge
from services.detector.served_models import ServedModel, ServedModels, load_model
from services.detector.settings import DetectorSettings
from services.detector.shadow import Offer, Shadow
from services.trainer.datasets.simulators.catalogue import simulate
from shared.artefacts.manifest import load_artefact
from shared.artefacts.shipped import shipped_model
from shared.store.blocks import Block
from shared.store.connection import connect
from shared.store.ledger import Ledger
from shared.store.pushes import Push, StreamPart

ROUND_WINDOWS, LINES = 100, 10
NEVER = 5_000  # windows to learn: the stream does not move while it is measured


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=int, default=1_500, help="of each way")
    rounds = parser.parse_args().windows // ROUND_WINDOWS
    settings = DetectorSettings()
    shipped = load_artefact(shipped_model())
    one, other, third = (load_model(shipped, settings) for _ in range(3))
    other = _under(other, "f" * 12)
    third = _under(third, "e" * 12)
    shadow = Shadow(lambda *_: None, settings.learn_windows, settings.shadow_share)
    shadow.replace(third)
    shadow.start()
    lines = [line.text for line in simulate("go_orders", 5, (rounds + 3) * ROUND_WINDOWS * LINES)]
    with tempfile.TemporaryDirectory() as directory:
        data_dir = DataDir(Path(directory))
        data_dir.make()
        supervisor = Supervisor(data_dir.logs_dir)
        child = supervisor.start(redis_process(find_redis(), data_dir))
        try:
            wait_until_answering(data_dir.redis_url, lambda: child.is_running, threading.Event())
            with connect(data_dir.redis_url) as redis:
                ledger = Ledger(redis)
                ways = {
                    "alone": _way(ledger, one, other, settings, lambda _: None),
                    "learning beside": _way(ledger, one, other, settings.model_copy(), lambda _: None),
                    "shadow": _way(ledger, one, other, settings, shadow.offer),
                }
                print(json.dumps(_measure(ledger, ways, lines, rounds, other), indent=1))
        finally:
            shadow.stop()
            supervisor.stop(["redis"])


def _under(model: ServedModel, version: str) -> ServedModel:
    judge = model.judge
    return replace(model, judge=Judge(version, judge.reference, judge.budget))


def _way(
    ledger: Ledger, one: ServedModel, other: ServedModel, settings: DetectorSettings, offer: Callable[[Offer], object]
) -> tuple[ServedModels, ScoreDue]:
    models = ServedModels(one, {one.version: one, other.version: other}.get)
    return models, ScoreDue(ledger, models, settings, now_ms, offer=offer)


def _measure(
    ledger: Ledger,
    ways: dict[str, tuple[ServedModels, ScoreDue]],
    lines: list[str],
    rounds: int,
    other: ServedModel,
) -> dict[str, dict[str, float]]:
    step = ROUND_WINDOWS * LINES
    cpu: dict[str, list[float]] = {way: [] for way in ways}
    wall: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 3):  # the first three make every stream known
        part = lines[turn * step : (turn + 1) * step]
        for way, (models, score_due) in ways.items():
            if way == "learning beside" and turn == 3:
                models.offer(other)
                score_due._settings = score_due._settings.model_copy(update={"learn_windows": NEVER})
            stream = way.replace(" ", "-")
            pushed = StreamPart(stream, "fixed:10", Block(now_ms(), part, [1] * step))
            ledger.accept_push(Push([pushed], lines=step), now_ms())
            began = time.thread_time(), time.monotonic()
            score_due()
            if turn >= 3:
                cpu[way].append((time.thread_time() - began[0]) * 1000 / ROUND_WINDOWS)
                wall[way].append((time.monotonic() - began[1]) * 1000 / ROUND_WINDOWS)
    return {
        way: {
            "cpu_ms": round(statistics.median(cpu[way]), 3),
            "wall_ms": round(statistics.median(wall[way]), 3),
            "longest_wall_ms": round(max(wall[way]), 3),
        }
        for way in ways
    }


if __name__ == "__main__":
    main()
