"""Records what real servers log while they work and while they break: one file of lines per system.

    python -m services.trainer.datasets.recorded.record [system ...] [--output DIR] [--seed N]

In: programs that are installed. Out: DIR/<system>.jsonl.gz, lines {"stream", "phase", "line"}, each stream's lines in
order. Installs nothing; a system whose programs are absent is skipped and the Debian packages it needs are named.
The load is drawn from the seed, but real programs under a real clock never log the same twice.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from pathlib import Path
from random import Random

from services.trainer.datasets.recorded.anonymising import anonymise, telling_parts
from services.trainer.datasets.recorded.isolation import as_init, furnish, is_possible, run_isolated
from services.trainer.datasets.recorded.lab import Lab, RecordedLine, missing
from services.trainer.datasets.recorded.load import DATA, write_recording
from services.trainer.datasets.recorded.scenarios import SCENARIOS, scenario
from services.trainer.datasets.recorded.trimming import trim

_APPLICATIONS = Path(__file__).parent / "applications"


def main(arguments: list[str] | None = None) -> int:
    """Record each system in namespaces of its own; the number of systems that failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("systems", nargs="*", metavar="system", help=f"default: all of {', '.join(SCENARIOS)}")
    parser.add_argument("--output", type=Path, default=DATA)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.inside:
        return as_init(lambda: _record_inside(options.systems[0], options.seed, options.output))
    if not is_possible():
        print("recording needs Linux, root and util-linux (unshare): servers are broken in namespaces of their own")
        return 1
    failed = 0
    for name in options.systems or SCENARIOS:
        absent = missing(scenario(name).programs)
        if absent:
            print(f"{name}: skipped, no {', '.join(absent)}; apt-get install {' '.join(scenario(name).packages)}")
            continue
        began = time.monotonic()
        own = ["-m", __spec__.name if __spec__ else __name__, name, "--inside"]
        status = run_isolated([*own, "--seed", str(options.seed), "--output", str(options.output.resolve())])
        failed += status != 0
        print(f"{name}: {'recorded' if status == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s", flush=True)
    return failed


def _record_inside(name: str, seed: int, output: Path) -> None:
    furnish(_APPLICATIONS)
    lab = Lab(Random(f"{name}-{seed}"))
    try:
        scenario(name).play(lab)
    except Exception:
        traceback.print_exc()  # what was recorded until then is true all the same
    place = str(Path(__file__).resolve().parents[4])
    kept = trim([RecordedLine(s, p, anonymise(line, place)) for s, p, line in lab.lines if line.strip()])
    told = {part for line in kept for part in telling_parts(line.line)}
    if told:
        print(f"{name}: says where it was recorded: {sorted(told)[:20]}", file=sys.stderr)
    write_recording(output / f"{name}.jsonl.gz", kept)


if __name__ == "__main__":
    sys.exit(main())
