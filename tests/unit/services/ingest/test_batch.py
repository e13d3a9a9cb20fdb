from __future__ import annotations

import pytest

from services.ingest.batch import tell_apart

WHOLE_MS = 1_772_366_400_123_000_000


@pytest.mark.parametrize(
    ("stamps_ns", "is_distinct"),
    [
        ([], False),
        ([WHOLE_MS], False),
        ([WHOLE_MS, WHOLE_MS, WHOLE_MS], False),
        ([WHOLE_MS + 1], True),
        ([WHOLE_MS + 456_000], True),
        ([WHOLE_MS, WHOLE_MS + 1_000_000], True),
    ],
)
def test_stamps_tell_a_body_apart_only_when_they_cannot_agree_by_chance(
    stamps_ns: list[int], is_distinct: bool
) -> None:
    assert tell_apart(stamps_ns) is is_distinct
