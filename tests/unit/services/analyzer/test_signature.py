"""The same trouble is one incident; different troubles are not."""

from __future__ import annotations

from flag_builders import among_calm

from services.analyzer.rules import explain
from services.analyzer.signature import MERGE_WITHIN_MS, Trouble, incident_for, trouble_of
from shared.core.records import Flag

REFUSED = "ERROR cart - connection refused: 10.3.4.5:6379 try 1"
DISK = "ERROR store - write failed: No space left on device: /data"
NOW = 1_700_000_000_000


def trouble(*lines: str, **options: object) -> Trouble:
    flag: Flag = among_calm(*lines, **options)
    return trouble_of(flag, explain(flag))


def joins(new: Trouble, *warm: Trouble) -> str:
    return incident_for(new, [(other.incident_id, other) for other in warm])


def test_same_trouble_tomorrow_has_the_same_signature() -> None:
    today = trouble(REFUSED)
    tomorrow = trouble(REFUSED.replace("try 1", "try 9"), first_seq=90_000, flagged_at_ms=NOW + 86_400_000)
    assert today.signature == tomorrow.signature
    assert len(today.incident_id) == 17


def test_stream_category_and_lines_each_make_another() -> None:
    base = trouble(REFUSED)
    assert trouble(REFUSED, stream="other").signature != base.signature
    assert trouble(DISK).signature != base.signature
    assert trouble("ERROR mq - broker at 10.9.0.7 refused our connection").signature != base.signature


def test_order_and_number_of_lines_do_not_matter() -> None:
    assert trouble(REFUSED, REFUSED).signature == trouble(REFUSED).signature


def test_next_window_of_the_same_trouble_joins() -> None:
    first = trouble(REFUSED, first_seq=0)
    second = trouble("WARN cart - could not connect to 10.3.4.5:6379", first_seq=4, flagged_at_ms=NOW + 1000)
    assert second.incident_id != first.incident_id
    assert joins(second, first) == first.incident_id


def test_vague_neighbour_joins_what_is_known() -> None:
    first = trouble(DISK, first_seq=0)
    vague = trouble(
        "INFO zed - quux entered phase four", first_seq=4, flagged_at_ms=NOW + 500, reasons=("new_template",)
    )
    assert joins(vague, first) == first.incident_id


def test_another_trouble_next_to_it_stays_apart() -> None:
    first = trouble(DISK, first_seq=0)
    other = trouble("ERROR auth - certificate has expired for api.shop.example.com", first_seq=4)
    assert joins(other, first) == other.incident_id


def test_far_away_in_position_needs_the_same_lines() -> None:
    first = trouble(REFUSED, first_seq=0)
    far = trouble("WARN cart - could not connect to 10.3.4.5:6379", first_seq=5000, flagged_at_ms=NOW + 1000)
    assert joins(far, first) == far.incident_id
    same_lines = trouble(REFUSED, "WARN cart - could not connect to 10.3.4.5:6379", first_seq=5000)
    assert joins(same_lines, first) == first.incident_id


def test_much_later_is_another_incident_unless_it_is_the_very_same() -> None:
    first = trouble(REFUSED, first_seq=0)
    late = NOW + MERGE_WITHIN_MS + 1
    assert (
        joins(trouble("WARN cart - could not connect to 10.3.4.5", first_seq=4, flagged_at_ms=late), first)
        != first.incident_id
    )
    assert joins(trouble(REFUSED, first_seq=4, flagged_at_ms=late), first) == first.incident_id


def test_the_lines_own_clock_counts_when_old_logs_are_replayed() -> None:
    hour = 3_600_000
    first = trouble(REFUSED, first_seq=0, times_ms=[NOW - 9 * hour] * 4)
    replayed = trouble("WARN cart - could not connect to 10.3.4.5", first_seq=4, times_ms=[NOW - hour] * 4)
    assert joins(replayed, first) == replayed.incident_id


def test_sequences_group_by_signature_but_have_no_neighbours() -> None:
    one, two = trouble(REFUSED, stream="seq/j01"), trouble(REFUSED, stream="seq/j02")
    assert one.signature == two.signature
    other = trouble("WARN cart - could not connect to 10.3.4.5", stream="seq/j03")
    assert joins(other, one) == other.incident_id


def test_nearest_neighbour_wins() -> None:
    near = trouble("ERROR mq - connection refused by broker", first_seq=10)
    far = trouble(REFUSED, first_seq=0)
    new = trouble("WARN cart - could not connect to 10.3.4.5", first_seq=14)
    assert joins(new, far, near) == near.incident_id
