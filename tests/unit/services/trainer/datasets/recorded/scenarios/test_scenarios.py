from __future__ import annotations

import pytest

from services.trainer.datasets.recorded import recorded_systems
from services.trainer.datasets.recorded.load import DATA
from services.trainer.datasets.recorded.scenarios import SCENARIOS, scenario

README = (DATA.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_says_what_it_needs_and_is_described(name: str) -> None:
    one = scenario(name)
    assert one.programs and one.packages and callable(one.play)
    assert f"| `{name}` |" in README


def test_every_recording_can_be_made_anew() -> None:
    assert set(recorded_systems()) <= set(SCENARIOS)
