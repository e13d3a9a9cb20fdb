"""How quiet is a scan of normal life, and what does it still find?

    python benchmarks/accuracy/scan_quiet.py [--seeds 1-3] [--lines 3000] [--against]

Every simulated system, ten random systems a seed and the recorded servers: a clean file each, and one with faults
(4 % of the lines of a simulated one). With ``--against``: 4 000 lines of each simulated run are learnt, the next
ones judged, clean and with every fault of the system planted in them.
A fault counts as found when a finding points at any of its lines; "or noted" counts notes too, which is what a scan
would list if it told no findings from notes. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from services.detector.scan_file import Finding, ScanReport, ScanSettings, scan_lines
from services.trainer.datasets.recorded import read_recording, recorded_systems
from services.trainer.datasets.simulators import SIMULATORS, SimulatedLine, Simulator, plant, random_system, simulate

_FAULT_SHARE = 0.04
_LEARNT = 4_000
_RANDOM_PER_SEED = 10
_FEWEST_LINES = 50
_UNCUT = ScanSettings(most_findings=1_000)
_ALARM_BUDGET = 0.001
HEADER = (
    "| files | clean, with findings | or notes | findings | notes | faults found | or noted | with faults |\n"
    "|---|---|---|---|---|---|---|---|"
)
Scan = Callable[[list[bytes]], ScanReport]


@dataclass(frozen=True, slots=True)
class LogFile:
    """``faults``: line number, from 1, -> the fault that wrote it; empty for a clean file."""

    lines: list[bytes]
    faults: dict[int, str]


@dataclass(slots=True)
class Tally:
    clean: int = 0
    loud: list[str] = field(default_factory=list)
    loud_or_noted: int = 0
    findings: int = 0
    noted: int = 0
    faults: int = 0
    found: int = 0
    found_or_noted: int = 0
    findings_with_faults: int = 0

    def add_clean(self, name: str, report: ScanReport) -> None:
        self.clean += 1
        self.findings += len(report.findings)
        self.noted += report.noted
        self.loud_or_noted += bool(report.findings or report.noted)
        if report.findings:
            self.loud.append(name)

    def add_broken(self, file: LogFile, report: ScanReport) -> None:
        self.faults += len(set(file.faults.values()))
        self.found += len(_hit(report.findings, file))
        self.found_or_noted += len(_hit(report.findings + report.notes, file))
        self.findings_with_faults += len(report.findings)

    def row(self, title: str) -> str:
        cells = (
            f"{len(self.loud)} of {self.clean}",
            self.loud_or_noted,
            self.findings,
            self.noted,
            f"{self.found} of {self.faults}",
            self.found_or_noted,
            self.findings_with_faults,
        )
        return f"| {title} | {' | '.join(map(str, cells))} |"


def _hit(findings: Iterable[Finding], file: LogFile) -> set[str]:
    return {file.faults[n] for finding in findings for n in finding.line_numbers if n in file.faults}


def _file(written: Iterable[SimulatedLine]) -> LogFile:
    lines: list[bytes] = []
    faults: dict[int, str] = {}
    for record in written:
        for text in record.text.split("\n"):
            lines.append(text.encode())
            if record.fault is not None:
                faults[len(lines)] = record.fault
    return LogFile(lines, faults)


def simulated(systems: Iterable[tuple[Simulator, int]], lines: int) -> Iterator[tuple[str, LogFile, LogFile]]:
    for system, seed in systems:
        clean, broken = (_file(simulate(system, seed, lines, share)) for share in (0.0, _FAULT_SHARE))
        yield f"{system.name}-{seed}", clean, broken


def recorded() -> Iterator[tuple[str, LogFile, LogFile]]:
    for run in (run for system in recorded_systems() for run in read_recording(system)):
        texts = [line.encode("utf-8", "replace") for line in run.lines]
        calm = [text for text, phase in zip(texts, run.phases, strict=True) if phase == "normal"]
        faults = {number: phase for number, phase in enumerate(run.phases, start=1) if phase != "normal"}
        if len(calm) >= _FEWEST_LINES:
            yield run.name, LogFile(calm, {}), LogFile(texts, faults)


def alone(files: Iterable[tuple[str, LogFile, LogFile]]) -> Tally:
    tally = Tally()
    for name, clean, broken in files:
        tally.add_clean(name, scan_lines(clean.lines, _UNCUT))
        tally.add_broken(broken, scan_lines(broken.lines, _UNCUT))
    return tally


def against(seeds: Sequence[int], lines: int) -> Tally:
    """Each simulated system's next lines judged by its first."""
    from loglynx.local_model import LocalModel
    from services.detector.scan_against import learn_normal, scan_against

    tally, reader = Tally(), LocalModel.load().reader
    for system, seed in ((system, seed) for system in SIMULATORS.values() for seed in seeds):
        names = [fault.name for fault in system.faults]
        step = lines // (len(names) + 1)
        places = [(name, _LEARNT + 100 + turn * step) for turn, name in enumerate(names)]
        calm = simulate(system, seed, _LEARNT + lines)
        broken = _file(plant(system, seed, _LEARNT + lines, places)[_LEARNT:])
        known = learn_normal([_file(calm[:_LEARNT]).lines], reader)
        judge = lambda texts, known=known: scan_against(known, texts, reader, _ALARM_BUDGET, _UNCUT)  # noqa: E731
        tally.add_clean(f"{system.name}-{seed}", judge(_file(calm[_LEARNT:]).lines))
        tally.add_broken(broken, judge(broken.lines))
    return tally


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=_seeds, default=_seeds("1-3"), metavar="FIRST-LAST")
    parser.add_argument("--lines", type=int, default=3_000, help="of each simulated file")
    parser.add_argument("--against", action="store_true", help="judge each run by its own beginning")
    chosen = parser.parse_args()
    print(HEADER)
    if chosen.against:
        tallies = {"simulated, by their beginning": against(chosen.seeds, chosen.lines)}
    else:
        count = _RANDOM_PER_SEED
        made = range((chosen.seeds.start - 1) * count + 1, (chosen.seeds.stop - 1) * count + 1)
        known = ((system, seed) for system in SIMULATORS.values() for seed in chosen.seeds)
        tallies = {
            "simulated": alone(simulated(known, chosen.lines)),
            "random": alone(simulated(((random_system(seed), seed) for seed in made), chosen.lines)),
            "recorded": alone(recorded()),
        }
    for title, tally in tallies.items():
        print(tally.row(title))
    for title, tally in tallies.items():
        print(f"\nclean, {title}: {', '.join(tally.loud) or 'none'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
