"""How fast the embedded engine answers, and what it costs: ``python benchmarks/analyzer/latency.py``.

A fresh process loads the engine and answers windows of ten lines, rules included, as the analyzer does. Printed:
seconds from the start of the process to the first answer, milliseconds per window (wall and processor), and the most
memory that was ever resident. On a busy machine wall times are other people's; processor times are the engine's own.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

_STARTED = time.monotonic()
_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_ROOT))

LIMITS = {"cold_start_s": 3.0, "memory_mb": 250.0, "p95_ms": 1500.0}


def measure(models: Path, windows: int, lines: int, threads: int) -> dict[str, float]:
    """In this process, from its start."""
    from fault_windows import fault_window

    from services.analyzer.answering import answer
    from services.analyzer.embedded.loading import load_engine
    from services.analyzer.rules import explain

    engine = load_engine(models, threads)
    rng = random.Random(0)
    wall, busy = [], []
    cold_s = 0.0
    for number in range(windows + 1):
        flag = fault_window(rng, lines).flag
        start, start_busy = time.perf_counter(), time.process_time()
        answer(engine, flag, explain(flag), deadline_s=30.0)
        if number == 0:
            cold_s = time.monotonic() - _STARTED
            continue
        wall.append(1e3 * (time.perf_counter() - start))
        busy.append(1e3 * (time.process_time() - start_busy))
    wall.sort()
    busy.sort()
    return {
        "windows": windows,
        "lines": lines,
        "cold_start_s": round(cold_s, 2),
        "median_ms": round(wall[len(wall) // 2], 1),
        "p95_ms": round(wall[int(0.95 * len(wall))], 1),
        "median_processor_ms": round(busy[len(busy) // 2], 1),
        "p95_processor_ms": round(busy[int(0.95 * len(busy))], 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--models", type=Path, default=_ROOT / "models" / "analyzer")
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--lines", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if not chosen.inside:  # a process of its own, so that nothing else has been imported
        return subprocess.run([sys.executable, __file__, "--inside", *sys.argv[1:]], check=False).returncode
    found = measure(chosen.models, chosen.windows, chosen.lines, chosen.threads)
    missed = [name for name, most in LIMITS.items() if found[name] > most]
    print(json.dumps(found | {"missed": missed}, indent=1))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
