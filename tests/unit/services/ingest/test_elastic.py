from __future__ import annotations

import pytest

from services.ingest.batch import Fields, RejectReason
from services.ingest.protocols.elastic import Action, Bulk, count_actions, decode_bulk
from shared.core.records import Level
from shared.errors import BodyTooLarge, UnprocessableBody

NOW = 1_772_366_400_000


def decoded(*lines: str, index: str = "", max_lines: int = 100) -> Bulk:
    return decode_bulk("\n".join(lines).encode(), index, NOW, max_lines)


def refused(bulk: Bulk) -> list[int]:
    assert all(item.reason is RejectReason.NOT_JSON for item in bulk.batch.rejected)
    return [item.index for item in bulk.batch.rejected]


def test_document_says_message_time_level_stream_and_writer() -> None:
    bulk = decoded(
        '{"create":{"_index":"logs-2026.03.01"}}',
        '{"@timestamp":"2026-03-01T12:00:00.000Z","message":"a line","log":{"level":"error","logger":"db"},'
        '"service":{"name":"shop"},"host":{"name":"web1"}}',
    )
    assert bulk.actions == [Action("create", "logs-2026.03.01", "")]
    assert list(bulk.batch.lines) == ["a line"]
    assert bulk.batch.fields == {0: Fields("shop", NOW, Level.ERROR, "db")}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"message":"m"}', "m"),
        ('{"msg":"m"}', "m"),
        ('{"log":"m"}', "m"),
        ('{"MESSAGE":"m"}', "m"),
        ('{"event":{"original":"m"},"user":"bob"}', "m"),
        ('{"user":"bob","code":5}', "user=bob code=5"),
        ('{"message":" session opened"}', "session opened"),
        ('{"message":"    at a.b.C(D.java:1)"}', "    at a.b.C(D.java:1)"),
    ],
)
def test_text_is_found_under_its_usual_names(document: str, message: str) -> None:
    assert list(decoded('{"index":{}}', document).batch.lines) == [message]


def test_index_of_a_day_is_the_stream_of_documents_that_name_no_service() -> None:
    assert decoded('{"index":{"_index":"logs-2026.11.22"}}', '{"message":"x"}').batch.fields[0].stream == "logs"


def test_index_of_the_path_serves_actions_that_name_none() -> None:
    actions = decoded('{"index":{}}', '{"a":1}', '{"index":{"_index":"own"}}', '{"a":1}', index="path").actions
    assert [action.index_name for action in actions] == ["path", "own"]


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ('{"index":{"_index":"i","_id":"7"}}', Action("index", "i", "7")),
        ('{ "index" : { "_index" : "i" , "_id" : 7 } } ', Action("index", "i", "7")),
        ('{"index":{"_index":"i","pipeline":null},"attempts":0}', Action("index", "i", "")),
        ('{"index":{"_index":"i","op_type":"create"}}', Action("create", "i", "")),
        ('{"index":{"_index":"i","_type":"_doc"}}\r', Action("index", "i", "")),
        ('{"index":null}', Action("index", "", "")),
    ],
)
def test_action_line_is_read_in_every_form_that_clients_send(line: str, action: Action) -> None:
    assert decoded(line, '{"message":"x"}').actions == [action]


def test_delete_has_no_document_and_update_wraps_it() -> None:
    bulk = decoded(
        '{"delete":{"_id":"1"}}',
        '{"update":{"_id":"2"}}',
        '{"doc":{"message":"two"},"doc_as_upsert":true}',
        '{"index":{}}',
        '{"message":"three"}',
    )
    assert [action.kind for action in bulk.actions] == ["delete", "update", "index"]
    assert list(bulk.batch.lines) == ["two", "three"]
    assert list(bulk.batch.indexes) == [1, 2]


def test_broken_document_is_refused_by_itself() -> None:
    bulk = decoded('{"index":{}}', "{broken", '{"index":{}}', '{"message":"two"}', '{"index":{}}', "[1]")
    assert len(bulk.actions) == 3
    assert refused(bulk) == [0, 2]
    assert list(bulk.batch.lines) == ["two"]


def test_broken_action_costs_its_pair_and_no_more() -> None:
    bulk = decoded("{broken", '{"message":"one"}', '{"index":{}}', '{"message":"two"}')
    assert len(bulk.actions) == 2
    assert refused(bulk) == [0]
    assert list(bulk.batch.lines) == ["two"]


def test_action_that_lost_its_document_is_refused() -> None:
    bulk = decoded('{"index":{}}', '{"message":"one"}', '{"create":{}}')
    assert len(bulk.actions) == 2
    assert refused(bulk) == [1]


def test_own_ids_tell_a_body_apart() -> None:
    assert decoded('{"index":{"_id":"1"}}', '{"message":"x"}').batch.is_distinct
    assert not decoded('{"index":{}}', '{"message":"x","@timestamp":"2026-03-01T12:00:00.123Z"}').batch.is_distinct


@pytest.mark.parametrize("body", [b"", b"\n\n", b" \r\n"])
def test_body_without_an_action_is_refused(body: bytes) -> None:
    with pytest.raises(UnprocessableBody):
        decode_bulk(body)


def test_actions_are_bounded() -> None:
    pair = ('{"index":{}}', '{"message":"x"}')
    assert len(decoded(*pair * 10, max_lines=10).actions) == 10
    with pytest.raises(BodyTooLarge):
        decoded(*pair * 11, max_lines=10)


def test_actions_are_counted_without_reading_documents() -> None:
    assert count_actions(b'{"index":{}}\n{"message":"x"}\n{"delete":{}}\n\xff\n{"create":{}}\n{}') == 3
