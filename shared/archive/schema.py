"""The columns of the archive's data sets. A reader may rely on them; columns are added, never changed.

Times are milliseconds since the epoch, UTC. The order of columns is that of the files.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import pyarrow as pa

_ms = pa.int64()
_text = pa.string()
_texts = pa.list_(pa.string())

LINE: Final = pa.struct(
    [
        ("seq", pa.int64()),  # position in the stream
        ("text", _text),
        ("template", _text),
        ("level", _text),  # info, error ...; "" unknown
        ("source", _text),
        ("time_ms", _ms),  # the line's own clock; null when it has none
        ("surprise", pa.float32()),
    ]
)
WINDOWS: Final = pa.schema(
    [
        ("window_id", _text),
        ("stream", _text),
        ("scored_ms", _ms),
        ("first_seq", pa.int64()),
        ("last_seq", pa.int64()),
        ("state", _text),  # learning, normal, flagged, failed
        ("score", pa.float32()),
        ("strangeness", pa.float32()),
        ("threshold", pa.float32()),  # infinite while the stream learns
        ("severity", _text),  # null unless flagged
        ("p_values", pa.map_(_text, pa.float64())),  # scorer -> p-value
        ("reasons", _texts),
        ("model_version", _text),
        ("baseline_version", pa.int64()),
        ("lines", pa.list_(LINE)),
    ]
)
ANALYSES: Final = pa.schema(
    [
        ("window_id", _text),
        ("stream", _text),
        ("at_ms", _ms),
        ("incident_id", _text),
        ("signature", _text),
        ("templates", _texts),
        ("category", _text),
        ("engine", _text),  # rules, or a model's name
        ("severity", _text),
        ("silenced_by", _text),  # id of the feedback that silenced it; "" none
    ]
)
FEEDBACK: Final = pa.schema(
    [
        ("feedback_id", _text),
        ("stream", _text),
        ("at_ms", _ms),  # of this change; the latest of an id holds
        ("verdict", _text),
        ("scope", _text),
        ("author", _text),
        ("key_id", _text),
        ("given_ms", _ms),
        ("expires_ms", _ms),
        ("incident_id", _text),
        ("signature", _text),
        ("templates", _texts),
        ("windows", _texts),
        ("category", _text),
        ("note", _text),
        ("lines", _texts),
        ("first_ms", _ms),
        ("last_ms", _ms),
        ("undone_ms", _ms),  # 0: not taken back
        ("undone_by", _text),
        ("ended_ms", _ms),  # 0: in force
    ]
)


class DataSet(StrEnum):
    """LABELLED: the windows that feedback was said of, as WINDOWS; kept when retention takes those."""

    WINDOWS = "windows"
    LABELLED = "labelled_windows"
    ANALYSES = "analyses"
    FEEDBACK = "feedback"


SCHEMAS: Final = {
    DataSet.WINDOWS: WINDOWS,
    DataSet.LABELLED: WINDOWS,
    DataSet.ANALYSES: ANALYSES,
    DataSet.FEEDBACK: FEEDBACK,
}
# What tells rows apart: of equal ones the last read holds.
KEYS: Final = {
    DataSet.WINDOWS: ("window_id",),
    DataSet.LABELLED: ("window_id",),
    DataSet.ANALYSES: ("window_id", "at_ms"),
    DataSet.FEEDBACK: ("feedback_id", "at_ms"),
}
# What may go when days or bytes are over. Labels, and the windows they are about, stay.
PERISHABLE: Final = (DataSet.WINDOWS, DataSet.ANALYSES)
