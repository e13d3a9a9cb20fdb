"""What was committed: nothing in it says where it was recorded, and it is worth its size."""

from __future__ import annotations

import socket
from collections import Counter

import pytest

from services.trainer.datasets.recorded import read_recording, recorded_systems
from services.trainer.datasets.recorded.anonymising import telling_parts
from services.trainer.datasets.recorded.load import DATA
from services.trainer.datasets.streams import language_of

MEGABYTE = 1_000_000


@pytest.mark.parametrize("system", recorded_systems())
def test_recording_does_not_say_where_it_was_made(system: str) -> None:
    name = socket.gethostname()
    hosts = (name,) if len(name) > 3 and name != "localhost" else ()
    told = {part for run in read_recording(system) for line in run.lines for part in telling_parts(line, hosts)}
    assert not told


@pytest.mark.parametrize("system", recorded_systems())
def test_recording_holds_normal_life_and_faults(system: str) -> None:
    phases = Counter(phase for run in read_recording(system) for phase in run.phases)
    assert phases["normal"] >= 500
    assert sum(phase.startswith("fault:") for phase in phases) >= 3
    assert all(phase == "normal" or phase.startswith("fault:") for phase in phases)


def test_recordings_are_small() -> None:
    assert sum(path.stat().st_size for path in DATA.glob("*.jsonl.gz")) <= 3 * MEGABYTE


def test_no_stream_outweighs_the_others() -> None:
    for system in recorded_systems():
        for run in read_recording(system):
            assert len(run.lines) <= 9_000, run.name


def test_a_share_of_the_lines_is_chinese() -> None:
    languages = Counter(
        language_of(line) for system in recorded_systems() for run in read_recording(system) for line in run.lines
    )
    assert languages["zh"] >= 0.25 * languages.total()


def test_only_a_fault_makes_systemd_report_a_failure() -> None:
    """Each fault is in the journal in systemd's own words, and everyday life has none of them."""
    (journal,) = (run for run in read_recording("systemd") if run.name == "journal")
    said = {
        "fault:program_missing": "status=203/EXEC",
        "fault:crash_loop": "Start request repeated too quickly",
        "fault:watchdog": "Watchdog timeout",
        "fault:dependency_failed": "Dependency failed for",
        "fault:wrong_permissions": "status=217/USER",
        "fault:disk_full": "No space left on device",
        "fault:mount_failed": "Mount process exited",
        "fault:stop_timeout": "Failed with result 'timeout'",
        "fault:port_taken": "Address already in use",
        "fault:job_fails": "status=7/NOTRUNNING",
        "fault:segmentation_fault": "status=11/SEGV",
        "fault:ordering_cycle": "Found ordering cycle",
    }
    for fault, words in said.items():
        phases = {phase for line, phase in zip(journal.lines, journal.phases, strict=True) if words in line}
        assert fault in phases, fault
        assert "normal" not in phases, words
