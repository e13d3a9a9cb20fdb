"""An adapter worked into its base model: only into weights that are not quantised.

A merge into 4-bit weights destroyed every model that it was tried on (docs/experiments.md). So the base is loaded as
float32, or as bfloat16 if that is what it is stored in, and what comes out must be measured anew: the adapter was
trained beside the rounding errors of the 4-bit base, which the merged model does not have.
Raises TuningRefused for a base that is stored quantised.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from services.trainer.tuning.plan import TuningRefused

_WHOLE = ("float32", "bfloat16")


def stored_dtype(base: Path) -> str:
    """float32 or bfloat16, in which the base is merged. Raises TuningRefused if it is stored quantised."""
    config = json.loads((base / "config.json").read_text("utf-8"))
    if config.get("quantization_config"):
        raise TuningRefused(
            "the base is stored quantised, and a merge into such weights destroys the model (docs/experiments.md)",
            "serve the adapter beside the base, or merge into the float32 or bfloat16 release of the same base",
        )
    dtype = str(config.get("dtype") or config.get("torch_dtype") or "float32")
    return dtype if dtype in _WHOLE else "float32"


def merge_adapter(base: Path, adapter: Path, target: Path) -> str:
    """Write the merged model and its tokenizer into ``target``; the precision it is stored in."""
    precision = stored_dtype(base)
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
    model = AutoModelForCausalLM.from_pretrained(
        base, dtype=getattr(torch, precision), device_map="cpu", use_safetensors=True, **options
    )
    merged = PeftModel.from_pretrained(model, adapter).merge_and_unload(safe_merge=True)
    merged.save_pretrained(target, safe_serialization=True)
    AutoTokenizer.from_pretrained(base, **options).save_pretrained(target)
    return precision
