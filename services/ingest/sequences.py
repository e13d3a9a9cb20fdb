"""Self-contained sequences: stored as windows of their own, scored by the detector, waited for within bounds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from services.ingest.batch import Batch
from services.ingest.intake import IntakeRules, body_digest, take_in
from services.ingest.parts import Parts
from shared.core.records import Verdict, VerdictState
from shared.errors import UnprocessableBody
from shared.store.jobs import JobState, JobView
from shared.store.pushes import Push, StreamPart
from shared.web.problems import PublicDetail

SETTLED = frozenset({JobState.ANALYZING, JobState.DONE, JobState.FAILED})
FINAL = frozenset({JobState.DONE, JobState.FAILED})
FIRST_LOOK_S = 0.02
SLOWEST_LOOK_S = 0.25
MAX_SEQUENCES = 1000


def submit(parts: Parts, sequences: Sequence[Batch], body: bytes) -> str:
    """Store each batch as one sequence; the job's id. Raises UnprocessableBody when one has no usable line."""
    if not 0 < len(sequences) <= MAX_SEQUENCES:
        raise UnprocessableBody(PublicDetail("Between 1 and 1000 logs are expected"))
    rules = IntakeRules("sequence", "whole", parts.settings.max_line_chars, max_streams=1)
    accepted: list[StreamPart] = []
    lines = 0
    for batch in sequences:
        intake = take_in(Batch(batch.lines, batch.indexes), rules, parts.now_ms())
        if not intake.parts:
            raise UnprocessableBody(PublicDetail("A log has no text"))
        accepted.append(intake.parts[0])
        lines += intake.lines
    push = Push(parts=accepted, lines=lines, body_digest=body_digest(body), is_sequence=True)
    job_id = parts.ledger.accept_push(push, parts.now_ms()).job_id
    parts.recent_jobs.append(job_id)
    parts.ring()
    return job_id


async def wait_for(parts: Parts, job_id: str, wait_s: float, enough: frozenset[JobState] = FINAL) -> JobView:
    """The job when its state is ``enough``, or as it is after ``wait_s``. Raises JobUnknown, JobExpired."""
    until, pause = time.monotonic() + min(wait_s, parts.settings.max_wait_s), FIRST_LOOK_S
    while True:
        view = await parts.threads.run(parts.ledger.read_job, job_id, parts.now_ms())
        left = until - time.monotonic()
        if view.state in enough or left <= 0:
            return view
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, SLOWEST_LOOK_S)


def scores(view: JobView, sequences: int) -> list[tuple[float, bool] | None]:
    """(highest score, is anomaly) of each sequence in order; None where there is no verdict (yet)."""
    best: list[tuple[float, bool] | None] = [None] * sequences
    position = {part.stream: index for index, part in enumerate(view.parts)}
    for verdict in view.verdicts:
        index = position.get(verdict.stream)
        if index is None or index >= sequences or verdict.state is VerdictState.FAILED:
            continue
        best[index] = _stranger(best[index], verdict)
    return best


def _stranger(so_far: tuple[float, bool] | None, verdict: Verdict) -> tuple[float, bool]:
    score, is_anomaly = so_far or (0.0, False)
    return max(score, verdict.score), is_anomaly or verdict.state is VerdictState.FLAGGED
