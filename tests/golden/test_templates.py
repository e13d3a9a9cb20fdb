"""Messages beside their templates, in English and Chinese."""

import pytest

from shared.core.normalising import template_of

TABLE = """
Received block blk_-160899968791 of size 91178 from /10.250.10.6 | Received block blk_<ID> of size <NUM> from /<IP>
10.251.39.179:50010 Served block blk_35 to /10.251.70.37 | <IP> Served block blk_<ID> to /<IP>
[instance: b9000564-fe1a-409b-b8cc-1e88b294cd1d] VM Started | [instance: <UUID>] VM Started
ATTEMPT_START task_1445144423722_0020_m_000003 | ATTEMPT_START task_<ID>
container_1445062781478_0011_01_000001 exited with 143 | container_<ID> exited with <NUM>
[req-3ea4052c-895d-4b64-9e2d-04d64c4d94ab 7 -] ok | [req-<UUID> <NUM> -] ok
TraceID: 70ad787d48fd22a2601c24c7ac76f948 SpanID: a75d0dff13b423aa | TraceID: <HEX> SpanID: <HEX>
rts panic! at 0x0004d86c, flags=3 | rts panic! at <HEX>, flags=<NUM>
took 12.5ms after 3 retries | took <DUR> after <NUM> retries
Took 19.05 seconds to build instance. | Took <DUR> to build instance.
elapsed 1h2m3.5s | elapsed <DUR>
example.org:443 close, 2445 bytes (2.38 KB) sent, 836 bytes received, lifetime 00:02 | <HOST> close, <SIZE> sent, <SIZE> received, lifetime <DUR>
heap 512MB of 1.5 GiB | heap <SIZE> of <SIZE>
cannot read /etc/httpd/conf/workers2.properties | cannot read <PATH>
cannot read C:\\Windows\\winsxs\\x.dll | cannot read <PATH>
mail from ana.b@example.org refused | mail from <EMAIL> refused
GET http://example.org/a?b=1 failed | GET <URL> failed
connect to fe80::c6b3:1ff:fecd:467f failed | connect to <IP> failed
BSSID changed to 5c:50:15:36:bc:03 | BSSID changed to <MAC>
connection from 10.0.0.6 () at Fri Jun 24 18:55:11 2005 | connection from <IP> () at <TIME>
next run at 2024-06-01T10:20:30.123Z | next run at <TIME>
direct_path: 0, 1, 3, 13, 13, 6, 24 | direct_path: <NUMS>
session opened for user root by (uid=0) | session opened for user root by (uid=<NUM>)
rhost=mail.example.com  user=root | rhost=<HOST> user=root
JobFactory set to: AdaptableJobFactory@3adef0f | JobFactory set to: AdaptableJobFactory@<HEX>
temperature -5 of +80 | temperature <NUM> of <NUM>
usage at 95% | usage at <NUM>%
eth0: link up on dn229 | eth0: link up on dn0
GET /shop/items/8841?page=2&q=a%27%20OR%201=1 HTTP/1.1 200 ok, 512 bytes | GET /shop/items/<ID>?page=<V>&q=<ODD> HTTP/<NUM> <NUM> ok, <SIZE>
GET /../../../../etc/passwd HTTP/1.1 404 client error, 0 bytes | GET /../etc/passwd HTTP/<NUM> <NUM> client error, <SIZE>
GET /images/logo-2024.png HTTP/1.1 304 redirect, 0 bytes | GET /images/*.png HTTP/<NUM> <NUM> redirect, <SIZE>
第3次重试，耗时300毫秒 | 第<NUM>次重试,耗时<DUR>
第３次重试，耗时３００毫秒 | 第<NUM>次重试,耗时<DUR>
用户10086登录失败，剩余2次机会 | 用户<NUM>登录失败,剩余<NUM>次机会
文件大小12MB，占用率95% | 文件大小<SIZE>,占用率<NUM>%
请求地址：http://10.0.0.6:8080/api，状态500 | 请求地址:<URL>,状态<NUM>
"""


def rows() -> list[list[str]]:
    return [row.split(" | ") for row in TABLE.strip().replace("\\\\", "\\").split("\n")]


@pytest.mark.parametrize(("message", "template"), rows())
def test_message_has_the_template_of_the_table(message: str, template: str) -> None:
    assert template_of(message) == template


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("session opened for user root", "session closed for user root"),
        ("GET /a HTTP/1.1 200 ok, 5 bytes", "GET /a HTTP/1.1 500 server error, 5 bytes"),
        ("link up on eth0", "link down on eth0"),
        ("用户登录成功", "用户登录失败"),
        ("GET /api/orders HTTP/1.1", "GET /api/users HTTP/1.1"),
        ("GET /a?id=5 HTTP/1.1", "GET /a?id=5' HTTP/1.1"),
    ],
)
def test_different_events_keep_different_templates(a: str, b: str) -> None:
    assert template_of(a) != template_of(b)
