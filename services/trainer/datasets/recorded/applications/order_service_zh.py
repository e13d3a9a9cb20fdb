"""订单服务: takes orders over HTTP, keeps them in SQLite, has them paid and announced; logs in Chinese.

Needs: the payment service on 8102, the notification service on 8103, Redis on 6379 as cache. Run: PORT DATA_DIR
"""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

logging.basicConfig(
    stream=sys.stdout,
    level=logging.INFO,
    format="%(asctime)s [%(threadName)s] %(levelname)-7s %(name)s - %(message)s",
)
ORDERS, STOCK, CACHE, JOB = (logging.getLogger(name) for name in ("订单", "库存", "缓存", "定时任务"))
PAY_URL, NOTIFY_URL = "http://127.0.0.1:8102/pay", "http://127.0.0.1:8103/notify"
SLOW_MS = 400


class OutOfStock(Exception):
    """Not enough left of an item."""


def call(url: str, body: dict[str, object], attempts: int = 3) -> dict[str, object]:
    """POST and read JSON, a second's patience each time, tried again up to ``attempts`` times."""
    for attempt in range(1, attempts + 1):
        request = urllib.request.Request(url, json.dumps(body).encode())  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=1) as reply:  # noqa: S310
                return dict(json.load(reply))
        except urllib.error.HTTPError as refused:
            detail = refused.read().decode("utf-8", "replace")
            ORDERS.warning("下游接口返回异常状态码 %d, 地址=%s, 响应=%s", refused.code, url, detail)
            if refused.code < 500:
                raise
        except OSError as error:
            ORDERS.warning("调用下游接口失败(第%d次), 地址=%s, 原因: %s", attempt, url, error)
        time.sleep(0.05 * attempt)
    raise ConnectionError(f"下游接口连续{attempts}次调用失败: {url}")


