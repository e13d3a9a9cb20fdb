"""A block's events: the text as the parser reads it, and what the shipper's record said beside it."""

from __future__ import annotations

from services.detector.fold_stream import parse_block
from shared.core.parsing import LineParser
from shared.core.records import Event, Level
from shared.store.blocks import Block, decode_block, encode_block

NOW = 1_772_366_400_000
RECORD = '{"message":"done","status":200,"method":"GET"}'


def events(block: Block) -> list[Event]:
    return parse_block(decode_block(encode_block(block)), LineParser())


def test_what_a_record_said_wins_over_its_text() -> None:
    block = Block(NOW, ["WARN slow"], [1], [5], [int(Level.ERROR)], ["db"], [[(8, 1.5)]])
    (event,) = events(block)
    assert (event.timestamp_ms, event.level, event.source, event.attributes) == (5, Level.ERROR, "db", ((8, 1.5),))


def test_a_block_without_attributes_leaves_those_of_its_texts() -> None:
    (event,) = events(Block(NOW, [RECORD], [1]))
    assert [value for key, value in event.attributes if key % 2 == 0] == [200.0]


def test_a_pushed_record_says_the_same_as_its_line_of_text() -> None:
    (as_text,) = events(Block(NOW, [RECORD], [1]))
    (as_record,) = events(Block(NOW, ["done"], [1], attributes=[list(as_text.attributes)]))
    assert as_record.attributes == as_text.attributes and as_record.message == as_text.message
