"""Requests that carry code, told from those that are merely odd."""

from __future__ import annotations

import time

import pytest

from shared.core.hostile_requests import carries_code, template_with_code

GET = '10.0.0.1 - - [22/Dec/2025:16:18:11 +0300] "GET {} HTTP/1.1" 200 526 "-" "Mozilla/5.0 (X11; Linux x86_64)"'


@pytest.mark.parametrize(
    "target",
    [
        "/a?file=../../../../etc/passwd%00.jpg",
        "/a?q=%3CscRipt%3Ealert(1)%3C/scRipt%3E",
        "/a?q=%253Cscript%253Ealert(1)",  # escaped twice
        "/a?id=1%27%20OR%201=1--",
        "/a?id=1'%20or%202%2b196-196-1=0%2b1",
        "/a?id=-1%20UNION%20ALL%20SELECT%20null",
        "/a?q=%27;WAITFOR%20DELAY%20%270:0:5%27--",
        "/a?x=${jndi:ldap://h/a}",
        "/a?cmd=x;cat%20/srv/key",
        "/a?page=php://filter/read=x",
        "/a?x=()%20{%20:;};%20echo",
        "/..%2f..%2f..%2fwindows/win.ini",
    ],
)
def test_code_is_seen(target: str) -> None:
    assert carries_code(GET.format(target))


@pytest.mark.parametrize(
    "target",
    [
        "/search?q=rock+%26+roll",
        "/search?q=%E4%B8%AD%E6%96%87",
        "/search?q=it%27s+or+was+1980",
        "/a/../b/index.html",
        "/docs/select-a-union/passwd-reset",
        "/a?next=https%3A%2F%2Fexample.org%2F%3Fa%3Db",
        "/fonts/icon.svg?v=1.2",
        "/q?filter={%22a%22:[1,2],%22b%22:%22c;d%22}",
    ],
)
def test_odd_requests_are_left_alone(target: str) -> None:
    assert not carries_code(GET.format(target))


def test_the_template_names_the_injection_and_keeps_the_rest() -> None:
    assert template_with_code("GET /a?q=%27%20OR%201=1 HTTP/1.1 200") == "GET /a?q=<INJECTION> HTTP/<NUM> <NUM>"
    assert template_with_code("GET /a?q=%27hm%27 HTTP/1.1 200") == "GET /a?q=<ODD> HTTP/<NUM> <NUM>"
    assert template_with_code("no request at all ' or 1=1") == "no request at all ' or <NUM>=<NUM>"


@pytest.mark.parametrize("text", ["../" * 9_000, "' or " * 9_000, "%25" * 9_000, "() {" * 9_000, "<" * 9_000])
def test_hostile_text_costs_little(text: str) -> None:
    began = time.process_time()
    carries_code(text)
    assert time.process_time() - began < 0.3
