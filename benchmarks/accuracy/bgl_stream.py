"""How the detector does on BGL read as one stream, from raw text, with no label and no rule for it.

    python benchmarks/accuracy/bgl_stream.py [DATA_DIRECTORY] [--learn 200] [--size 10]

Reads ``bgl/bgl_lines_*.log.gz`` below the directory ($LOGLYNX_DATA when not given), in order: the stream learns its
first windows, whatever is in them, and is judged from then on under the default budget. The label column is removed
by the parser, by position; it is used here alone, to count. One anomalous line makes a window anomalous.

Prints one JSON object; skips with a message where the data is absent. One stream, one run: a first look, no ranking.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from services.detector.score_windows import Budget, Judge
from services.detector.settings import DetectorSettings
from services.detector.worker import load_detector
from shared.core.baseline import Baseline
from shared.core.parsing import LineParser
from shared.core.records import VerdictState, Window


def measure(lines: list[str], size: int, learn: int) -> dict[str, Any]:
    """Counts of windows, flags and drifts; precision and recall by window."""
    settings = DetectorSettings()
    reader, reference = load_detector(None, 1, settings.known_lines)
    judge = Judge(reader.model.version, reference, Budget(settings.alarm_budget, settings.sequence_alarm_budget))
    parser, started = LineParser(), time.process_time()
    events = [parser.parse(line, 0) for line in lines]
    cut = [events[start : start + size] for start in range(0, len(events) - size + 1, size)]
    is_alert = [any(not line.startswith("- ") for line in lines[i * size : (i + 1) * size]) for i in range(len(cut))]
    windows = [Window("bgl", tuple(range(i * size, (i + 1) * size)), f"fixed:{size}") for i in range(len(cut))]
    evidence = [seen for start in range(0, len(cut), 500) for seen in reader.read(cut[start : start + 500])]
    verdicts, _, _ = judge.judge(windows, evidence, Baseline(learn), 0, is_sequence=False)
    cpu_s = time.process_time() - started
    judged = [(v, alert) for v, alert in zip(verdicts, is_alert, strict=True)][learn:]
    flagged = [alert for v, alert in judged if v.state is VerdictState.FLAGGED]
    alerts = sum(alert for _, alert in judged)
    hits = sum(flagged)
    return {
        "model": reader.model.version,
        "windows_judged": len(judged),
        "windows_with_alerts": alerts,
        "flagged": len(flagged),
        "precision": round(hits / max(len(flagged), 1), 3),
        "recall": round(hits / max(alerts, 1), 3),
        "flagged_without_alert_share": round((len(flagged) - hits) / max(len(judged) - alerts, 1), 4),
        "times_learnt_again": sum(any(r.code == "distribution_changed" for r in v.reasons) for v in verdicts),
        "cpu_us_per_line": round(1e6 * cpu_s / len(lines), 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=Path(os.environ.get("LOGLYNX_DATA", "data")))
    parser.add_argument("--learn", type=int, default=200)
    parser.add_argument("--size", type=int, default=10)
    arguments = parser.parse_args()
    files = sorted((arguments.data / "bgl").glob("bgl_lines_*.log.gz"))
    if not files:
        print(f"skipped: no bgl/bgl_lines_*.log.gz below {arguments.data}", file=sys.stderr)
        return 0
    texts = (gzip.decompress(file.read_bytes()).decode(errors="replace") for file in files)
    lines = [line for text in texts for line in text.splitlines()]
    print(json.dumps(measure(lines, arguments.size, arguments.learn), indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
