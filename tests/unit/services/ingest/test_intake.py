from __future__ import annotations

import pytest

from services.ingest.batch import Batch, Fields, Rejected, RejectReason
from services.ingest.intake import IntakeRules, body_digest, stream_name, take_in
from shared.core.decoding import CLIP_MARK
from shared.core.records import Level

RULES = IntakeRules("app", "fixed:10", max_line_chars=256, max_streams=3)


def a_batch(*lines: str, fields: dict[int, Fields] | None = None) -> Batch:
    return Batch(list(lines), range(len(lines)), fields or {})


def test_lines_become_one_block_of_the_default_stream() -> None:
    intake = take_in(a_batch("2026-03-01 a", "2026-03-01 b"), RULES, 7)
    (part,) = intake.parts
    assert (part.stream, part.rule, part.block.received_ms) == ("app", "fixed:10", 7)
    assert part.block.texts == ["2026-03-01 a", "2026-03-01 b"]
    assert part.block.timestamps is None
    assert part.block.levels is None
    assert intake.lines == intake.events == 2


def test_trace_is_one_event_of_several_lines() -> None:
    trace = [
        "2026-03-01 ERROR failed",
        "java.lang.IllegalStateException: no",
        "\tat a.B.c(B.java:1)",
        "2026-03-01 ok",
    ]
    intake = take_in(a_batch(*trace), RULES, 0)
    assert intake.parts[0].block.line_counts == [3, 1]
    assert (intake.lines, intake.events) == (4, 2)


def test_record_of_several_lines_stays_one_event() -> None:
    intake = take_in(a_batch("first\r\nsecond\nthird", "2026-03-01 next"), RULES, 0)
    assert intake.parts[0].block.texts == ["first\nsecond\nthird", "2026-03-01 next"]
    assert intake.parts[0].block.line_counts == [3, 1]
    assert intake.lines == 2


def test_blank_lines_are_counted_and_left_out() -> None:
    intake = take_in(a_batch("", "a", "  \t", "\u200b", "b"), RULES, 0)
    assert intake.lines == 2
    assert intake.rejected == [Rejected(index, RejectReason.EMPTY) for index in (0, 2, 3)]
    assert intake.rejected_counts == {"empty": 3}


def test_every_line_is_accepted_or_refused() -> None:
    fields = {n: Fields(stream=f"s{n}") for n in range(6)}
    intake = take_in(a_batch("a", "b", "", "d", "e", "f", fields=fields), RULES, 0)
    assert intake.lines + len(intake.rejected) == 6
    assert intake.rejected_counts == {"empty": 1, "too_many_streams": 2}
    assert [part.stream for part in intake.parts] == ["s0", "s1", "s3"]


def test_long_lines_are_clipped_marked_and_counted() -> None:
    intake = take_in(a_batch("x" * 257, "x" * 256, "y\n" + "x" * 500), RULES, 0)
    clipped, whole, trace = intake.parts[0].block.texts
    assert intake.clipped == 2
    assert clipped.endswith(CLIP_MARK)
    assert (len(clipped), len(whole)) == (256, 256)
    assert len(trace) <= 256


def test_unsafe_characters_never_reach_the_block() -> None:
    fields = {0: Fields(source="\ud800\0" + "s" * 500)}
    (part,) = take_in(a_batch("a\x00\x1b[31mb\ud800\u202e", fields=fields), RULES, 0).parts
    assert part.block.texts == ["a␀b�"]
    assert part.block.sources is not None
    assert part.block.sources[0].encode()
    assert len(part.block.sources[0]) <= 128


def test_fields_of_an_event_come_from_its_first_line() -> None:
    fields = {
        0: Fields(timestamp_ms=5, level=Level.ERROR, source="db"),
        1: Fields(timestamp_ms=6, level=Level.INFO),
    }
    batch = a_batch("2026-03-01 failed", "\tat a.B.c(B.java:1)", "2026-03-01 next", fields=fields)
    (part,) = take_in(batch, RULES, 0).parts
    assert part.block.timestamps == [5, None]
    assert part.block.levels == [int(Level.ERROR), None]
    assert part.block.sources == ["db", ""]


def test_streams_keep_their_own_order() -> None:
    fields = {1: Fields(stream="db"), 3: Fields(stream="db")}
    intake = take_in(a_batch("1", "2", "3", "4", fields=fields), RULES, 0)
    assert {part.stream: part.block.texts for part in intake.parts} == {"app": ["1", "3"], "db": ["2", "4"]}


@pytest.mark.parametrize("name", ["web", "k8s/prod:pod-1@eu_west.2", "a" * 128])
def test_plain_names_stay(name: str) -> None:
    assert stream_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "支付 api", "a" * 129, "seq/j01", "a\0b", "\ud800", "ll:*", "../../etc/passwd "]
)
def test_odd_names_get_a_stand_in_of_their_own(name: str) -> None:
    found = stream_name(name)
    assert stream_name(found) == found, "a stand-in must be a plain name"
    assert found != name
    assert not found.startswith("seq/")
    assert stream_name(name + "x") != found


def test_digest_depends_on_body_and_parameters() -> None:
    digests = {
        body_digest(b"a", "s", "r"),
        body_digest(b"b", "s", "r"),
        body_digest(b"a", "t", "r"),
        body_digest(b"a"),
    }
    assert len(digests) == 4
    assert body_digest(b"a", "s") == body_digest(b"a", "s")


def test_attributes_come_from_an_events_first_line_and_cost_nothing_where_there_are_none() -> None:
    fields = {0: Fields(attributes=((8, 1.0),)), 1: Fields(attributes=((8, 2.0),))}
    (part,) = take_in(a_batch("boom", "\tat frame", "next", fields=fields), RULES, 0).parts
    assert part.block.attributes == [[(8, 1.0)], []]
    (part,) = take_in(a_batch("boom", fields={0: Fields(source="x")}), RULES, 0).parts
    assert part.block.attributes is None
