"""Lines of every format beside what the parser makes of them: format, moment, level, source, message."""

from datetime import UTC, datetime

import pytest

from shared.core.parsing import LineParser

RECEIVED_MS = int(datetime(2024, 6, 2, 6, 0, tzinfo=UTC).timestamp() * 1000)

# line | format | moment | level | source | message
TABLE = r"""
Jun  1 10:20:30 web01 sshd[912]: Accepted publickey for deploy from 10.0.0.6 port 51024 | syslog | 2024-06-01 10:20:30.000 | - | sshd | Accepted publickey for deploy from 10.0.0.6 port 51024
Jun  1 10:20:30 web01 sshd(pam_unix)[912]: check pass; user unknown | syslog | 2024-06-01 10:20:30.000 | - | sshd(pam_unix) | check pass; user unknown
Dec 31 10:20:30 web01 kernel: eth0: link up | syslog | 2023-12-31 10:20:30.000 | - | kernel | eth0: link up
Jun  1 10:20:30 web01 postfix/smtpd[7]: warning: hostname does not resolve | syslog | 2024-06-01 10:20:30.000 | WARN | postfix/smtpd | hostname does not resolve
Jun  1 10:20:30 web01 shop[7]: {"level":"error","msg":"card refused"} | json | 2024-06-01 10:20:30.000 | ERROR | shop | card refused
<134>Jun  1 10:20:30 fw01 pf[4]: rule 7 block | rfc3164 | 2024-06-01 10:20:30.000 | INFO | pf | rule 7 block
<11>Jun  1 10:20:30 fw01 app: plain words | rfc3164 | 2024-06-01 10:20:30.000 | ERROR | app | plain words
<165>1 2024-06-01T10:20:30.003Z host.example.org evntslog 812 ID47 [ex@32473 iut="3" note="a\]b"] An event | rfc5424 | 2024-06-01 10:20:30.003 | NOTICE | evntslog | An event
<34>1 2024-06-01T10:20:30Z h su - - - 'su root' failed | rfc5424 | 2024-06-01 10:20:30.000 | FATAL | su | 'su root' failed
2024-06-01T10:20:30.123456+00:00 web01 cron[55]: job done | syslog | 2024-06-01 10:20:30.123 | - | cron | job done
Jun 01 2024 10:20:30: %ASA-4-106023: Deny tcp src outside | cisco | 2024-06-01 10:20:30.000 | WARN | | %ASA-4-106023: Deny tcp src outside
10.0.0.6 - - [01/Jun/2024:10:20:30 +0200] "GET /cart?id=7 HTTP/1.1" 404 139 "-" "curl/8" | access | 2024-06-01 08:20:30.000 | - | | GET /cart?id=7 HTTP/1.1 404 client error, 139 bytes
10.0.0.6 - ana [01/Jun/2024:10:20:30 +0000] "POST /pay HTTP/2.0" 500 - | access | 2024-06-01 10:20:30.000 | - | | POST /pay HTTP/2.0 500 server error, 0 bytes
[Sat Jun 01 10:20:30 2024] [error] [client 10.0.0.6] File does not exist: /srv/www/x | bracketed | 2024-06-01 10:20:30.000 | ERROR | | [client 10.0.0.6] File does not exist: /srv/www/x
[Sat Jun 01 10:20:30.123456 2024] [core:warn] [pid 11:tid 22] AH00111: odd | apache | 2024-06-01 10:20:30.123 | WARN | core | AH00111: odd
2024/06/01 10:20:30 [error] 31#31: *7 connect() failed (111: Connection refused) | nginx | 2024-06-01 10:20:30.000 | ERROR | | connect() failed (111: Connection refused)
2024-06-01 10:20:30,123 INFO [main] com.shop.App: Started in 3 s | log4j | 2024-06-01 10:20:30.123 | INFO | com.shop.App | Started in 3 s
2024-06-01 10:20:30,123 ERROR com.shop.Pay - refused | log4j | 2024-06-01 10:20:30.123 | ERROR | com.shop.Pay | refused
2024-06-01 10:20:30.123 [pool-1-thread-2] WARN  c.s.Pay:88 - slow: 12 ms | logback | 2024-06-01 10:20:30.123 | WARN | c.s.Pay | slow: 12 ms
10:20:30.123 [Quartz [jobs]] INFO  c.r.JobRunner - [run,42] - 任务执行完成 | logback | 2024-06-02 10:20:30.123 | INFO | c.r.JobRunner | 任务执行完成
10:20:30.123 INFO  p.c.OrderController#35 [pay] done | log4j | 2024-06-02 10:20:30.123 | INFO | p.c.OrderController#35 | [pay] done
2024-06-01T10:20:30.123+08:00  INFO 11312 --- [           main] o.s.boot.SpringApplication               : Started | spring | 2024-06-01 02:20:30.123 | INFO | o.s.boot.SpringApplication | Started
24/06/01 10:20:30 INFO storage.BlockManager: Found block rdd_1_2 locally | log4j | 2024-06-01 10:20:30.000 | INFO | storage.BlockManager | Found block rdd_1_2 locally
[2024-06-01 10:20:30,123] INFO [KafkaServer id=1] started (kafka.server.KafkaServer) | log4j | 2024-06-01 10:20:30.123 | INFO | | started (kafka.server.KafkaServer)
[2024-06-01T10:20:30,123][WARN ][o.e.m.j.JvmGcMonitorService] [node-1] overhead, spent [1.2s] | elasticsearch | 2024-06-01 10:20:30.123 | WARN | o.e.m.j.JvmGcMonitorService | overhead, spent [1.2s]
2024-06-01 10:20:30,123 - INFO  [main:QuorumPeer@913] - tickTime set to 2000 | zookeeper | 2024-06-01 10:20:30.123 | INFO | | tickTime set to 2000
2024-06-01 10:20:30,123 - shop.orders - ERROR - order 7 failed | python | 2024-06-01 10:20:30.123 | ERROR | shop.orders | order 7 failed
2024-06-01 10:20:30,123 shop WARNING low stock | python | 2024-06-01 10:20:30.123 | WARN | shop | low stock
ERROR:shop.orders:order 7 failed | python | - | ERROR | shop.orders | order 7 failed
2024-06-01 10:20:30.123 | ERROR    | shop.orders:place:17 - no stock | loguru | 2024-06-01 10:20:30.123 | ERROR | shop.orders:place | no stock
[2024-06-01 10:20:30 +0000] [77] [INFO] Booting worker with pid: 78 | gunicorn | 2024-06-01 10:20:30.000 | INFO | | Booting worker with pid: 78
[2024-06-01 10:20:30,123: WARNING/MainProcess] retry in 3s | celery | 2024-06-01 10:20:30.123 | WARN | MainProcess | retry in 3s
[2024-06-01 10:20:30] production.ERROR: no route | laravel | 2024-06-01 10:20:30.000 | ERROR | production | no route
I, [2024-06-01T10:20:30.123456 #77]  INFO -- : Started GET | ruby | 2024-06-01 10:20:30.123 | INFO | | Started GET
2024/06/01 10:20:30 listening on :8080 | iso | 2024-06-01 10:20:30.000 | - | | listening on :8080
2024/06/01 10:20:30 main.go:42: dial tcp: refused | go | 2024-06-01 10:20:30.000 | - | main.go:42 | dial tcp: refused
2024-06-01T10:20:30.123Z\tERROR\tserver/http.go:88\trequest failed\t{"code": 7} | zap | 2024-06-01 10:20:30.123 | ERROR | server/http.go:88 | request failed\t{"code": 7}
2024-06-01T10:20:30.123Z  WARN my_crate::net: peer lost | log4j | 2024-06-01 10:20:30.123 | WARN | my_crate::net | peer lost
time="2024-06-01T10:20:30Z" level=warning msg="disk \"a\" is full" free=3 | logfmt | 2024-06-01 10:20:30.000 | WARN | | disk "a" is full
ts=2024-06-01T10:20:30.5Z caller=main.go:9 level=info msg=ready | logfmt | 2024-06-01 10:20:30.500 | INFO | main.go:9 | ready
{"level":"info","ts":1717237230.25,"logger":"api","msg":"ready"} | json | 2024-06-01 10:20:30.250 | INFO | api | ready
{"level":30,"time":1717237230250,"msg":"ready","name":"api"} | json | 2024-06-01 10:20:30.250 | INFO | api | ready
{"@timestamp":"2024-06-01T10:20:30.250Z","log":{"level":"ERROR","logger":"c.s.Pay"},"message":"refused"} | json | 2024-06-01 10:20:30.250 | ERROR | c.s.Pay | refused
{"severity":"CRITICAL","timestamp":"2024-06-01 10:20:30","message":"down","error":"no quorum"} | json | 2024-06-01 10:20:30.000 | FATAL | | down error=no quorum
{"log":"2024-06-01 10:20:29,000 ERROR c.s.Pay - refused\n","stream":"stderr","time":"2024-06-01T10:20:30.250000001Z"} | json | 2024-06-01 10:20:30.250 | ERROR | c.s.Pay | refused
{"a":1,"b":{"c":"d"}} | json | - | - | | a=1 b.c=d
{"broken | plain | - | - | | {"broken
2024-06-01T10:20:30.250000001Z stderr F panic: boom | cri | 2024-06-01 10:20:30.250 | FATAL | | boom
2024-06-01T10:20:30.250000001Z stdout F {"level":"warn","msg":"slow"} | json | 2024-06-01 10:20:30.250 | WARN | | slow
api-1  | 2024-06-01 10:20:30,123 ERROR c.s.Pay - refused | log4j | 2024-06-01 10:20:30.123 | ERROR | c.s.Pay | refused
E0601 10:20:30.123456   4121 kubelet.go:2183] node not ready | klog | 2024-06-01 10:20:30.123 | ERROR | kubelet.go:2183 | node not ready
240601 102030 143 INFO dfs.DataNode$PacketResponder: Received block blk_-16 of size 9 | hdfs | 2024-06-01 10:20:30.000 | INFO | dfs.DataNode$PacketResponder | Received block blk_-16 of size 9
- 1717237230 2024.06.01 R01-M0-N0 2024-06-01-10.20.30.123456 R01-M0-N0 RAS KERNEL FATAL data storage interrupt | facility | 2024-06-01 10:20:30.000 | FATAL | KERNEL | data storage interrupt
- 1717237230 2024.06.01 dn7 Jun 1 10:20:30 dn7/dn7 crond[2907]: session closed | syslog | 2024-06-01 10:20:30.000 | - | crond | session closed
06-01 10:20:30.123  1702  2395 W WindowManager: Attempted to remove window | android | 2024-06-01 10:20:30.123 | WARN | WindowManager | Attempted to remove window
2024-06-01 10:20:30, Info                  CBS    Loaded Servicing Stack v6.1 | cbs | 2024-06-01 10:20:30.000 | INFO | CBS | Loaded Servicing Stack v6.1
Jun  1 10:20:30 mac-7 com.apple.cts[258]: scheduler: told me to run | syslog | 2024-06-01 10:20:30.000 | - | com.apple.cts | scheduler: told me to run
20240601-10:20:30:123|Step_LSC|30002312|onStandStepChanged 3579 | healthapp | 2024-06-01 10:20:30.123 | - | Step_LSC | onStandStepChanged 3579
[06.01 10:20:30] chrome.exe *64 - example.org:443 close, 0 bytes sent | proxifier | 2024-06-01 10:20:30.000 | - | chrome.exe *64 | example.org:443 close, 0 bytes sent
nova-api.log.1.2024-06-01_13:53:08 2024-06-01 10:20:30.008 25746 INFO nova.api [req-1 - - -] 10.0.0.6 "GET /v2" status: 200 | openstack | 2024-06-01 10:20:30.008 | INFO | nova.api | 10.0.0.6 "GET /v2" status: 200
1:M 01 Jun 2024 10:20:30.123 # WARNING overcommit_memory is set to 0 | redis | 2024-06-01 10:20:30.123 | WARN | redis | WARNING overcommit_memory is set to 0
1:M 01 Jun 2024 10:20:30.123 * Ready to accept connections | redis | 2024-06-01 10:20:30.123 | NOTICE | redis | Ready to accept connections
2024-06-01 10:20:30.123 UTC [4121] app@shop ERROR:  relation "x" does not exist | postgresql | 2024-06-01 10:20:30.123 | ERROR | | relation "x" does not exist
2024-06-01 10:20:30.123 CST [4121] LOG:  checkpoint starting: time | postgresql | 2024-06-01 10:20:30.123 | INFO | | checkpoint starting: time
2024-06-01T10:20:30.123456Z 0 [Warning] [MY-010068] [Server] CA certificate is self signed. | mysql | 2024-06-01 10:20:30.123 | WARN | Server | CA certificate is self signed.
240601 10:20:30 [ERROR] Aborting | bracketed | 2024-06-01 10:20:30.000 | ERROR | | Aborting
[   12.345678] EXT4-fs error (device sda1): bad block | kernel | - | - | kernel | EXT4-fs error (device sda1): bad block
1717237230 disk check passed | epoch | 2024-06-01 10:20:30.000 | - | | disk check passed
1717237230123 disk check passed | epoch | 2024-06-01 10:20:30.123 | - | | disk check passed
INFO  [2024-06-01 10:20:30,123] org.shop.App: up | iso | 2024-06-01 10:20:30.123 | INFO | | org.shop.App: up
[ERROR] cannot open file | leveled | - | ERROR | | cannot open file
2024-06-01 10:20:30 [错误] 数据库连接失败 | bracketed | 2024-06-01 10:20:30.000 | ERROR | | 数据库连接失败
2024-06-01 10:20:30 警告：磁盘空间不足 | leveled | 2024-06-01 10:20:30.000 | WARN | | 磁盘空间不足
【严重】主节点失联 | leveled | - | ERROR | | 主节点失联
2024-06-01 10:20:30 Error rates are back to normal | iso | 2024-06-01 10:20:30.000 | - | | Error rates are back to normal
just some words | plain | - | - | | just some words
"""


def rows() -> list[tuple[str, ...]]:
    return [tuple(cell.strip(" ").replace("\\t", "\t") for cell in row.rsplit(" | ", 5)) for row in
            (line.replace(" | | ", " |  | ") for line in TABLE.strip().split("\n"))]  # fmt: skip


@pytest.mark.parametrize(("line", "name", "moment", "level", "source", "message"), rows())
def test_line_reads_as_the_table_says(
    line: str, name: str, moment: str, level: str, source: str, message: str
) -> None:
    event = LineParser().parse(line, RECEIVED_MS)
    at_ms = event.timestamp_ms
    at = "-" if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    read = (event.format, at, "-" if event.level is None else event.level.name, event.source, event.message)
    assert read == (name, moment, level, source, message)
    assert event.text == line


def test_memory_never_changes_what_a_line_reads_as() -> None:
    parser, lines = LineParser(), [row[0] for row in rows()]
    for line in [*lines, *reversed(lines), *lines[::3], *lines[::7]]:
        assert parser.parse(line, RECEIVED_MS) == LineParser().parse(line, RECEIVED_MS)
