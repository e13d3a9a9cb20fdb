"""Loads a causal language model for this process: any Hugging Face directory or name, 4-bit or not, with an adapter.

Weights come from safetensors only and no code of a model's own is run. An adapter is verified before it is loaded,
and must have been trained on this very base. Raises ArtefactInvalid for what does not hold, DeviceUnavailable for
cuda where there is none, and MissingExtra where the libraries are not installed.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from shared.artefacts.adapters import QUANTIZATION, base_sha256, load_adapter
from shared.errors import ArtefactInvalid, DeviceUnavailable

_NEEDED = ("torch", "transformers", "peft", "llguidance")
_NATIVE_BFLOAT16 = ("avx512_bf16", "amx_bf16")

log = structlog.get_logger()


class MissingExtra(RuntimeError):
    """A library of the extra ``analyzer-gpu`` is not installed."""


@dataclass(frozen=True, slots=True)
class LocalModelOptions:
    """base: directory or hub name. adapter: a directory of ``loglynx tune``, or a registry's ``promoted``."""

    base: str
    adapter: Path | None = None
    is_4bit: bool = True
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A loaded model. ``weights_hash``: of the base; ``adapter``: its version, "" without one."""

    model: Any
    tokenizer: Any
    device: str
    weights_hash: str
    adapter: str
    model_id: str

    @property
    def eos_ids(self) -> list[int]:
        """The tokens that end a reply, the tokenizer's own first."""
        configured = self.model.generation_config.eos_token_id
        others = configured if isinstance(configured, list) else [configured]
        found = [self.tokenizer.eos_token_id, *others]
        return list(dict.fromkeys(token for token in found if token is not None))

    @property
    def width(self) -> int:
        """Of the logits."""
        return int(self.model.get_output_embeddings().weight.shape[0])


def load_local_model(options: LocalModelOptions) -> LocalModel:
    """Load it. Takes seconds to minutes."""
    require_libraries(options.is_4bit)
    directory = base_directory(options.base)
    digest = base_sha256(directory)
    version = _verified_adapter(options.adapter, digest)
    from transformers import AutoModelForCausalLM, AutoTokenizer

    quiet_libraries()
    device = choose_device(options.device)
    model = AutoModelForCausalLM.from_pretrained(
        directory,
        dtype=compute_dtype(device),
        quantization_config=quantization(device) if options.is_4bit else None,
        device_map=device,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
    )
    tokenizer = AutoTokenizer.from_pretrained(directory, trust_remote_code=False, local_files_only=True)
    if options.adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, options.adapter)
    model.eval()
    model_id = options.base.rstrip("/").rsplit("/", 1)[-1]
    log.info(
        "llm_loaded", model=model_id, weights=digest[:12], adapter=version, device=device, is_4bit=options.is_4bit
    )
    return LocalModel(model, tokenizer, device, digest, version, model_id)


def quiet_libraries() -> None:
    """No progress bars, nothing that these libraries say of each other's future or of optional kernels."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|peft|trl)\.")


def require_libraries(is_4bit: bool) -> None:
    """Raises MissingExtra with the first library that is absent."""
    from importlib.util import find_spec

    for name in (*_NEEDED, *(["bitsandbytes"] if is_4bit else [])):
        if find_spec(name) is None:
            raise MissingExtra(f"{name} is not installed: pip install 'loglynx[analyzer-gpu]'")


def choose_device(wanted: str) -> str:
    """cuda or cpu; auto takes what is there and warns of a processor. Raises DeviceUnavailable."""
    import torch

    has_cuda = torch.cuda.is_available()
    if wanted == "cuda" and not has_cuda:
        raise DeviceUnavailable("torch finds no CUDA device")
    if wanted == "auto" and not has_cuda:
        log.warning("llm_on_cpu", why="torch finds no CUDA device", means="a model of 0.5 B writes 2 tokens a second")
    return "cuda" if has_cuda and wanted != "cpu" else "cpu"


def compute_dtype(device: str) -> Any:
    """bfloat16 where the hardware multiplies it, else float32."""
    import torch

    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    found = torch.cpu.get_capabilities()
    return torch.bfloat16 if any(found.get(name) for name in _NATIVE_BFLOAT16) else torch.float32


def quantization(device: str) -> Any:
    """nf4 with double quantisation, as QLoRA has it (arXiv 2305.14314)."""
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(**QUANTIZATION, bnb_4bit_compute_dtype=compute_dtype(device))


def base_directory(base: str) -> Path:
    """Where the base lies on disk; a hub name is fetched first, unless HF_HUB_OFFLINE forbids it."""
    if Path(base).is_dir():
        return Path(base)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(base, allow_patterns=["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"])
        )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ArtefactInvalid(
            f"the base model is neither a directory nor to be had ({type(error).__name__})"
        ) from None


def _verified_adapter(directory: Path | None, digest: str) -> str:
    if directory is None:
        return ""
    manifest = load_adapter(directory)
    if manifest.base_sha256 != digest:
        raise ArtefactInvalid("the adapter was trained on another base")
    return manifest.version
