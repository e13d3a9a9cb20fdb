from __future__ import annotations

import gzip
import zlib

import cramjam
import pytest
import zstandard

from shared.errors import BadInput, BodyTooLarge, UnsupportedEncoding
from shared.web.decompression import DecompressionLimits, decompress, sniff_encoding

LIMITS = DecompressionLimits(max_bytes=8 * 2**20, max_ratio=100)
TEXT = "2026-03-01 INFO 订单 paid\n".encode() * 50


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        ("GZIP", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
        ("zstd", zstandard.ZstdCompressor(write_content_size=False).compress(TEXT)),
        ("snappy", bytes(cramjam.snappy.compress_raw(TEXT))),
    ],
)
def test_every_known_encoding_is_undone(encoding: str, packed: bytes) -> None:
    assert decompress(packed, encoding, LIMITS) == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_empty_body_stays_empty(encoding: str) -> None:
    assert decompress(b"", encoding, LIMITS) == b""


def test_gzip_members_are_joined_and_padding_ignored() -> None:
    assert decompress(gzip.compress(b"one\n") + gzip.compress(b"two\n") + b"\0" * 7, "gzip", LIMITS) == b"one\ntwo\n"


def test_zstd_frames_are_joined() -> None:
    big = bytes(range(256)) * 40
    assert decompress(zstandard.compress(big) + zstandard.compress(b"two"), "zstd", LIMITS) == big + b"two"


@pytest.mark.parametrize("cut", [1, 5, 9, 20])
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
        ("snappy", bytes(cramjam.snappy.compress_raw(TEXT))),
    ],
)
def test_truncated_data_is_bad_input(encoding: str, packed: bytes, cut: int) -> None:
    with pytest.raises(BadInput):
        decompress(packed[:-cut], encoding, LIMITS)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_noise_is_bad_input(encoding: str) -> None:
    with pytest.raises(BadInput):
        decompress(b"\x07not compressed at all", encoding, LIMITS)


def test_garbage_after_the_last_member_is_bad_input() -> None:
    with pytest.raises(BadInput):
        decompress(gzip.compress(b"one") + b"garbage", "gzip", LIMITS)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, zstandard.compress], ids=["gzip", "deflate", "zstd"])
def test_bomb_is_refused_at_the_limit(pack: object) -> None:
    encoding = {gzip.compress: "gzip", zlib.compress: "deflate"}.get(pack, "zstd")  # type: ignore[call-overload]
    with pytest.raises(BodyTooLarge):
        decompress(pack(b"\0" * (64 * 2**20)), encoding, LIMITS)  # type: ignore[operator]


def test_exactly_the_limit_passes_and_one_byte_more_does_not() -> None:
    noisy = bytes(range(256)) * 2**15
    limits = DecompressionLimits(max_bytes=len(noisy), max_ratio=10_000)
    assert len(decompress(gzip.compress(noisy), "gzip", limits)) == len(noisy)
    with pytest.raises(BodyTooLarge):
        decompress(gzip.compress(noisy + b"x"), "gzip", limits)


def test_repetitive_small_batch_is_not_a_bomb() -> None:
    batch = b"GET /healthz 200\n" * 100_000
    assert decompress(gzip.compress(batch), "gzip", LIMITS) == batch


def test_high_ratio_is_refused_beyond_the_free_size() -> None:
    with pytest.raises(BodyTooLarge):
        decompress(gzip.compress(b"a" * (5 * 2**20)), "gzip", LIMITS)


@pytest.mark.parametrize("encoding", ["br", "snappy-framed", "gzip, gzip", "gzip,identity", "compress", "\udcff"])
def test_other_encodings_are_unsupported(encoding: str) -> None:
    with pytest.raises(UnsupportedEncoding):
        decompress(b"x", encoding, LIMITS)


def test_magic_bytes_tell_the_encoding() -> None:
    assert sniff_encoding(gzip.compress(b"x")) == "gzip"
    assert sniff_encoding(zstandard.compress(b"x")) == "zstd"
    assert sniff_encoding(b'["a"]') == ""


def test_snappy_block_that_claims_more_than_allowed_is_refused_by_its_head() -> None:
    claims_4_gib = b"\xff\xff\xff\xff\x0f" + b"\x00a"
    with pytest.raises(BodyTooLarge):
        decompress(claims_4_gib, "snappy", LIMITS)
