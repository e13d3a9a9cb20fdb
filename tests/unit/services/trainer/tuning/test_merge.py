"""A merge goes into whole weights only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.trainer.tuning.merge import stored_dtype
from services.trainer.tuning.plan import TuningRefused


@pytest.mark.parametrize(
    ("config", "dtype"),
    [
        ({"dtype": "bfloat16"}, "bfloat16"),
        ({"torch_dtype": "bfloat16"}, "bfloat16"),
        ({"dtype": "float16"}, "float32"),
        ({}, "float32"),
    ],
)
def test_whole_weights_are_merged_in_the_precision_they_are_stored_in(
    config: dict[str, Any], dtype: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert stored_dtype(tmp_path) == dtype


def test_quantised_weights_are_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"quantization_config": {"load_in_4bit": True}}))
    with pytest.raises(TuningRefused) as refused:
        stored_dtype(tmp_path)
    assert "destroys the model" in refused.value.message
    assert "bfloat16 release" in refused.value.fix
