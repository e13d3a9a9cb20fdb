"""The phrases: alike in both languages, and refused when they cannot be written."""

from __future__ import annotations

import pytest

from services.trainer.datasets.sequences.script import Part, ScriptError, _phrase, load_faults, load_traffic


def test_every_fault_has_as_many_phrases_in_both_languages() -> None:
    for category, languages in load_faults().items():
        for part in Part:
            assert len(languages["zh"][part]) == len(languages["en"][part]) >= 2, (category, part)


def test_plain_traffic_is_alike_in_both_languages() -> None:
    for part in ("routine", "slow", "benign"):
        assert len(load_traffic()["zh"][part]) == len(load_traffic()["en"][part]) >= 4


@pytest.mark.parametrize("line", ["no level", "X what", "W {nobody} knows", "W"])
def test_a_phrase_that_cannot_be_written_is_refused(line: str) -> None:
    with pytest.raises(ScriptError):
        _phrase(line)
