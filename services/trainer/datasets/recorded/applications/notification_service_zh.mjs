// 通知服务: sends messages to users through a gateway, counts them in Redis; one JSON object per line, as pino writes.
// Run: node notification_service_zh.mjs PORT GATEWAY_PORT SPOOL_DIR
import { appendFile, readFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";

const [port, gatewayPort, spool] = process.argv.slice(2);
const LEVELS = { info: 30, warn: 40, error: 50, fatal: 60 };
let queued = 0;
const log = Object.fromEntries(Object.entries(LEVELS).map(([name, level]) => [name, (fields, msg) =>
  process.stdout.write(JSON.stringify({ level, time: Date.now(), pid: process.pid, hostname: "host01", ...fields, msg }) + "\n")]));
const brief = (error) => ({ type: error.constructor.name, message: error.message, code: error.code });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function count(kind) {
  return new Promise((done, fail) => {
    const socket = net.connect(6379, "127.0.0.1", () => socket.write(`INCR notify:${kind}\r\n`));
    socket.setTimeout(400, () => socket.destroy(new Error("Redis 响应超时")));
    socket.on("data", (reply) => {
      socket.end();
      const text = reply.toString().trim();
      text[0] === ":" ? done(Number(text.slice(1))) : fail(new Error(text));
    });
    socket.on("error", fail);
  });
}

function send(message) {
  return new Promise((done, fail) => {
    const request = http.request({ port: gatewayPort, host: "127.0.0.1", method: "POST", path: "/send", timeout: 500 }, (reply) => {
      reply.resume();
      reply.on("end", () => reply.statusCode < 400 ? done(reply.statusCode) : fail(new Error(`网关返回 ${reply.statusCode}`)));
    });
    request.on("timeout", () => request.destroy(new Error("网关响应超时")));
    request.on("error", fail);
    request.end(JSON.stringify(message));
  });
}

async function notify(message, reqId) {
  const { order, user, kind } = message;
  if (!order || !user) throw new TypeError("缺少必填字段 order 或 user");
  for (let attempt = 1; ; attempt++) {
    const began = Date.now();
    try {
      const status = await send(message);
      log.info({ reqId, orderId: order, userId: user, status, cost: Date.now() - began }, `${kind}发送成功`);
      break;
    } catch (error) {
      if (attempt === 2) throw error;
      log.warn({ reqId, orderId: order, attempt, err: brief(error) }, `${kind}发送失败，准备重试`);
      await sleep(60 * attempt);
    }
  }
  await appendFile(`${spool}/sent.log`, `${order},${user}\n`);
  try {
    const total = await count(kind);
    if (total % 50 === 0) log.info({ total }, `今日${kind}累计发送量统计`);
  } catch (error) {
    log.error({ reqId, err: brief(error) }, "更新发送计数失败");
  }
}

const server = http.createServer((request, response) => {
  const reqId = Math.random().toString(36).slice(2, 10);
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", async () => {
    queued++;
    if (queued > 25) log.warn({ queued }, "通知队列积压");
    log.info({ reqId, method: request.method, url: request.url, bytes: body.length }, "收到通知请求");
    try {
      await notify(JSON.parse(body), reqId);
      response.writeHead(200).end("{}");
    } catch (error) {
      const fault = error instanceof SyntaxError || error instanceof TypeError ? 400 : 502;
      log[fault === 400 ? "warn" : "error"]({ reqId, err: { ...brief(error), stack: fault === 400 ? undefined : error.stack } }, "通知处理失败");
      response.writeHead(fault).end('{"error":"通知失败"}');
    } finally {
      queued--;
    }
  });
});
server.on("error", (error) => {
  log.fatal({ port, err: brief(error) }, "通知服务无法监听端口，进程退出");
  process.exit(1);
});
server.listen(Number(port), "127.0.0.1", () => log.info({ port }, "通知服务已启动"));
setInterval(async () => {
  try {
    const sent = (await readFile(`${spool}/sent.log`, "utf8").catch((e) => { if (e.code === "ENOENT") return ""; throw e; })).split("\n").length - 1;
    log.info({ sent, queued, rssMb: Math.round(process.memoryUsage().rss / 1048576) }, "健康检查正常");
  } catch (error) {
    log.error({ err: brief(error) }, "健康检查异常");
  }
}, 2000);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => {
  log.info({ signal }, "收到退出信号，正在优雅停机");
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(0), 300);
});
process.on("uncaughtException", (error) => {
  log.fatal({ err: { ...brief(error), stack: error.stack } }, "未捕获的异常，进程即将退出");
  process.exit(1);
});
