"""The body of POST /api/v1/feedback: read, bounded, and made a Feedback of what the store knows.

In: JSON and the key that sent it. Out: a Feedback with its id. Fails with UnprocessableBody, NotFound.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from services.ingest.ids import checked_incident_id
from services.ingest.parts import Parts
from shared.core.access import ApiKey
from shared.core.decoding import make_safe
from shared.core.feedback import Feedback, FeedbackScope, FeedbackVerdict, with_id
from shared.core.taxonomy import Category
from shared.errors import BadInput, NotFound, UnprocessableBody
from shared.store.incidents import KEPT_WINDOWS, Incident
from shared.store.keyspace import check_stream_name
from shared.web.problems import PublicDetail

MAX_LINES: Final = 100
MAX_LINE_CHARS: Final = 2_000
MAX_NOTE_CHARS: Final = 500
MAX_AUTHOR_CHARS: Final = 64
MAX_WINDOWS: Final = 100
DAY_MS: Final = 86_400_000
STREAM_DEFAULT_MS: Final = DAY_MS
STREAM_MAX_MS: Final = 31 * DAY_MS
MAX_MOMENT_MS: Final = 253_402_300_800_000  # the year 10000
MAX_EXPIRY_MS: Final = 366 * DAY_MS
MAX_MISSED_MS: Final = 7 * DAY_MS  # every window in that time counts as an anomaly

WindowId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{20}$")]
Moment = int | datetime
_DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d|)")
_UNIT_MS: Final = {"": 1_000, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": DAY_MS}
_DEFAULT_SCOPE: Final = FeedbackScope.TEMPLATE


class FeedbackRequest(BaseModel):
    """What a client may say. Exactly one of ``incident_id``, ``window_id`` and ``stream`` names what it is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: FeedbackVerdict
    incident_id: str | None = None
    window_id: WindowId | None = None
    stream: str | None = Field(None, max_length=128)
    scope: FeedbackScope | None = None
    category: Category | None = None
    lines: list[Annotated[str, StringConstraints(max_length=100_000)]] = Field(default=[], max_length=MAX_LINES)
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to")
    expires_in: str | int | None = None
    expires_at: Moment | Literal["never"] | None = None
    author: str = Field("", max_length=MAX_AUTHOR_CHARS)
    note: str = Field("", max_length=MAX_NOTE_CHARS)

    @field_validator("since", "until", "expires_at")
    @classmethod
    def _is_a_moment(cls, value: Moment | str | None) -> Moment | str | None:
        if value is not None and not isinstance(value, str) and not 0 <= (_ms(value) or 0) < MAX_MOMENT_MS:
            raise ValueError("out of range")
        return value

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        if sum(target is not None for target in (self.incident_id, self.window_id, self.stream)) != 1:
            raise ValueError("one target")
        is_missed = self.verdict is FeedbackVerdict.MISSED
        if is_missed != bool(self.lines or self.since) or (is_missed and self.stream is None):
            raise ValueError("missed: stream with lines or from")
        if self.stream is not None and not is_missed and self.scope is not FeedbackScope.STREAM:
            raise ValueError("a stream is judged as a whole with scope stream only")
        if (self.verdict is FeedbackVerdict.WRONG_CLASS) != (self.category is not None) and (
            self.verdict in (FeedbackVerdict.WRONG_CLASS, FeedbackVerdict.FALSE_POSITIVE)
        ):
            raise ValueError("category goes with wrong_class")
        if self.category is Category.BENIGN:
            raise ValueError("what is benign is a false positive")
        if self.expires_in is not None and self.expires_at is not None:
            raise ValueError("one expiry")
        return self


def read_request(value: object) -> FeedbackRequest:
    """Raises UnprocessableBody; what it says never repeats the input."""
    try:
        return FeedbackRequest.model_validate(value)
    except ValidationError as error:
        fields = sorted({str(place) for e in error.errors() for place in e["loc"][:1] if place in _FIELDS})
        named = f" ({', '.join(fields)})" if fields else ""
        raise UnprocessableBody(PublicDetail(f"This is no feedback as docs/api.md has it{named}")) from None


_FIELDS = {field.alias or name for name, field in FeedbackRequest.model_fields.items()}


