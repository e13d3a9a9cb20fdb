"""Logs recorded from real servers that worked, and then broke, in English and Chinese; and how they were recorded."""

from services.trainer.datasets.recorded.load import (
    RecordedRun,
    read_recording,
    recorded_faulty,
    recorded_streams,
    recorded_systems,
)

__all__ = ["RecordedRun", "read_recording", "recorded_faulty", "recorded_streams", "recorded_systems"]
