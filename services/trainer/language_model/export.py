"""From a trained network to one ONNX file of 8- or 4-bit weights, and the proof that it says what the network says.

ONNX Runtime GenAI's builder writes the graph (grouped attention with a cache, matrices in blocks of 32 weights at 8
or 4 bits); its weights are put inside the file, so that there is nothing beside it. ONNX Runtime runs it as it is,
without GenAI and without torch.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from shared.core.compact_window import FIRST_CLASS, LINE_CLASSES

_BUILDER = "onnxruntime_genai.models.builder"
_KEPT_LOG_CHARS = 2000


class ExportFailed(RuntimeError):
    """The builder gave no graph."""


def export_graph(model: Any, tokenizer: Tokenizer, path: Path, stored: str) -> None:
    """Write ``path``, its matrices ``stored`` as int8 or int4. Raises ExportFailed."""
    with tempfile.TemporaryDirectory(prefix="language-model-") as name:
        folder, built = Path(name) / "torch", Path(name) / "onnx"
        model.save_pretrained(folder)
        PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
        command = [sys.executable, "-m", _BUILDER, "-i", folder, "-o", built, "-p", stored, "-e", "cpu"]
        done = subprocess.run(
            [*map(str, command), "-c", str(Path(name) / "cache")],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )
        if done.returncode or not (built / "model.onnx").is_file():
            raise ExportFailed(done.stderr[-_KEPT_LOG_CHARS:])
        whole = Path(name) / "whole.onnx"
        graph = onnx.load_model(built / "model.onnx")
        _name_width(graph, model.config.head_dim)
        for tensor in graph.graph.initializer:
            tensor.ClearField("data_location")  # set, if to the default: a reader of bytes must take it for a link
        onnx.save_model(graph, whole, save_as_external_data=False)
        shutil.move(whole, path)


def _name_width(graph: onnx.ModelProto, width: int) -> None:
    """The builder leaves the width of a cached key open; whoever feeds an empty cache must know it."""
    for value in (*graph.graph.input, *graph.graph.output):
        for axis in value.type.tensor_type.shape.dim:
            if axis.dim_param == "kv_cache_dim":
                axis.dim_value = width


def measure_parity(model: Any, path: Path, windows: Sequence[Sequence[int]]) -> dict[str, float]:
    """How far the graph's class probabilities are from the network's, at every place of ``windows``.

    ``same_class``: share of the places where both find the same class most likely.
    """
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    same, differences = [], []
    for ids in windows:
        with torch.no_grad():
            wanted = _class_shares(model(torch.tensor([list(ids)])).logits[0].float().numpy())
        found = _class_shares(run_graph(session, ids))
        same += (wanted.argmax(1) == found.argmax(1)).tolist()
        differences.append(np.abs(wanted - found).max(1))
    apart = np.concatenate(differences)
    return {
        "places": len(same),
        "same_class": round(float(np.mean(same)), 4),
        "mean_difference": round(float(apart.mean()), 4),
        "largest_difference": round(float(apart.max()), 4),
    }


def run_graph(session: Any, ids: Sequence[int]) -> NDArray[np.float32]:
    """(T, V) logits of one sequence."""
    feeds: dict[str, Any] = {
        "input_ids": np.array([list(ids)], np.int64),
        "attention_mask": np.ones((1, len(ids)), np.int64),
    }
    for entry in session.get_inputs():
        if entry.name.startswith("past_key_values"):
            feeds[entry.name] = np.zeros((1, entry.shape[1], 0, entry.shape[3]), np.float32)
    logits: NDArray[np.float32] = session.run(["logits"], feeds)[0][0]
    return logits


def _class_shares(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, classes) softmax over the classes."""
    some = logits[:, FIRST_CLASS : FIRST_CLASS + len(LINE_CLASSES)]
    shares = np.exp(some - some.max(1, keepdims=True))
    return np.asarray(shares / shares.sum(1, keepdims=True), np.float32)
