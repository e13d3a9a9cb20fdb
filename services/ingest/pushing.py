"""The use cases of a push: take it in, or show how it would be read.

Fails with BadInput and its kin, IdempotencyConflict, Overloaded, StoreUnavailable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.ingest.batch import Batch
from services.ingest.intake import Intake, IntakeRules, body_digest, take_in
from services.ingest.job_views import iso_time
from services.ingest.parts import Parts
from services.ingest.protocols.native import decode_push
from services.ingest.schemas import Accepted, Preview, PreviewEvent, RejectedLine
from shared.core.normalising import template_of
from shared.core.parsing import LineParser
from shared.core.records import Event, Level
from shared.core.window_rules import WindowRule
from shared.errors import BadInput
from shared.store.blocks import Block
from shared.store.pushes import Push
from shared.telemetry import Refusal, count_refusal
from shared.web.problems import PublicDetail

SHOWN_REJECTS = 20
SHOWN_EVENTS = 200
MAX_KEY_CHARS = 255
REFUSALS = {"empty": Refusal.EMPTY_LINE}


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What a push says beside its body. ``owner`` is the API key's id: idempotency keys are each owner's own."""

    body: bytes
    content_type: str = ""
    stream: str = ""
    rule: str = ""
    idempotency_key: str | None = None
    owner: str = ""

    def with_body(self, body: bytes) -> PushRequest:
        return replace(self, body=body)


def push(parts: Parts, request: PushRequest) -> Accepted:
    """Decode, take in and store; returns when the lines are in the store's append-only file."""
    rule, key = checked_rule(parts, request.rule), checked_key(request)
    intake = read_push(parts, request, rule)
    job_id, is_replay = None, False
    if intake.parts:
        acceptance = parts.ledger.accept_push(
            Push(
                parts=intake.parts,
                lines=intake.lines,
                body_digest=body_digest(request.body, request.stream, rule),
                idempotency_key=key,
                rejected=intake.rejected_counts,
            ),
            parts.now_ms(),
        )
        job_id, is_replay = acceptance.job_id, acceptance.is_replay
        parts.recent_jobs.append(job_id)
        parts.ring()
    count_refused(intake)
    return Accepted(
        job_id=job_id,
        accepted=intake.lines,
        events=intake.events,
        clipped=intake.clipped,
        rejected_count=len(intake.rejected),
        rejected=shown_rejects(intake),
        is_replay=is_replay,
    )


def preview(parts: Parts, request: PushRequest) -> Preview:
    """How the push would be read; stores nothing."""
    intake = read_push(parts, request, checked_rule(parts, request.rule))
    shown: list[PreviewEvent] = []
    for part in intake.parts:
        parser = LineParser()
        for position in range(min(len(part.block), SHOWN_EVENTS - len(shown))):
            shown.append(_preview(part.stream, part.block, position, parser))
    return Preview(
        accepted=intake.lines,
        events=intake.events,
        clipped=intake.clipped,
        rejected_count=len(intake.rejected),
        rejected=shown_rejects(intake),
        preview=shown,
    )


def read_push(parts: Parts, request: PushRequest, rule: str) -> Intake:
    settings = parts.settings
    batch: Batch = decode_push(request.body, request.content_type, parts.now_ms(), settings.max_lines)
    rules = IntakeRules(
        request.stream or settings.default_stream, rule, settings.max_line_chars, settings.max_streams
    )
    return take_in(batch, rules, parts.now_ms())


def checked_rule(parts: Parts, text: str) -> str:
    """The rule in canonical form. Patterns are for operators only: one may take exponential time."""
    try:
        rule = WindowRule.parse(text or parts.settings.default_rule)
    except ValueError as error:
        raise BadInput(
            PublicDetail("window is fixed:N, sliding:N:S, time:S, session:KEY:S or adaptive:A:B:S")
        ) from error
    if text and rule.is_custom:
        raise BadInput(PublicDetail("window: a pattern of your own can only be set by the operator"))
    return rule.text()


def checked_key(request: PushRequest) -> str | None:
    """The idempotency key with its owner. Raises BadInput for an empty or overlong one."""
    key = request.idempotency_key
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY_CHARS:
        raise BadInput(PublicDetail("Idempotency-Key has 1 to 255 characters"))
    return f"{request.owner}\n{key}"


def count_refused(intake: Intake) -> None:
    for reason, count in intake.rejected_counts.items():
        count_refusal("ingest", REFUSALS.get(reason, Refusal.BAD_LINE), count)
    if intake.clipped:
        count_refusal("ingest", Refusal.LINE_CLIPPED, intake.clipped)


def shown_rejects(intake: Intake) -> list[RejectedLine]:
    return [RejectedLine(index=item.index, reason=item.reason.value) for item in intake.rejected[:SHOWN_REJECTS]]


def _preview(stream: str, block: Block, position: int, parser: LineParser) -> PreviewEvent:
    event: Event = parser.parse(block.texts[position], block.received_ms)
    stamp = block.timestamps[position] if block.timestamps else None
    level = block.levels[position] if block.levels else None
    source = block.sources[position] if block.sources else ""
    level = event.level if level is None else Level(level)
    return PreviewEvent(
        stream=stream,
        line_count=block.line_counts[position],
        timestamp=iso_time(event.timestamp_ms if stamp is None else stamp),
        level=None if level is None else level.name.lower(),
        source=source or event.source,
        format=event.format,
        message=event.message,
        template=template_of(event.message),
    )
