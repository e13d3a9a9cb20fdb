"""How far the shipped graphs move when they compute in float16.

    python benchmarks/accuracy/half_precision.py [--lines 600]

Softmax, norms, the router and every reduction stay float32; inputs and outputs too. The windows are simulated logs of
every system, a tenth of their lines written by faults, cut at 10, 50 and 256 lines. Both versions run on the CPU,
where ONNX Runtime computes float16 operators in float32 and rounds between them at most: a card, which rounds at
every operator, may be further off.

Prints one JSON object: for each output the largest difference, the 99.9th percentile, and the largest value.
Needs the trainer extra.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper
from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16

from services.detector.device import Device
from services.detector.gather_evidence import EvidenceReader
from services.detector.line_cache import LineCache
from services.detector.onnx_model import OnnxModel
from services.trainer.datasets.simulators.catalogue import SIMULATORS, simulate
from shared.artefacts.manifest import LINE_ENCODER, SEQUENCE_MODEL
from shared.artefacts.shipped import shipped_model
from shared.core.parsing import LineParser

KEPT_WIDE = ["Softmax", "ReduceL2", "ReduceSum", "ReduceMax", "Softplus", "Sigmoid", "Exp", "LayerNormalization",
             "TopK", "Clip", "Div"]  # fmt: skip
SIZES = (10, 50, 256)

Run = tuple[dict[str, Any], Sequence[Any]]


class Recorder:
    """Stands before one graph and keeps what goes in and what comes out."""

    def __init__(self, graph: Any) -> None:
        self.graph, self.provider, self.runs = graph, graph.provider, list[Run]()

    def run(self, inputs: dict[str, Any]) -> Any:
        outputs = self.graph.run(inputs)
        self.runs.append((inputs, outputs))
        return outputs


def record(lines: int) -> dict[str, Recorder]:
    """Both graphs of the shipped model over the simulated logs."""
    model = OnnxModel.load(shipped_model(), device=Device.CPU)
    recorders = {LINE_ENCODER: Recorder(model._encoder), SEQUENCE_MODEL: Recorder(model._sequence)}
    model._encoder, model._sequence = recorders.values()  # type: ignore[assignment]
    reader = EvidenceReader(model, LineCache(model.encode, model.dim))
    for name in SIMULATORS:
        parser = LineParser()
        events = [parser.parse(line.text, 0) for line in simulate(name, 11, lines, 0.1)]
        for size in SIZES:
            reader.read([events[at : at + size] for at in range(0, len(events), size)])
    return recorders


def in_half(content: bytes) -> bytes:
    """The graph in float16; the router, which feeds TopK, stays as it is."""
    model = onnx.load_from_string(content)
    _widen(model)
    to_top = {name for node in model.graph.node if node.op_type == "TopK" for name in node.input}
    router = [node.name for node in model.graph.node if to_top & set(node.output)]
    kept = sorted({*DEFAULT_OP_BLOCK_LIST, *KEPT_WIDE})
    half = convert_float_to_float16(model, keep_io_types=True, op_block_list=kept, node_block_list=router)
    return bytes(half.SerializeToString())


def _widen(model: Any) -> None:
    """Undo the storage as float16: a float32 constant for each float16 one and the Cast behind it."""
    stored = {t.name: t for t in model.graph.initializer if t.data_type == TensorProto.FLOAT16}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Cast" and node.input[0] in stored:
            values = numpy_helper.to_array(stored[node.input[0]]).astype(np.float32)
            stored[node.input[0]].CopyFrom(numpy_helper.from_array(values, node.output[0]))
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def compare(name: str, recorder: Recorder) -> dict[str, dict[str, float]]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    content = in_half((shipped_model() / name).read_bytes())
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    outputs = recorder.graph.outputs
    apart: dict[str, list[Any]] = {output: [] for output in outputs}
    largest = dict.fromkeys(outputs, 0.0)
    for inputs, wide in recorder.runs:
        for output, a, b in zip(outputs, session.run(outputs, inputs), wide, strict=True):
            apart[output].append(np.abs(a - b).ravel())
            largest[output] = max(largest[output], float(np.abs(b).max()))
    found = {output: np.concatenate(differences) for output, differences in apart.items()}
    return {
        output: {
            "largest_difference": float(f"{differences.max():.1e}"),
            "difference_p99_9": float(f"{np.quantile(differences, 0.999):.1e}"),
            "largest_value": round(largest[output], 3),
        }
        for output, differences in found.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=600, help="of each simulated system")
    recorders = record(parser.parse_args().lines)
    print(json.dumps({name: compare(name, recorder) for name, recorder in recorders.items()}, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
