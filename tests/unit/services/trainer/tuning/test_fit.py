"""What is asked for and not installed is said before anything is loaded."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from services.trainer.compute import Compute
from services.trainer.tuning import fit
from services.trainer.tuning.plan import TunePlan, TuningRefused
from shared.core.chat_encoding import EncodedChat

PLAN = TunePlan(Path("/base"), "base", Path("/registry"))


def test_an_absent_backend_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "find_spec", lambda name: None if name == "unsloth" else object())
    with pytest.raises(TuningRefused, match="unsloth is not installed") as refused:
        fit.require_libraries(replace(PLAN, backend="unsloth"))
    assert "--backend" in refused.value.fix
    fit.require_libraries(PLAN)


def test_four_bits_need_their_library_and_whole_weights_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "find_spec", lambda name: None if name == "bitsandbytes" else object())
    with pytest.raises(TuningRefused, match="bitsandbytes"):
        fit.require_libraries(PLAN)
    fit.require_libraries(replace(PLAN, is_4bit=False))


def test_unsloth_is_asked_for_the_same_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    class FastLanguageModel:
        @staticmethod
        def from_pretrained(**options: Any) -> tuple[str, str]:
            asked.append(options)
            return "model", "tokenizer"

        @staticmethod
        def get_peft_model(model: str, **options: Any) -> str:
            asked.append(options)
            return f"{model} with an adapter"

    module = ModuleType("unsloth")
    module.FastLanguageModel = FastLanguageModel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "unsloth", module)
    model, config = fit._model(replace(PLAN, backend="unsloth", rank=8, seed=3), Compute.choose("cpu"))
    assert (model, config) == ("model with an adapter", None)
    assert asked[0]["load_in_4bit"] is True
    assert (asked[1]["r"], asked[1]["lora_alpha"], asked[1]["random_state"]) == (8, 16, 3)


def test_the_newest_complete_checkpoint_is_taken(tmp_path: Path) -> None:
    for step, is_complete in ((8, True), (10, True), (12, False)):
        directory = tmp_path / f"checkpoint-{step}"
        directory.mkdir()
        if is_complete:
            (directory / "trainer_state.json").write_text("{}")
    found = fit.last_checkpoint(tmp_path)
    assert found is not None
    assert found.name == "checkpoint-10"
    assert fit.last_checkpoint(tmp_path / "absent") is None


def test_only_the_assistant_s_tokens_are_learnt() -> None:
    example = fit._example(EncodedChat([5, 6, 7, 8], [False, True, True, False]))
    assert example == {"input_ids": [5, 6, 7, 8], "labels": [fit.IGNORED, 6, 7, fit.IGNORED]}
