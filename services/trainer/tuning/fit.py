"""Trains an adapter: a 4-bit base (nf4), LoRA on every linear layer, loss on the assistant's tokens alone.

In: a plan, rows as token ids. Out: an adapter directory and the curve of losses. Checkpoints go to the working
directory, and a run that finds some there goes on from the last. QLoRA: Dettmers et al., arXiv 2305.14314.
Raises TuningRefused when a library is absent.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from services.trainer.compute import Compute
from services.trainer.pace import Pace, Say
from services.trainer.tuning.plan import TunePlan, TuningRefused
from shared.artefacts.adapters import CONFIG, QUANTIZATION
from shared.core.chat_encoding import EncodedChat

IGNORED = -100
SAVES_PER_RUN = 10
_LIBRARIES = ("transformers", "peft", "trl", "datasets", "accelerate")


@dataclass(frozen=True, slots=True)
class Fitted:
    """losses: of each step that was logged. layers: how many linear layers carry the adapter, and in 4 bits."""

    losses: list[tuple[int, float]]
    steps: int
    seconds: float
    trainable: int
    layers: int
    layers_4bit: int
    compute: str
    peak_gpu_bytes: int


def require_libraries(plan: TunePlan) -> None:
    """Raises TuningRefused with the first one that is absent."""
    if plan.backend == "unsloth" and find_spec("unsloth") is None:
        raise TuningRefused(
            "unsloth is not installed; it needs a GPU",
            "pip install unsloth (see docs.unsloth.ai), or leave out --backend unsloth",
        )
    for name in (*_LIBRARIES, *(["bitsandbytes"] if plan.is_4bit else [])):
        if find_spec(name) is None:
            raise TuningRefused(f"{name} is not installed", "pip install 'loglynx[tune]'")


def fit(plan: TunePlan, tokenizer: Any, chats: Sequence[EncodedChat], work: Path, adapter: Path, say: Say) -> Fitted:
    """Train on ``chats`` and leave the adapter in ``adapter``."""
    # transformers and trl warn of each other's future
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|peft|trl)\.")
    compute = Compute.choose(plan.device, "auto", plan.threads)
    started = time.monotonic()
    model, peft_config = _model(plan, compute)
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl import SFTTrainer

    steps = plan.steps_for(len(chats))
    pace = Pace("tuning", 0.0, steps, say)
    trainer = SFTTrainer(
        model=model,
        args=_arguments(plan, compute, work, steps),
        train_dataset=Dataset.from_list([_example(chat) for chat in chats]),
        processing_class=tokenizer,
        peft_config=peft_config,
        callbacks=[_progress(pace)],
    )
    trainer.remove_callback(PrinterCallback)
    last = last_checkpoint(work)
    if last is not None:
        say(f"going on from {last.name}")
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    trainer.model.save_pretrained(str(adapter), safe_serialization=True)
    (adapter / "README.md").unlink(missing_ok=True)  # peft's empty form
    _make_repeatable(adapter / CONFIG, plan.base_name)
    layers = [
        module for module in trainer.model.modules() if hasattr(module, "lora_A") and hasattr(module, "base_layer")
    ]
    return Fitted(
        losses=[(entry["step"], entry["loss"]) for entry in trainer.state.log_history if "loss" in entry],
        steps=trainer.state.global_step,
        seconds=time.monotonic() - started,
        trainable=sum(weights.numel() for weights in trainer.model.parameters() if weights.requires_grad),
        layers=len(layers),
        layers_4bit=sum(type(module.base_layer).__name__ == "Linear4bit" for module in layers),
        compute=str(compute),
        peak_gpu_bytes=_peak_gpu_bytes(compute),
    )


def last_checkpoint(work: Path) -> Path | None:
    """The newest complete checkpoint; None for a fresh run."""
    found = [path for path in work.glob("checkpoint-*") if (path / "trainer_state.json").is_file()]
    return max(found, key=lambda path: int(path.name.rsplit("-", 1)[1]), default=None)


def load_base(plan: TunePlan, compute: Compute, *, is_4bit: bool) -> Any:
    """The base model, in 4 bits or as it is; its weights from safetensors, no code of its own."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    dtype = getattr(torch, compute.precision)
    quantization = BitsAndBytesConfig(**QUANTIZATION, bnb_4bit_compute_dtype=dtype) if is_4bit else None
    return AutoModelForCausalLM.from_pretrained(
        plan.base,
        dtype=dtype,
        quantization_config=quantization,
        device_map=compute.device.type,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
    )


def _model(plan: TunePlan, compute: Compute) -> tuple[Any, Any]:
    """The model and the adapter to put on it (None if it has one already)."""
    if plan.backend == "unsloth":
        return _unsloth_model(plan), None
    from peft import LoraConfig

    config = LoraConfig(
        r=plan.rank, lora_alpha=2 * plan.rank, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    return load_base(plan, compute, is_4bit=plan.is_4bit), config


def _unsloth_model(plan: TunePlan) -> Any:
    from unsloth import FastLanguageModel

    model, _ = FastLanguageModel.from_pretrained(
        model_name=str(plan.base), max_seq_length=plan.max_tokens, load_in_4bit=plan.is_4bit
    )
    return FastLanguageModel.get_peft_model(
        model,
        r=plan.rank,
        lora_alpha=2 * plan.rank,
        lora_dropout=0,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        use_gradient_checkpointing="unsloth",
        random_state=plan.seed,
    )


def _arguments(plan: TunePlan, compute: Compute, work: Path, steps: int) -> Any:
    from trl import SFTConfig

    has_gpu = compute.device.type == "cuda"
    return SFTConfig(
        output_dir=str(work),
        max_steps=steps,
        per_device_train_batch_size=plan.batch,
        gradient_accumulation_steps=plan.accumulate,
        learning_rate=plan.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, steps // 20),
        optim="adamw_torch",
        bf16=compute.precision == "bfloat16",
        use_cpu=not has_gpu,
        gradient_checkpointing=has_gpu,
        dataloader_pin_memory=has_gpu,
        seed=plan.seed,
        data_seed=plan.seed,
        logging_steps=1,
        save_strategy="steps",
        save_steps=max(1, steps // SAVES_PER_RUN),
        save_total_limit=2,
        max_length=plan.max_tokens,
        dataset_kwargs={"skip_prepare_dataset": True},  # ids and labels are ready: see chat_encoding
        disable_tqdm=True,
        report_to="none",
    )


def _example(chat: EncodedChat) -> dict[str, list[int]]:
    labels = [token if own else IGNORED for token, own in zip(chat.ids, chat.is_answer, strict=True)]
    return {"input_ids": chat.ids, "labels": labels}


def _progress(pace: Pace) -> Any:
    from transformers import TrainerCallback

    class Progress(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            pace.done = state.global_step

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if logs and "loss" in logs:
                pace.tick({"loss": float(logs["loss"])})

    return Progress()


def _make_repeatable(path: Path, base_name: str) -> None:
    """peft writes sets in any order, and the directory of this machine."""
    config = json.loads(path.read_text("utf-8"))
    config["base_model_name_or_path"] = base_name
    if isinstance(config.get("target_modules"), list):
        config["target_modules"] = sorted(config["target_modules"])
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _peak_gpu_bytes(compute: Compute) -> int:
    import torch

    return torch.cuda.max_memory_allocated() if compute.device.type == "cuda" else 0