class Shop:
    """What the service keeps: a SQLite file, one connection per thread, and a cache in front of it."""

    def __init__(self, data: Path) -> None:
        self.path = data / "orders.db"
        self.cache = redis.Redis(port=6379, socket_timeout=0.5, retry=Retry(NoBackoff(), 0))
        with self.connect() as store:
            store.execute("CREATE TABLE IF NOT EXISTS stock (item INTEGER PRIMARY KEY, amount INTEGER)")
            store.execute(
                "CREATE TABLE IF NOT EXISTS orders (id TEXT, item INTEGER, count INTEGER, state TEXT, at REAL)"
            )
            store.executemany("INSERT OR IGNORE INTO stock VALUES (?, 200)", [(n,) for n in range(1, 200)])
        ORDERS.info("数据库初始化完成, 文件=%s", self.path)

    def connect(self) -> sqlite3.Connection:
        store = sqlite3.connect(self.path, timeout=0.8)
        store.execute("PRAGMA synchronous=OFF")
        return store

    def create(self, user: int, item: int, count: int) -> str:
        number, began = uuid.uuid4().hex[:16].upper(), time.monotonic()
        ORDERS.info("收到下单请求, 订单号=%s, 用户ID=%d, 商品ID=%d, 数量=%d", number, user, item, count)
        with self.connect() as store:
            left = store.execute("SELECT amount FROM stock WHERE item = ?", (item,)).fetchone()
            if left is None or left[0] < count:
                STOCK.warning("库存不足, 商品ID=%d, 需要%d件, 剩余%s件", item, count, left[0] if left else 0)
                raise OutOfStock
            store.execute("UPDATE stock SET amount = amount - ? WHERE item = ?", (count, item))
            store.execute("INSERT INTO orders VALUES (?, ?, ?, '待支付', ?)", (number, item, count, time.time()))
        STOCK.info("扣减库存成功, 商品ID=%d, 剩余%d件", item, left[0] - count)
        if left[0] - count < 40:
            STOCK.warning("库存低于预警线, 商品ID=%d, 剩余%d件, 请及时补货", item, left[0] - count)
        paid = call(PAY_URL, {"order": number, "user": user, "cents": count * item * 100})
        with self.connect() as store:
            store.execute("UPDATE orders SET state = '已支付' WHERE id = ?", (number,))
        ORDERS.info("订单支付成功, 订单号=%s, 支付流水号=%s, 金额=%.2f元", number, paid.get("serial"), count * item)
        self.forget(item)
        try:
            call(
                NOTIFY_URL,
                {"order": number, "user": user, "kind": ("短信", "邮件", "微信消息")[user % 3]},
                attempts=2,
            )
        except (OSError, ValueError):
            ORDERS.error("订单通知发送失败, 订单号=%s, 稍后由定时任务补发", number)
        spent = (time.monotonic() - began) * 1000
        if spent > SLOW_MS:
            ORDERS.warning("下单接口耗时过长: %.0f毫秒, 订单号=%s", spent, number)
        return number

    def look_up(self, item: int) -> int:
        try:
            cached = self.cache.get(f"stock:{item}")
            if cached is not None:
                CACHE.info("缓存命中, 键=stock:%d", item)
                return int(cached)
            CACHE.info("缓存未命中, 回源数据库查询, 键=stock:%d", item)
        except redis.RedisError as error:
            CACHE.error("读取缓存失败, 已降级为直接查询数据库: %s", error)
        with self.connect() as store:
            row = store.execute("SELECT amount FROM stock WHERE item = ?", (item,)).fetchone()
        amount = int(row[0]) if row else 0
        try:
            self.cache.set(f"stock:{item}", amount, ex=5)
        except redis.RedisError as error:
            CACHE.error("写入缓存失败, 键=stock:%d, 原因: %s", item, error)
        return amount

    def forget(self, item: int) -> None:
        try:
            self.cache.delete(f"stock:{item}")
        except redis.RedisError:
            CACHE.exception("删除缓存失败, 键=stock:%d", item)

    def sweep(self) -> None:
        """Every two seconds: cancel what was never paid."""
        while True:
            time.sleep(2)
            try:
                with self.connect() as store:
                    stale = store.execute("SELECT count(*) FROM orders WHERE state = '待支付'").fetchone()[0]
                    store.execute(
                        "UPDATE orders SET state = '已取消' WHERE state = '待支付' AND at < ?", (time.time() - 5,)
                    )
                    restocked = store.execute("UPDATE stock SET amount = 200 WHERE amount < 20").rowcount
                JOB.info("超时订单扫描完成, 待支付订单%d笔", stale)
                if restocked:
                    JOB.info("自动补货完成, 共补货%d种商品", restocked)
            except sqlite3.Error as error:
                JOB.error("超时订单扫描失败: %s", error)


class Handler(BaseHTTPRequestHandler):
    """POST /orders, GET /stock/N."""

    shop: Shop

    def do_POST(self) -> None:
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            number = self.shop.create(int(body["user"]), int(body["item"]), int(body["count"]))
            self._answer(201, {"order": number})
        except OutOfStock:
            self._answer(409, {"error": "库存不足"})
        except (KeyError, ValueError) as error:
            ORDERS.warning("请求参数不合法, 客户端=%s, 原因: %r", self.client_address[0], error)
            self._answer(400, {"error": "参数错误"})
        except Exception:
            ORDERS.exception("下单失败, 客户端=%s", self.client_address[0])
            self._answer(500, {"error": "系统繁忙, 请稍后再试"})

    def do_GET(self) -> None:
        try:
            item = int(self.path.rsplit("/", 1)[1])
            self._answer(200, {"item": item, "amount": self.shop.look_up(item)})
        except sqlite3.Error:
            STOCK.exception("查询库存失败, 路径=%s", self.path)
            self._answer(500, {"error": "查询失败"})

    def _answer(self, status: int, body: dict[str, object]) -> None:
        text = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        logging.getLogger("访问").info("%s %s", self.client_address[0], format % args)


def main() -> None:
    port, data = int(sys.argv[1]), Path(sys.argv[2])
    try:
        Handler.shop = Shop(data)
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except (OSError, sqlite3.Error):
        ORDERS.critical("订单服务启动失败, 端口=%d", port, exc_info=True)
        sys.exit(1)
    threading.Thread(target=Handler.shop.sweep, name="超时订单扫描", daemon=True).start()
    ORDERS.info("订单服务启动完成, 监听端口=%d", port)
    server.serve_forever()


if __name__ == "__main__":
    main()
