"""Readers made on the spot: a language model of one table, networks of random weights. They know nothing."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from services.analyzer.embedded.engine import EmbeddedEngine, Readers
from services.analyzer.embedded.language_reader import LanguageReader
from services.analyzer.embedded.mixing import MixWeights
from services.analyzer.embedded.opinions import CATEGORIES, CATEGORY_COLUMNS, EVIDENCE_COLUMNS
from services.analyzer.embedded.window_reader import WindowReader
from services.analyzer.line_model import LineModel
from shared.core.compact_window import CONTROL_NAMES
from shared.core.line_features import BUCKETS, LineFeaturiser
from shared.core.line_scoring import Calibration, LineWeights
from shared.core.window_network import LEVELS, WindowNetwork, columns_for
from shared.template_encoder import TemplateEncoder

TEXTS = ["connection refused to <IP> port <NUM>", "磁盘空间不足 <PATH>", "job done, job started, write failed"]
EVEN = MixWeights((0.3,) * len(EVIDENCE_COLUMNS), (0.3,) * len(CATEGORY_COLUMNS), (0.0,) * len(CATEGORIES), 0.2, 0.0)
DIM = 8  # of the tiny line encoder


def tiny_vocabulary() -> Tokenizer:
    """Bytes, a few merges, and the control tokens in front."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(CONTROL_NAMES),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def table_graph(vocabulary: int, seed: int = 0) -> bytes:
    """What comes next depends on the last token alone; with a cache of one layer that is only handed through."""
    table = np.random.default_rng(seed).normal(0, 2, (vocabulary, vocabulary)).astype(np.float32)
    cache = ["batch_size", 1, "past_sequence_length", 8]
    names = ("key", "value")
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["logits"]),
            *(helper.make_node("Identity", [f"past_key_values.0.{n}"], [f"present.0.{n}"]) for n in names),
        ],
        "tiny",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch_size", "sequence_length"]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch_size", "total"]),
            *(helper.make_tensor_value_info(f"past_key_values.0.{n}", TensorProto.FLOAT, cache) for n in names),
        ],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch_size", "sequence_length", vocabulary]),
            *(helper.make_tensor_value_info(f"present.0.{n}", TensorProto.FLOAT, cache) for n in names),
        ],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def tiny_language_reader(seed: int = 0) -> LanguageReader:
    tokenizer = tiny_vocabulary()
    return LanguageReader(table_graph(tokenizer.get_vocab_size(), seed), tokenizer.to_str().encode())


def tiny_line_model(seed: int = 0) -> LineModel:
    k = len(CATEGORIES)
    weights = np.random.default_rng(seed).normal(0, 0.2, (BUCKETS, 1 + k)).astype(np.float32)
    calibration = Calibration(0.2, 0.2, np.zeros(k, np.float32), 0.05, 0.5)
    return LineModel(
        CATEGORIES, LineWeights(weights, np.zeros(1 + k, np.float32)), calibration, "0" * 64, LineFeaturiser()
    )


def encoder_graph(vocabulary: int, seed: int = 0) -> bytes:
    """A line's vector is the sum of its tokens' rows in one table."""
    table = np.random.default_rng(seed).normal(0, 1, (vocabulary, DIM)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "tokens"], ["rows"]),
            helper.make_node("Cast", ["is_real"], ["real"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["real", "last"], ["mask"]),
            helper.make_node("Mul", ["rows", "mask"], ["kept"]),
            helper.make_node("ReduceSum", ["kept", "middle"], ["vectors"], keepdims=0),
        ],
        "tiny",
        [
            helper.make_tensor_value_info("tokens", TensorProto.INT64, ["lines", "length"]),
            helper.make_tensor_value_info("is_real", TensorProto.BOOL, ["lines", "length"]),
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["lines", DIM])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2]), "last"),
            numpy_helper.from_array(np.array([1]), "middle"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def tiny_encoder(seed: int = 0, max_tokens: int = 16) -> TemplateEncoder:
    tokenizer = tiny_vocabulary()
    return TemplateEncoder(encoder_graph(tokenizer.get_vocab_size(), seed), tokenizer.to_str().encode(), max_tokens)


def tiny_network(categories: int, seed: int = 0) -> WindowNetwork:
    """Every part there is, as small as it can be."""
    rng, k, dim, width = np.random.default_rng(seed), categories, 8, 4
    shapes = {
        "by_words.first": (width, width), "by_words.second": (1 + k, width),
        "by_meaning.first": (width, DIM + LEVELS), "by_meaning.second": (1 + k, width),
        "enter": (dim, columns_for(k)), "layers.0.look": (3 * dim, dim), "layers.0.merge": (dim, dim),
        "layers.0.inner": (width, dim), "layers.0.outer": (dim, width),
        "evidence": (1, dim), "category": (k, dim), "direct": (k, columns_for(k)),
    }  # fmt: skip
    norms = {"by_words.norm": width, "layers.0.first": dim, "layers.0.second": dim, "leave": dim}
    parameters = {f"{name}.weight": rng.normal(0, 0.5, shape) for name, shape in shapes.items()}
    parameters |= {f"{name}.bias": rng.normal(0, 0.5, shape[0]) for name, shape in shapes.items()}
    parameters |= {f"{name}.weight": np.ones(size) for name, size in norms.items()}
    parameters |= {f"{name}.bias": np.zeros(size) for name, size in norms.items()}
    words = rng.integers(-127, 128, (BUCKETS, width), dtype=np.int8)
    single = {name: values.astype(np.float32) for name, values in parameters.items()}
    return WindowNetwork(words, np.full(width, 0.01, np.float32), single)


def tiny_window_reader(seed: int = 0) -> WindowReader:
    return WindowReader(tiny_network(len(CATEGORIES), seed), tiny_encoder(seed), CATEGORIES, "1" * 12, "0" * 64)


def tiny_engine(seed: int = 0, mix: MixWeights = EVEN) -> EmbeddedEngine:
    return EmbeddedEngine(
        Readers(tiny_language_reader(seed), tiny_line_model(seed), mix, "0" * 12, tiny_window_reader(seed))
    )
