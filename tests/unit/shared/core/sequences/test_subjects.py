"""Events are linked by whom they are about, whatever the subject is called."""

from __future__ import annotations

import pytest

from shared.core.sequences.subjects import link

TEMPLATES = ("login of <USER> from <IP>", "idle", "sudo by <USER>")


def test_events_of_one_subject_share_a_number_and_lone_subjects_have_none() -> None:
    linked = link(TEMPLATES, ["login of user alice from 10.0.0.9", "idle", "sudo by user alice"])
    assert linked == ((TEMPLATES[0], (1,)), ("idle", ()), (TEMPLATES[2], (1,)))


def test_windows_that_differ_in_names_alone_are_equal() -> None:
    one = link(("a", "b"), ["open blk_1234567", "close blk_1234567"])
    assert one == link(("a", "b"), ["open blk_7654321", "close blk_7654321"])
    assert one != link(("a", "b"), ["open blk_1234567", "close blk_7654321"])


@pytest.mark.parametrize("name", ["10.1.2.3", "blk_-9876543", "deadbeef01", "/var/lib/app", "session-12345"])
def test_what_counts_as_a_subject(name: str) -> None:
    assert link(("a", "b"), [f"first {name} seen", f"then {name} again"])[0][1] == (1,)
