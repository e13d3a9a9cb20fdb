"""What nvidia-smi says becomes cards; whatever goes wrong with it is no card."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import pytest

from services.detector.device import Card, cards


def test_each_row_is_a_card() -> None:
    answer = "NVIDIA H100 80GB HBM3, 580.82.07\nNVIDIA A2, odd, 535.1\n\n"
    assert cards(lambda _: answer) == [Card("NVIDIA H100 80GB HBM3", "580.82.07"), Card("NVIDIA A2, odd", "535.1")]


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(),
        PermissionError(),
        subprocess.TimeoutExpired("x", 1),
        subprocess.CalledProcessError(9, "x"),
    ],
)
def test_no_tool_or_no_driver_is_no_card(error: Exception) -> None:
    def ask(command: Sequence[str]) -> str:
        raise error

    assert cards(ask) == []


def test_an_answer_that_is_no_table_is_no_card() -> None:
    assert cards(lambda _: "No devices were found\n") == []
