"""A block: the events of one stream that one push brought, as they lie in Redis.

In: a Block of folded event texts. Out: zstd-compressed msgpack, and back. A damaged blob raises BlockDamaged.
"""

from __future__ import annotations

import threading
from typing import Final

import msgspec
import zstandard

from shared.core.attributes import Attribute

MAX_BLOCK_BYTES: Final = 128 * 1024 * 1024
_LEVEL: Final = 1


class BlockDamaged(ValueError):
    """A blob from Redis is not what was written there."""


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Folded events in order of arrival.

    received_ms  when the push arrived
    texts        one per event, possibly several lines each
    line_counts  original lines of each event, >= 1
    timestamps   event times that the shipper's protocol gave (ms), None where it gave none
    levels       ``Level`` values that the protocol gave
    sources      source names that the protocol gave
    attributes   what records said beside their message (shared.core.attributes), [] where they said nothing
    """

    received_ms: int
    texts: list[str]
    line_counts: list[int]
    timestamps: list[int | None] | None = None
    levels: list[int | None] | None = None
    sources: list[str] | None = None
    attributes: list[list[Attribute]] | None = None

    def __len__(self) -> int:
        return len(self.texts)


class _Codecs(threading.local):
    """zstd contexts are not thread-safe and dear to make: one pair per thread."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self.decompressor = zstandard.ZstdDecompressor()


_codecs = _Codecs()
_decoder = msgspec.msgpack.Decoder(Block)


def compress(data: bytes) -> bytes:
    return _codecs.compressor.compress(data)


def decompress(blob: bytes) -> bytes:
    """Raises BlockDamaged for anything that is not a zstd frame of at most MAX_BLOCK_BYTES."""
    try:
        if not 0 <= zstandard.frame_content_size(blob) <= MAX_BLOCK_BYTES:
            raise BlockDamaged("block is larger than allowed, or does not say how large it is")
        return _codecs.decompressor.decompress(blob, max_output_size=MAX_BLOCK_BYTES)
    except zstandard.ZstdError as error:
        raise BlockDamaged("not a zstd frame") from error


def encode_block(block: Block) -> bytes:
    return compress(msgspec.msgpack.encode(block))


def decode_block(blob: bytes) -> Block:
    """Raises BlockDamaged."""
    try:
        return _decoder.decode(decompress(blob))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BlockDamaged("not a block") from error
