"""订单处理服务: a worker that systemd watches; takes small files from a spool, keeps a ledger, says so on its output.

Needs nothing but Python. Run: SPOOL LEDGER [PORT]; a file named "stuck" in the spool makes it hang, "crash" fail,
"fault" die of a segmentation fault, "greedy" ask for ever more memory.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType

DEBUG, INFO, WARNING, ERROR = "<7>", "<6>", "<4>", "<3>"  # what journald reads as a priority


def notify(state: str) -> None:
    """Tell systemd, if it asked to be told."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sink:
            sink.sendto(state.encode(), address.replace("@", "\0", 1))


def main() -> None:
    """Serve until told to stop."""
    spool, ledger = Path(sys.argv[1]), Path(sys.argv[2])
    door = socket.socket()
    if len(sys.argv) > 3:
        door.bind(("127.0.0.1", int(sys.argv[3])))
        door.listen()
        print(f"{INFO}监听端口 {sys.argv[3]}", flush=True)

    def leave(number: int, _frame: FrameType | None) -> None:
        notify("STOPPING=1")
        print(f"{INFO}收到信号 {signal.Signals(number).name}，订单服务正在退出", flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    spool.mkdir(parents=True, exist_ok=True)
    print(f"{INFO}订单服务启动完成，目录 {spool}", flush=True)
    notify("READY=1\nSTATUS=waiting for orders")
    number = 0
    while True:
        notify("WATCHDOG=1")
        for path in sorted(spool.iterdir()):
            number += 1
            take(path, ledger, number)
        time.sleep(0.2)


def take(path: Path, ledger: Path, number: int) -> None:
    """Book one order, or do what the file's name says."""
    if path.name == "stuck":
        print(f"{WARNING}等待数据库锁，订单队列暂停", flush=True)
        time.sleep(600)
    elif path.name == "crash":
        print(f"{ERROR}账本校验失败，序号 {number} 不连续", flush=True)
        raise RuntimeError(f"ledger out of order at {number}")
    elif path.name == "fault":
        ctypes.string_at(0)
    elif path.name == "greedy":
        hoard = [bytearray(1 << 22) for _ in range(1 << 12)]
        print(len(hoard), flush=True)
    with ledger.open("a") as book:
        book.write(path.read_text() * 40)
    path.unlink()
    amount = random.uniform(3, 900)
    print(f"{INFO}订单 {path.name} 已入账，金额 {amount:.2f} 元，耗时 {random.randint(2, 40)} 毫秒", flush=True)


if __name__ == "__main__":
    main()
