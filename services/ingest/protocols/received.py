"""One record as a listener's decoder hands it over, and how many of them become a Batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.ingest.batch import Batch, Fields


class Received(NamedTuple):
    """A line as it came, and what its record said beside it."""

    line: str
    fields: Fields


def batch_of(records: Sequence[Received]) -> Batch:
    lines = [record.line for record in records]
    return Batch(lines, range(len(lines)), {at: record.fields for at, record in enumerate(records)})
