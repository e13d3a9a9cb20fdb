"""The shipped model in this process: scores self-contained sequences as the detector scores them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from loglynx.scoring import SequenceScore
from services.detector.gather_evidence import EvidenceReader
from services.detector.score_windows import Budget, Judge
from services.detector.settings import DetectorSettings
from services.detector.worker import load_detector
from shared.core.baseline import Baseline
from shared.core.decoding import make_safe
from shared.core.folding import fold
from shared.core.parsing import LineParser
from shared.core.records import Event, VerdictState, Window

MAX_LINE_CHARS = 32_768
RULE = "whole"


class LocalModel:
    """Loaded once; answers like a server does."""

    def __init__(self, reader: EvidenceReader, judge: Judge) -> None:
        self.reader = reader
        self.judge = judge

    @classmethod
    def load(cls) -> Self:
        """The model that the detector would load, under its settings. Raises ArtefactInvalid, DeviceUnavailable."""
        settings = DetectorSettings.from_environment()
        reader, reference = load_detector(settings.model_dir, settings.threads, settings.known_lines, settings.device)
        budget = Budget(settings.alarm_budget, settings.sequence_alarm_budget)
        return cls(reader, Judge(reader.model.version, reference, budget))

    def score(self, sequences: Sequence[Sequence[str]]) -> list[SequenceScore]:
        """One score per sequence; traces are folded, and a sequence without text scores 0."""
        parsed = [events_of(lines) for lines in sequences]
        filled = [index for index, events in enumerate(parsed) if events]
        windows = [Window(f"sequence-{i}", tuple(range(len(parsed[i]))), RULE) for i in filled]
        evidence = self.reader.read([parsed[i] for i in filled])
        verdicts, _, _ = self.judge.judge(windows, evidence, Baseline(1), 0, is_sequence=True)
        scores = [SequenceScore(0.0, is_anomaly=False)] * len(sequences)
        for index, verdict in zip(filled, verdicts, strict=True):
            scores[index] = SequenceScore(
                verdict.score,
                verdict.state is VerdictState.FLAGGED,
                tuple(reason.code for reason in verdict.reasons),
                verdict.severity.value if verdict.severity else "",
            )
        return scores


def events_of(lines: Sequence[str]) -> list[Event]:
    """Parsed events of raw lines, as ingest and the detector make them; blank lines are dropped."""
    parser = LineParser()
    safe = [make_safe(part, MAX_LINE_CHARS)[0] for line in lines for part in line.split("\n")]
    return [parser.parse(folded.text, 0) for folded in fold([line for line in safe if line.strip()])]
