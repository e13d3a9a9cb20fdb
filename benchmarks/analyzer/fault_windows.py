"""Windows with a known fault, in English and Chinese, for the analyzer's benchmarks and fuzz tests.

``fault_window(rng)`` draws one: calm lines, the fault's lines among them, names and numbers of its own.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from shared.core.records import Flag, FlaggedEvent, Reason, Severity, Verdict, VerdictState, Window
from shared.core.taxonomy import Category

CALM = {
    "en": (
        "INFO  [pool-{n}] web.Access - GET /orders/{n} handled in {n} ms",
        "INFO  [pool-{n}] store.Cache - cache refreshed, {n} entries",
        "INFO  [main] {svc} - heartbeat ok",
        "DEBUG {svc} - session {id} opened",
    ),
    "zh": (
        "INFO  [订单线程-{n}] 订单服务 - 查询订单 {n} 完成，用时 {n} 毫秒",
        "INFO  [主线程] 缓存 - 已刷新 {n} 条记录",
        "INFO  {svc} - 心跳正常",
    ),
}
FAULTS: tuple[tuple[str, Category, tuple[str, ...]], ...] = (
    ("en", Category.CONNECTION_FAILURE, ("ERROR {svc} - connection refused: {ip}:{port} after {n} tries",)),
    ("en", Category.DISK_FULL, ("ERROR {svc} - write failed: No space left on device: {path}",)),
    ("en", Category.MEMORY_EXHAUSTED, ("ERROR {svc} - java.lang.OutOfMemoryError: Java heap space, {n} MB used",)),
    (
        "en",
        Category.AUTHENTICATION_ATTACK,
        tuple(["WARN sshd - Failed password for {user} from {ip} port {port}"] * 4),
    ),
    ("en", Category.DATABASE_ERROR, ("ERROR {svc} - SQLSTATE[42S02]: Base table or view not found: table {id}",)),
    ("en", Category.TIMEOUT, ("ERROR {svc} - request to {host} timed out after {n} ms",)),
    ("zh", Category.CONNECTION_FAILURE, ("ERROR {svc} - 连接 {ip}:{port} 被拒绝，已重试 {n} 次",)),
    ("zh", Category.DISK_FULL, ("ERROR {svc} - 写入 {path} 失败：磁盘空间不足",)),
    ("zh", Category.TIMEOUT, ("ERROR {svc} - 调用 {host} 超时，耗时 {n} 毫秒",)),
    ("zh", Category.DNS_FAILURE, ("ERROR {svc} - 域名 {host} 解析失败",)),
)
_LEVEL = re.compile(r"\b(FATAL|ERROR|WARN|INFO|DEBUG)\b")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class FaultWindow:
    """A flag, the language of its lines, the category of its fault and the numbers of the lines that show it."""

    flag: Flag
    language: str
    category: Category
    fault_lines: tuple[int, ...]


def fault_window(rng: random.Random, length: int = 0, severity: Severity | None = None) -> FaultWindow:
    """A window of ``length`` lines (drawn when 0) with one of ``FAULTS``."""
    language, category, fault = rng.choice(FAULTS)
    lines = [
        filled(rng.choice(CALM[language]), rng) for _ in range(max(1, (length or rng.randint(5, 14)) - len(fault)))
    ]
    at = rng.randint(0, len(lines))
    lines[at:at] = [filled(line, rng) for line in fault]
    numbers = tuple(range(at + 1, at + 1 + len(fault)))
    flag = flag_of(lines, numbers, severity or rng.choice(list(Severity)), rng.randrange(10**6))
    return FaultWindow(flag, language, category, numbers)


def flag_of(lines: list[str], odd: tuple[int, ...], severity: Severity = Severity.HIGH, first_seq: int = 0) -> Flag:
    """A flag over ``lines`` that points at the ``odd`` ones (numbers from 1)."""
    seqs = tuple(range(first_seq, first_seq + len(lines)))
    events = tuple(
        FlaggedEvent(
            number=number,
            seq=seq,
            text=line,
            template=re.sub(r"\d+", "<NUM>", line),
            level=found[0].lower() if (found := _LEVEL.search(line)) else "",
            surprise=8.0 if number in odd else 1.0,
        )
        for number, (seq, line) in enumerate(zip(seqs, lines, strict=True), start=1)
    )
    verdict = Verdict(
        window_id=Window("bench", seqs, "fixed:10").window_id,
        stream="bench",
        seqs=seqs,
        state=VerdictState.FLAGGED,
        score=0.9,
        strangeness=9.0,
        threshold=5.0,
        model_version="bench",
        baseline_version=1,
        event_surprise=tuple(event.surprise for event in events),
        reasons=(Reason("new_template", tuple(number - 1 for number in odd)),),
        severity=severity,
    )
    return Flag(verdict, events, 1_700_000_000_000)


def filled(text: str, rng: random.Random) -> str:
    """``text`` with a fresh value in every slot."""
    return _SLOT.sub(lambda match: _value(match[1], rng), text)


def _value(slot: str, rng: random.Random) -> str:
    match slot:
        case "ip":
            return ".".join(str(rng.randint(1, 254)) for _ in range(4))
        case "port":
            return str(rng.randint(1024, 65535))
        case "svc":
            return rng.choice(("cart", "order", "billing", "search", "mail", "stock")) + "-service"
        case "path":
            return f"/data/{rng.choice(('spool', 'db', 'logs'))}/{rng.randint(1, 99)}"
        case "user":
            return rng.choice(("root", "admin", "oracle", "backup"))
        case "host":
            return f"{rng.choice(('pay', 'auth', 'geo'))}{rng.randint(1, 9)}.shop.example.com"
        case "id":
            return f"req-{rng.randrange(16**6):06x}"
        case _:
            return str(rng.randint(11, 9999))
