"""Secrets are masked, and what only looks like one is not."""

from __future__ import annotations

import pytest

from services.analyzer.masking import mask_secrets


@pytest.mark.parametrize(
    "text, secret, kind",
    [
        ("mail to li.wei+x@mail.example.cn failed", "li.wei", "email"),
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789", ""),
        ("password=hunter2 rejected", "hunter2", "secret"),
        ('{"api_key": "k-9f8e7d6c", "x": 1}', "k-9f8e7d6c", "secret"),
        ("密码：Abc12345，登录失败", "Abc12345", "secret"),
        ("jdbc url postgres://app:s3cret@db:5432/x", "s3cret", "credentials"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWIi", "jwt"),
        ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE", "key"),
        ("key sk-abcdefghijklmnop1234 used", "sk-abcdefghijklmnop1234", "key"),
        ("card 4111 1111 1111 1111 declined", "4111 1111", "card"),
        ("手机号13812345678 已注册", "13812345678", "phone"),
        ("call +86 138 1234 5678 now", "1234 5678", "phone"),
        ("身份证 11010519491231002X 校验", "11010519491231002X", "id card"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----", "MIIabc", "private key"),
    ],
)
def test_secret_is_masked(text: str, secret: str, kind: str) -> None:
    masked = mask_secrets(text)
    assert secret not in masked
    assert kind in masked
    assert mask_secrets(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "epoch 1700000000000 took 12 ms",
        "10.0.0.5:6379 refused",
        "order 4111111111111112 not found",  # fails Luhn
        "id 110105194912310021 is no identity card",  # wrong check digit
        "session 9f8e7d6c closed",
        "authentication failure for user root",
        "token expired",
        "blk_-1608999687919862906",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask_secrets(text) == text
