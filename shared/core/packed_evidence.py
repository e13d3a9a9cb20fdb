"""Many windows' evidence as a few flat arrays, for the store.

Vectors, trouble and surprise are kept in half precision; a template's vector and words are kept once. What ``unpack``
gives is what ``as_stored`` makes of the windows that ``pack`` took.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from shared.core.evidence import WORD_SLOTS, FloatArray, WindowEvidence, WordArray, attributes_in

# What reading a damaged or foreign archive of arrays may raise, wherever the damage lies.
DAMAGES: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,  # NotImplementedError too
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def as_stored(window: WindowEvidence) -> WindowEvidence:
    """Rounded as ``pack`` rounds, so that a baseline judges alike before and after a journey through the store,
    and so that a value equal to a remembered one is still equal to it.
    """

    def half(array: FloatArray) -> FloatArray:
        return array.astype(np.float16).astype(np.float32)

    return replace(
        window,
        vectors=half(window.vectors),
        trouble=half(window.trouble),
        surprise=half(window.surprise),
        head=float(np.float32(window.head)),
        embedding=half(window.embedding),
    )


def pack(windows: Sequence[WindowEvidence]) -> dict[str, Any]:
    """Windows as flat arrays; line vectors are stored once per template."""
    ids = np.concatenate([w.template_ids for w in windows])
    _, first = np.unique(ids, return_index=True)
    attributes, keys = attributes_in(windows)
    return {
        "lengths": np.array([len(w.template_ids) for w in windows], dtype=np.int32),
        "template_ids": ids,
        "template_vectors": np.concatenate([w.vectors for w in windows])[first].astype(np.float16),
        "template_words": _words_of(windows)[first],
        "trouble": np.concatenate([w.trouble for w in windows]).astype(np.float16),
        "surprise": np.concatenate([w.surprise for w in windows]).astype(np.float16),
        "heads": np.array([w.head for w in windows], dtype=np.float32),
        "embeddings": np.stack([w.embedding for w in windows]).astype(np.float16),
        "values": np.concatenate([w.values for w in windows]),
        "gaps": np.concatenate([w.gaps for w in windows]),
        **({"attributes": attributes, "attribute_keys": keys} if attributes.size else {}),
    }


def _words_of(windows: Sequence[WindowEvidence]) -> WordArray:
    """(N, WORD_SLOTS) of all events."""
    return np.concatenate(
        [np.zeros((len(w), WORD_SLOTS), np.uint32) if w.words is None else w.words for w in windows]
    )


def unpack(arrays: Mapping[str, Any]) -> list[WindowEvidence]:
    ids = np.asarray(arrays["template_ids"], dtype=np.uint64)
    unique = np.unique(ids)
    table = np.asarray(arrays["template_vectors"], dtype=np.float32)
    place = np.searchsorted(unique, ids)
    vectors, words = table[place], np.asarray(arrays["template_words"], dtype=np.uint32)[place]
    trouble = np.asarray(arrays["trouble"], dtype=np.float32)
    surprise = np.asarray(arrays["surprise"], dtype=np.float32)
    heads = np.asarray(arrays["heads"], dtype=np.float32)
    embeddings = np.asarray(arrays["embeddings"], dtype=np.float32)
    values = np.asarray(arrays["values"], dtype=np.float32)
    gaps = np.asarray(arrays["gaps"], dtype=np.float32)
    has_attributes = "attributes" in arrays  # never so in a file from before there were any
    attributes = np.asarray(arrays["attributes"], dtype=np.float32) if has_attributes else None
    keys = np.asarray(arrays["attribute_keys"], dtype=np.uint32) if has_attributes else None
    ends = np.cumsum(np.asarray(arrays["lengths"], dtype=np.int64))
    starts = np.concatenate([[0], ends[:-1]])
    return [
        WindowEvidence(
            template_ids=ids[a:b],
            vectors=vectors[a:b],
            trouble=trouble[a:b],
            surprise=surprise[a:b],
            head=float(heads[row]),
            embedding=embeddings[row],
            values=values[a:b],
            gaps=gaps[a:b],
            words=words[a:b],
            attributes=None if attributes is None else attributes[a:b],
            attribute_keys=None if keys is None else keys[a:b],
        )
        for row, (a, b) in enumerate(zip(starts, ends, strict=True))
    ]
