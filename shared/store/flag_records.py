"""A flag as JSON, the form in which it waits for the analyzer and in which people see it.

In: a Flag. Out: JSON bytes of bounded size (EVENTS_MAX events, TEXT_MAX characters each), and back.
A damaged record raises FlagDamaged.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from typing import Final

import msgspec

from shared.core.records import Flag

EVENTS_MAX: Final = 256
TEXT_MAX: Final = 2000
CLIP_MARK: Final = "…[clipped]"


class FlagDamaged(ValueError):
    """What lies in Redis is not a flag."""


_decoder = msgspec.json.Decoder(Flag)


def encode_flag(flag: Flag) -> bytes:
    """JSON; longer texts are clipped and marked, events beyond EVENTS_MAX left out, infinities made finite."""
    events = tuple(
        replace(event, text=_clip(event.text), template=_clip(event.template), surprise=_finite(event.surprise))
        for event in flag.events[:EVENTS_MAX]
    )
    verdict = replace(
        flag.verdict,
        score=_finite(flag.verdict.score),
        strangeness=_finite(flag.verdict.strangeness),
        threshold=_finite(flag.verdict.threshold),
        components={name: _finite(value) for name, value in flag.verdict.components.items()},
        event_surprise=tuple(map(_finite, flag.verdict.event_surprise)),
    )
    return msgspec.json.encode(replace(flag, verdict=verdict, events=events))


def decode_flag(data: bytes | str) -> Flag:
    """Raises FlagDamaged."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FlagDamaged("not a flag") from error


def _finite(value: float) -> float:
    """JSON knows no infinity: the largest float stands for it, 0 for not-a-number."""
    return 0.0 if math.isnan(value) else max(-sys.float_info.max, min(sys.float_info.max, value))


def _clip(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - len(CLIP_MARK)] + CLIP_MARK
