"""The summary compares contestants with the dense twin, in points."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from services.trainer.ablation import CONTESTANTS, Sources, Trial, run_trial, summarise
from services.trainer.compute import Compute
from services.trainer.datasets.simulated import breaking_stream
from services.trainer.datasets.streams import TemplateBook
from services.trainer.datasets.workflows import draw_system


def a_trial(contestant: str, ap: float, left_out: str | None = None, ms: float = 10.0) -> dict[str, Any]:
    row = {"head_ap": ap, "head_auc": 0.9, "surprise_ap": ap, "surprise_auc": 0.9}
    return {
        "contestant": contestant, "seed": 0, "left_out": left_out, "milliseconds": ms, "sources": {"a": row, "b": row}
    }  # fmt: skip


def test_a_gain_is_told_in_points_and_time_as_a_ratio() -> None:
    left_out = a_trial("moe", 0.6, left_out="a", ms=12.0)
    table = summarise([a_trial("dense", 0.7), a_trial("moe", 0.712, ms=12.0), left_out])
    assert table["moe"]["together head_ap gain in points"] == 1.2
    assert table["moe"]["time ratio"] == 1.2
    assert table["dense"]["together head_ap gain in points"] == 0.0
    assert table["moe"]["left out head_ap"] == 0.6
    assert "left out head_ap gain in points" not in table["moe"]


def test_a_source_without_faults_does_not_spoil_the_mean() -> None:
    trial = a_trial("dense", 0.7)
    trial["sources"]["b"] = dict.fromkeys(trial["sources"]["b"], float("nan"))
    assert summarise([trial])["dense"]["together head_ap"] == 0.7


def test_contestants_differ_in_their_experts_only() -> None:
    assert {shape.hidden for shape in CONTESTANTS.values()} == {512}
    assert CONTESTANTS["dense"].experts == 0


def test_a_source_left_out_is_the_only_one_measured() -> None:
    book = TemplateBook()
    systems = {name: [breaking_stream(name, 1, 400, book)] for name in ("nginx", "sshd")}
    others = [draw_system(seed, 200, book, ()) for seed in range(3)]
    trouble = others[0].failures
    assert trouble is not None
    torch.manual_seed(0)
    vectors = torch.nn.functional.normalize(torch.randn(len(book), 256), dim=-1)
    sources = Sources(book, vectors, systems, systems, others, others, trouble, trouble)
    result = run_trial(Trial("moe", 0, "sshd"), sources, 1, Compute.choose("cpu", "float32"))
    assert list(result["sources"]) == ["sshd"]
    assert len(result["routing_entropy_bits"]["sshd"]) == 2
    assert all(0 <= bits <= np.log2(8) for bits in result["routing_entropy_bits"]["sshd"])