def feedback_of(request: FeedbackRequest, key: ApiKey, parts: Parts) -> Feedback:
    """The feedback about what the store knows of the target. Raises NotFound, UnprocessableBody."""
    now_ms = parts.now_ms()
    facts = _facts(request, parts)
    first_ms, last_ms = _missed_ms(request, now_ms)
    scope = request.scope or (FeedbackScope.WINDOW if request.window_id or request.lines else _DEFAULT_SCOPE)
    if request.verdict is FeedbackVerdict.MISSED:
        scope = FeedbackScope.WINDOW
    category = request.category.value if request.category else ""
    if request.verdict is FeedbackVerdict.CONFIRMED and not category:
        category = facts.pop("category", "")
    facts.pop("category", None)
    return with_id(
        Feedback(
            feedback_id="",
            verdict=request.verdict,
            scope=scope,
            author=make_safe(request.author, MAX_AUTHOR_CHARS)[0].strip() or key.name,
            key_id=key.key_id,
            given_ms=now_ms,
            expires_ms=_expiry_ms(request, scope, now_ms),
            category=category,
            note=make_safe(request.note, MAX_NOTE_CHARS)[0],
            lines=tuple(make_safe(line, MAX_LINE_CHARS)[0] for line in request.lines),
            first_ms=first_ms,
            last_ms=last_ms,
            **facts,
        )
    )


def _facts(request: FeedbackRequest, parts: Parts) -> dict[str, Any]:
    """stream, incident_id, signature, templates, windows, and the category that the incident shows."""
    if request.stream is not None:
        try:
            return {"stream": check_stream_name(request.stream)}
        except BadInput:
            raise UnprocessableBody(PublicDetail("The stream has no valid name")) from None
    if request.window_id is not None:
        incident_id = parts.incidents.of_window(request.window_id)
        if incident_id is None:
            raise NotFound("no such flagged window")
        return _facts_of(parts.incidents.get(incident_id, 1)) | {"windows": (request.window_id,)}
    incident = parts.incidents.get(checked_incident_id(request.incident_id or ""), KEPT_WINDOWS)
    windows = incident.windows if request.scope is FeedbackScope.WINDOW else incident.windows[:MAX_WINDOWS]
    return _facts_of(incident) | {"windows": windows}


def _facts_of(incident: Incident) -> dict[str, Any]:
    shown = incident.category if incident.category in Category._value2member_map_ else ""
    return {
        "stream": incident.stream,
        "incident_id": incident.incident_id,
        "signature": incident.signature,
        "templates": tuple(sorted(incident.templates)),
        "category": "" if shown == Category.BENIGN.value else shown,
    }


def _missed_ms(request: FeedbackRequest, now_ms: int) -> tuple[int | None, int | None]:
    """When what was missed was logged, both included; by the line's own clock, which may be another zone's."""
    first_ms, last_ms = _ms(request.since), _ms(request.until)
    if first_ms is None:
        if last_ms is not None:
            raise UnprocessableBody(PublicDetail("to needs from"))
        return None, None
    last_ms = first_ms if last_ms is None else last_ms
    if not first_ms <= last_ms <= min(first_ms + MAX_MISSED_MS, now_ms + DAY_MS):
        raise UnprocessableBody(
            PublicDetail(f"from and to: in order, not in the future, {MAX_MISSED_MS // DAY_MS} days apart at most")
        )
    return first_ms, last_ms


def _expiry_ms(request: FeedbackRequest, scope: FeedbackScope, now_ms: int) -> int | None:
    """When it ends. A whole stream is never silenced without an end."""
    is_wide = scope is FeedbackScope.STREAM and request.verdict is FeedbackVerdict.FALSE_POSITIVE
    expires_ms: int | None = now_ms + STREAM_DEFAULT_MS if is_wide else None
    if request.expires_in is not None:
        expires_ms = now_ms + _duration_ms(str(request.expires_in))
    elif request.expires_at is not None:
        expires_ms = None if request.expires_at == "never" else _ms(request.expires_at)
    longest_ms = STREAM_MAX_MS if is_wide else MAX_EXPIRY_MS
    if is_wide and expires_ms is None:
        raise UnprocessableBody(PublicDetail("A whole stream can be silenced for 31 days at most"))
    if expires_ms is not None and not now_ms < expires_ms <= now_ms + longest_ms:
        raise UnprocessableBody(PublicDetail(f"It must end in the future, within {longest_ms // DAY_MS} days"))
    return expires_ms


def _ms(moment: Moment | None) -> int | None:
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp() * 1000)
    return moment


def _duration_ms(text: str) -> int:
    """``90m``, ``12h``, ``30d``; a bare number is seconds."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise UnprocessableBody(PublicDetail("expires_in is a duration such as 90m, 12h or 30d"))
    return int(found[1]) * _UNIT_MS[found[2]]
