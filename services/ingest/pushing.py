"""The use cases of a push: take a decoded batch in, or show how a native push would be read.

Fails with BadInput and its kin, IdempotencyConflict, Overloaded, StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

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
from shared.store.pushes import Acceptance, Push
from shared.telemetry import Refusal, count_refusal
from shared.web.problems import PublicDetail

SHOWN_REJECTS = 20
SHOWN_EVENTS = 200
MAX_KEY_CHARS = 255
KEY_TTL_S = 86_400
RESEND_TTL_S = 600
SMALL_BYTES = 4 * 1024  # twenty lines; at worst, a record every few bytes, 7 ms of the event loop (30 for 16 KiB)
REFUSALS = {"empty": Refusal.EMPTY_LINE}
Args = ParamSpec("Args")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What a push says beside its body. ``owner`` is the API key's id: idempotency keys are each owner's own."""

    body: bytes
    path: str = ""
    content_type: str = ""
    stream: str = ""
    rule: str = ""
    idempotency_key: str | None = None
    owner: str = ""

    def with_body(self, body: bytes) -> PushRequest:
        return replace(self, body=body)


@dataclass(frozen=True, slots=True)
class Stored:
    """A push that is in the store's append-only file; ``job_id`` is None when it had no line to store."""

    intake: Intake
    job_id: str | None = None
    is_replay: bool = False


def store(parts: Parts, request: PushRequest, batch: Batch) -> Stored:
    """Take a decoded batch in; returns when its lines are in the store's append-only file. Blocks.

    The same push sent again is stored once: told by its Idempotency-Key for 24 hours, else, for a batch that cannot
    repeat by chance, by owner, path and body for ten minutes.
    """
    intake, push = _ready(parts, request, batch)
    if push is None:
        return _stored(parts, intake)
    acceptance = parts.ledger.accept_push(push, parts.now_ms())
    parts.ring()
    return _stored(parts, intake, acceptance)


async def take(parts: Parts, request: PushRequest, batch: Batch) -> Stored:
    """The same for a request: a small one without a thread of its own, and together with others that wait."""
    if len(request.body) > SMALL_BYTES:
        return await parts.threads.run(store, parts, request, batch)
    intake, push = _ready(parts, request, batch)
    if push is None:
        return _stored(parts, intake)
    return _stored(parts, intake, await parts.coalescer.accept(parts.ledger.prepare(push, parts.now_ms())))


async def sized(
    parts: Parts, body: bytes, call: Callable[Args, Answer], *args: Args.args, **kwargs: Args.kwargs
) -> Answer:
    """``call``'s answer: at once where the body is small, else from a thread, so that no other request waits."""
    if len(body) <= SMALL_BYTES:
        return call(*args, **kwargs)
    return await parts.threads.run(call, *args, **kwargs)


def _ready(parts: Parts, request: PushRequest, batch: Batch) -> tuple[Intake, Push | None]:
    """What goes to the ledger; nothing does where no line is left."""
    rule, key = checked_rule(parts, request.rule), checked_key(request)
    intake = take_in(batch, rules_for(parts, request, rule), parts.now_ms())
    if not intake.parts:
        return intake, None
    digest, is_key_given = body_digest(request.body, request.stream, rule), key is not None
    if key is None and batch.is_distinct:
        key = f"{request.owner}\n{request.path}\n{digest}"
    return intake, Push(
        parts=intake.parts,
        lines=intake.lines,
        body_digest=digest,
        idempotency_key=key,
        idempotency_ttl_s=KEY_TTL_S if is_key_given else RESEND_TTL_S,
        rejected=intake.rejected_counts,
    )


def _stored(parts: Parts, intake: Intake, acceptance: Acceptance | None = None) -> Stored:
    count_refused(intake)
    if acceptance is None:
        return Stored(intake)
    parts.recent_jobs.append(acceptance.job_id)
    return Stored(intake, acceptance.job_id, acceptance.is_replay)


def accepted(stored: Stored) -> Accepted:
    """The answer to a native push."""
    intake = stored.intake
    return Accepted(
        job_id=stored.job_id,
        accepted=intake.lines,
        events=intake.events,
        clipped=intake.clipped,
        rejected_count=len(intake.rejected),
        rejected=shown_rejects(intake),
        is_replay=stored.is_replay,
    )


def preview(parts: Parts, request: PushRequest) -> Preview:
    """How the push would be read; stores nothing."""
    rules = rules_for(parts, request, checked_rule(parts, request.rule))
    intake = take_in(decode(parts, request), rules, parts.now_ms())
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


def decode(parts: Parts, request: PushRequest) -> Batch:
    return decode_push(request.body, request.content_type, parts.now_ms(), parts.settings.max_lines)


def rules_for(parts: Parts, request: PushRequest, rule: str) -> IntakeRules:
    settings = parts.settings
    stream = request.stream or settings.default_stream
    return IntakeRules(stream, rule, settings.max_line_chars, settings.max_streams)


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
