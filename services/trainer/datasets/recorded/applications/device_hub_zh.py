"""设备接入网关: keeps connections of devices, checks their frames, files readings; logs in Chinese with brackets.

A frame is a line "NUMBER,KIND,VALUE,CHECKSUM". Run: PORT DATA_DIR (Redis on 6379 holds each device's last reading)
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
import traceback
from datetime import datetime
from pathlib import Path

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

LEVELS = {"调试": "DEBUG", "信息": "INFO", "警告": "WARN", "错误": "ERROR", "严重": "FATAL"}
LIMITS = {"温度": (-40.0, 80.0), "电压": (180.0, 260.0), "湿度": (0.0, 100.0)}


def log(level: str, module: str, text: str) -> None:
    """One line, and the trace of the exception in flight under an error's."""
    now = datetime.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    print(f"[{now}][{LEVELS[level]}][{module}] {text}", flush=True)
    if level in ("错误", "严重") and sys.exc_info()[0] is not None:
        print(traceback.format_exc(), end="", flush=True)


class Hub:
    """Every device online, and what came of its readings since the last report."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.online: dict[str, float] = {}
        self.counts = {"正常": 0, "越限": 0, "丢弃": 0}
        self.pending: list[str] = []
        self.store = redis.asyncio.Redis(port=6379, socket_timeout=0.5, retry=Retry(NoBackoff(), 0))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address, device = writer.get_extra_info("peername"), "未注册设备"
        try:
            hello = (await asyncio.wait_for(reader.readline(), 2)).decode().strip()
            if not hello.startswith("DEV-"):
                log("警告", "设备接入", f"非法注册报文，来源地址 {address[0]}，内容 {hello[:40]!r}，连接已拒绝")
                return
            if hello in self.online:
                log("警告", "设备接入", f"设备 {hello} 重复登录，旧连接将被替换")
            device = hello
            self.online[device] = time.monotonic()
            log("信息", "设备接入", f"设备 {device} 上线，来源地址 {address[0]}，当前在线 {len(self.online)} 台")
            while line := await asyncio.wait_for(reader.readline(), 3):
                await self.accept(device, line.decode().strip())
            log("信息", "设备接入", f"设备 {device} 主动下线")
        except TimeoutError:
            log("警告", "心跳检测", f"设备 {device} 超过 3 秒未上报数据，判定为离线")
        except UnicodeDecodeError as error:
            log("警告", "协议解析", f"设备 {device} 报文编码错误：{error}")
        except (ConnectionError, ValueError) as error:
            log("警告", "设备接入", f"设备 {device} 连接异常断开：{error}")
        except Exception:
            log("错误", "设备接入", f"处理设备 {device} 的连接时发生未知异常")
        finally:
            self.online.pop(device, None)
            writer.close()

    async def accept(self, device: str, frame: str) -> None:
        parts = frame.split(",")
        if len(parts) != 4 or parts[1] not in LIMITS:
            self.counts["丢弃"] += 1
            log("警告", "协议解析", f"设备 {device} 上报的报文格式不正确，字段数 {len(parts)}，已丢弃")
            return
        number, kind, value, checksum = int(parts[0]), parts[1], float(parts[2]), parts[3]
        if checksum != str(sum(frame.rpartition(",")[0].encode()) % 256):
            self.counts["丢弃"] += 1
            log("警告", "协议解析", f"设备 {device} 第 {number} 帧校验和不一致，期望值与实际值不符，已丢弃")
            return
        low, high = LIMITS[kind]
        if not low <= value <= high:
            self.counts["越限"] += 1
            log("警告", "阈值告警", f"设备 {device} {kind}读数 {value:.1f} 超出正常范围 [{low:.0f}, {high:.0f}]")
        else:
            self.counts["正常"] += 1
            if number % 5 == 0:
                log("信息", "数据采集", f"设备 {device} 上报{kind} {value:.1f}，序号 {number}")
        self.pending.append(f"{device},{frame}")
        try:
            await self.store.hset(device, kind, value)
        except RedisError as error:
            log("错误", "数据缓存", f"更新设备 {device} 最新状态失败：{type(error).__name__}")

    async def flush(self) -> None:
        """Every second: readings to the file of the day; every fourth: a report."""
        for turn in range(10**9):
            await asyncio.sleep(1)
            batch, self.pending = self.pending, []
            try:
                with (self.data / "readings.csv").open("a") as file:
                    file.write("".join(f"{line}\n" for line in batch))
                log("信息", "数据落盘", f"批量写入 {len(batch)} 条读数完成")
            except OSError as error:
                self.pending = batch[-500:] + self.pending
                log("错误", "数据落盘", f"批量写入失败，{len(batch)} 条读数留待重试：{error.strerror}")
            if turn % 4 == 3:
                log("信息", "运行统计", "，".join(f"{name} {count} 条" for name, count in self.counts.items()))
                log("信息", "运行统计", f"在线设备 {len(self.online)} 台，待写读数 {len(self.pending)} 条")
                gc.collect()


def leave() -> None:
    """Say so and go."""
    log("信息", "系统停止", "收到停止信号，网关退出")
    os._exit(0)


async def main() -> None:
    port, hub = int(sys.argv[1]), Hub(Path(sys.argv[2]))
    log("信息", "系统启动", f"设备接入网关启动中，监听端口 {port}，数据目录 {sys.argv[2]}")
    try:
        server = await asyncio.start_server(hub.serve, "127.0.0.1", port)
    except OSError:
        log("严重", "系统启动", f"端口 {port} 监听失败，网关退出")
        sys.exit(1)
    try:
        await hub.store.ping()
        log("信息", "系统启动", "缓存连接检查通过")
    except RedisError:
        log("错误", "系统启动", "缓存连接检查未通过，以降级模式运行")
    log("信息", "系统启动", "网关启动完成，等待设备接入")
    asyncio.get_running_loop().add_signal_handler(15, leave)
    async with server:
        await hub.flush()


if __name__ == "__main__":
    asyncio.run(main())
