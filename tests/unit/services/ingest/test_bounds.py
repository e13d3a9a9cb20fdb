from __future__ import annotations

import pytest

from services.ingest.protocols.bounds import bounded_json, bounded_message
from services.ingest.protocols.wire_messages import loki
from shared.errors import BodyTooLarge


def test_json_of_more_values_than_its_lines_can_need_is_refused() -> None:
    assert bounded_json(b"[" + b"1," * 20 + b"1]", max_lines=1) == [1] * 21
    with pytest.raises(BodyTooLarge):
        bounded_json(b"[" + b"1," * 21 + b"1]", max_lines=1)


@pytest.mark.parametrize("piece", [b"\x0a\x00", b"\x8a\x80\x00\x00", b"\x0a\x02\x12\x00"])
def test_message_of_more_messages_than_its_lines_can_need_is_refused_before_it_is_parsed(piece: bytes) -> None:
    with pytest.raises(BodyTooLarge):
        bounded_message(loki["PushRequest"], piece * 1000, max_lines=10)


def test_long_lines_are_no_messages() -> None:
    request = loki["PushRequest"]()
    request.streams.add().entries.add(line=b"2026-03-01 12:00:00 a line of the usual kind\n" * 1000)
    body = request.SerializeToString()
    assert bounded_message(loki["PushRequest"], body, max_lines=500).ByteSize() == len(body)
