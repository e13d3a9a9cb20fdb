"""User names become <USER>, and ordinary words stay."""

from __future__ import annotations

import pytest

from shared.core.normalising import template_of
from shared.core.user_names import mask_users


@pytest.mark.parametrize(
    ("line", "template"),
    [
        ("Failed password for root from 192.168.1.10 port 22 ssh2", "Failed password for <USER> from <IP> port <NUM> ssh0"),
        ("Failed password for invalid user bob from 10.0.0.1", "Failed password for invalid user <USER> from <IP>"),
        ("session opened for user alice by (uid=0)", "session opened for user <USER> by (uid=<NUM>)"),
        ("authentication failure; uid=0 ruser= rhost=10.0.0.1 user=root", "authentication failure; uid=<NUM> ruser= rhost=<IP> user=<USER>"),
        ("Invalid user admin from 1.2.3.4", "Invalid user <USER> from <IP>"),
        ("login failed for wang.wei: bad password", "login failed for <USER>: bad password"),
        ("用户zhangsan登录失败", "用户<USER>登录失败"),
        ("用户名=li_lei 密码错误", "用户名=<USER> 密码错误"),
    ],
)  # fmt: skip
def test_a_name_is_masked(line: str, template: str) -> None:
    assert mask_users(template_of(line)) == template


@pytest.mark.parametrize(
    "template",
    [
        "user <NUM> logged in",
        "the user is not allowed to log in",
        "user agent: <ID>",
        "用户登录失败",
        "New session <NUM> of user <USER>.",
        "read block blk_<ID> of size <NUM>",
        "checksum for block blk_<ID> ok",
        "user created",
        "user deleted",
        "user authentication failed",
        "user logged in",
        "account: locked",
        "用户 login failed",
    ],
)
def test_what_names_nobody_stays(template: str) -> None:
    assert mask_users(template) == template


def test_masking_again_changes_nothing() -> None:
    once = mask_users("Accepted publickey for ops from <IP> port <NUM> ssh0: RSA")
    assert once == "Accepted publickey for <USER> from <IP> port <NUM> ssh0: RSA"
    assert mask_users(once) == once


def test_a_long_hostile_line_takes_no_time() -> None:
    assert mask_users("user " * 400) == "user " * 400
    mask_users("password for " * 160)
