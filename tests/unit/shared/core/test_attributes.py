"""What a record says beside its message becomes numbers, bounded and unreadable."""

from __future__ import annotations

import pytest

from shared.core.attributes import ATTRIBUTE_SLOTS, attributes_of


def values_of(record: dict[str, object]) -> list[float]:
    return [value for key, value in attributes_of(record, ()) if key % 2 == 0]


def words_in(record: dict[str, object]) -> int:
    return sum(key % 2 for key, _ in attributes_of(record, ()))


def test_numbers_come_first_and_keep_their_value() -> None:
    found = attributes_of({"method": "POST", "status": 201, "latency_ms": 20.5}, ())
    assert [value for _, value in found[:2]] == [201.0, 20.5]
    assert [key % 2 for key, _ in found] == [0, 0, 1]


def test_a_field_has_the_same_key_wherever_it_stands() -> None:
    (one,) = attributes_of({"status": 200}, ())
    (_, other) = attributes_of({"size": 7, "status": 500}, ())
    assert one[0] == other[0]


def test_equal_words_are_equal_numbers_and_others_are_not() -> None:
    (hit,), (again,), (miss,) = (attributes_of({"cache": word}, ()) for word in ("hit", "hit", "miss"))
    assert hit == again and hit[0] == miss[0] and hit[1] != miss[1]


def test_truth_is_a_word_and_no_quantity() -> None:
    assert values_of({"ok": True}) == [] and words_in({"ok": True}) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [("200", 200.0), ("-1.5", -1.5), ("12ms", 12.0), ("1.5s", 1500.0), ("250µs", 0.25), ("1m2.5s", 62_500.0)],
)
def test_numbers_in_text_and_durations_are_read(text: str, value: float) -> None:
    assert values_of({"took": text}) == [pytest.approx(value)]


@pytest.mark.parametrize(
    "name", ["id", "user_id", "userId", "trace.id", "pid", "thread", "port", "offset", "order_ids"]
)
def test_ids_and_places_are_no_measure_of_anything(name: str) -> None:
    assert attributes_of({name: 4711}, ()) == ()


@pytest.mark.parametrize("name", ["paid", "grid", "valid", "latency", "import"])
def test_names_that_only_end_like_ids_are_kept(name: str) -> None:
    assert values_of({name: 4711}) == [4711.0]


@pytest.mark.parametrize("text", ["", "checkout-7d9f8b6c5", "/v1/orders", "two words", "x" * 25, "10.0.0.1", "1.2.3"])
def test_text_that_is_no_short_word_is_left_out(text: str) -> None:
    assert attributes_of({"field": text}, ()) == ()


def test_objects_within_are_opened_and_lists_are_not() -> None:
    assert values_of({"http": {"response": {"status": 503}}, "sizes": [1, 2]}) == [503.0]


def test_fields_read_as_something_else_are_left_out() -> None:
    assert attributes_of({"level": 30, "status": 200}, {"level"}) == attributes_of({"status": 200}, ())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, None, [], {}])
def test_what_is_no_number_is_left_out(value: object) -> None:
    assert attributes_of({"x": value}, ()) == ()


def test_a_large_record_gives_a_bounded_answer() -> None:
    assert len(attributes_of({f"field{n}": n for n in range(10_000)}, ())) == ATTRIBUTE_SLOTS


def test_a_number_too_large_for_a_float_harms_nobody() -> None:
    assert attributes_of({"x": 10**400}, ()) == ()
