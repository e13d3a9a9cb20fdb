"""Undoing a body's Content-Encoding without trusting it.

In: at most a few MiB of compressed bytes. Out: the plain bytes. Output is produced in small steps and stops at the
limit, so that a bomb costs no more memory than an honest body.
Fails with BodyTooLarge (size or ratio), BadInput (broken or truncated data), UnsupportedEncoding.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import cramjam
import zstandard

from shared.errors import BadInput, BodyTooLarge, UnsupportedEncoding
from shared.web.problems import PublicDetail

STEP_BYTES = 256 * 1024
ZLIB_STEP_BYTES = 16 * 1024
# A zstd block can turn 4 bytes into 128 KiB and one call cannot be bounded: small inputs bound it instead (16 MiB).
ZSTD_STEP_BYTES = 512
MAX_ZSTD_WINDOW_BYTES = 1 << 27
RATIO_FREE_BYTES = 4 * 1024 * 1024  # below this the ratio is not looked at: small repetitive batches compress well
MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
GROWS = PublicDetail("The body grows too large when decompressed")
BROKEN = PublicDetail("The compressed body is broken or cut short")


@dataclass(frozen=True, slots=True)
class DecompressionLimits:
    """max_bytes of plain output; max_ratio of plain to compressed size."""

    max_bytes: int = 64 * 1024 * 1024
    max_ratio: int = 100


def decompress(data: bytes, encoding: str, limits: DecompressionLimits) -> bytes:
    """``data`` without its Content-Encoding (gzip, x-gzip, deflate, zstd, snappy, identity or empty)."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return data
    if not data:
        return b""
    if encoding in ("gzip", "x-gzip"):
        return _bounded(_inflate(data, 31), len(data), limits)
    if encoding == "deflate":
        try:
            return _bounded(_inflate(data, 15), len(data), limits)  # zlib wrapper, as RFC 9110 says
        except BadInput as error:
            if isinstance(error, BodyTooLarge):
                raise
            return _bounded(_inflate(data, -15), len(data), limits)  # raw, as many clients send
    if encoding == "zstd":
        return _bounded(_unzstd(data), len(data), limits)
    if encoding == "snappy":
        return _unsnappy(data, limits)
    raise UnsupportedEncoding(PublicDetail("Known encodings: identity, gzip, deflate, zstd, snappy"))


def sniff_encoding(data: bytes) -> str:
    """The encoding that the first bytes give away; "" when none."""
    return next((name for magic, name in MAGIC.items() if data.startswith(magic)), "")


def _bounded(pieces: Iterator[bytes], compressed_bytes: int, limits: DecompressionLimits) -> bytes:
    allowed = _allowed_bytes(compressed_bytes, limits)
    plain = bytearray()
    for piece in pieces:
        plain += piece
        if len(plain) > allowed:
            raise BodyTooLarge(GROWS)
    return bytes(plain)


def _allowed_bytes(compressed_bytes: int, limits: DecompressionLimits) -> int:
    return min(limits.max_bytes, max(RATIO_FREE_BYTES, limits.max_ratio * compressed_bytes))


def _inflate(data: bytes, wbits: int) -> Iterator[bytes]:
    """Members one after the other; ``wbits`` as zlib means it. Small inputs, for zlib copies what it leaves over."""
    view, start = memoryview(data), 0
    while start < len(data):
        inflater = zlib.decompressobj(wbits)
        try:
            while start < len(data) and not inflater.eof:
                piece = view[start : start + ZLIB_STEP_BYTES]
                yield inflater.decompress(piece, STEP_BYTES)
                start += len(piece) - len(inflater.unconsumed_tail) - len(inflater.unused_data)
            while not inflater.eof and (rest := inflater.decompress(b"", STEP_BYTES)):
                yield rest
        except zlib.error as error:
            raise BadInput(BROKEN) from error
        if not inflater.eof:
            raise BadInput(BROKEN)
        if not any(view[start : start + ZLIB_STEP_BYTES]) and not any(view[start:]):
            return  # gzip allows zero padding behind the last member


def _unsnappy(data: bytes, limits: DecompressionLimits) -> bytes:
    """One raw block; its head tells its plain size before anything is allocated."""
    try:
        if cramjam.snappy.decompress_raw_len(data) > _allowed_bytes(len(data), limits):
            raise BodyTooLarge(GROWS)
        return bytes(cramjam.snappy.decompress_raw(data))
    except cramjam.DecompressionError as error:
        raise BadInput(BROKEN) from error


def _unzstd(data: bytes) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW_BYTES)
    view, start = memoryview(data), 0
    while start < len(data):
        frame = decompressor.decompressobj()
        try:
            while start < len(data) and not frame.eof:
                piece = view[start : start + ZSTD_STEP_BYTES]
                yield frame.decompress(piece)
                start += len(piece) - len(frame.unused_data)
        except zstandard.ZstdError as error:
            raise BadInput(BROKEN) from error
        if not frame.eof:
            raise BadInput(BROKEN)
