// 支付服务: charges accounts, keeps a ledger file, asks the bank; logs in Chinese through logback, as Java teams do.
// Run: java -cp ... PaymentService PORT DATA_DIR BANK_PORT

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

public final class PaymentService {
    private static final Logger PAY = LoggerFactory.getLogger("com.example.pay.PaymentService");
    private static final Logger RISK = LoggerFactory.getLogger("com.example.pay.risk.RiskEngine");
    private static final Logger BANK = LoggerFactory.getLogger("com.example.pay.bank.BankGateway");
    private static final Logger LEDGER = LoggerFactory.getLogger("com.example.pay.ledger.LedgerWriter");
    private static final Logger JOB = LoggerFactory.getLogger("com.example.pay.job.ReconcileJob");
    private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":\\s*\"?([^\",}]+)");

    private final Map<Long, Long> spentByUser = new ConcurrentHashMap<>();
    private final AtomicLong serial = new AtomicLong(10_000);
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofMillis(500)).build();
    private final ThreadPoolExecutor callbacks =
        new ThreadPoolExecutor(2, 2, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(20), task -> new Thread(task, "回调线程"));
    private final List<byte[]> statements = new ArrayList<>();
    private final Path ledger;
    private final URI bank;

    private PaymentService(Path data, int bankPort) {
        ledger = data.resolve("ledger.csv");
        bank = URI.create("http://127.0.0.1:" + bankPort + "/charge");
    }

    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[0]);
        PAY.info("支付服务正在启动, 配置: 端口={}, 数据目录={}, 银行网关端口={}", port, arguments[1], arguments[2]);
        PaymentService service = new PaymentService(Path.of(arguments[1]), Integer.parseInt(arguments[2]));
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
            server.createContext("/pay", service::pay);
            server.createContext("/statement", service::statement);
            server.setExecutor(Executors.newFixedThreadPool(8));
            server.start();
        } catch (IOException error) {
            PAY.error("支付服务启动失败, 端口{}无法监听", port, error);
            System.exit(1);
        }
        Executors.newSingleThreadScheduledExecutor().scheduleAtFixedRate(service::reconcile, 3, 3, TimeUnit.SECONDS);
        PAY.info("支付服务启动成功, 监听端口{}", port);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> PAY.info("收到停止信号, 支付服务正在关闭, 累计处理{}笔", service.serial.get() - 10_000)));
    }

    private void pay(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, String> fields = new ConcurrentHashMap<>();
        Matcher found = FIELD.matcher(body);
        while (found.find()) {
            fields.put(found.group(1), found.group(2).trim());
        }
        try {
            long user = Long.parseLong(fields.get("user"));
            long cents = Long.parseLong(fields.get("cents"));
            String order = fields.get("order");
            PAY.info("收到支付请求, 订单号={}, 用户ID={}, 金额={}分", order, user, cents);
            long total = spentByUser.merge(user, cents, Long::sum);
            if (cents > 800_000) {
                RISK.warn("大额交易触发人工复核, 订单号={}, 金额={}分, 当日累计={}分", order, cents, total);
            } else {
                RISK.info("风控校验通过, 订单号={}, 当日累计={}分", order, total);
            }
            charge(order, cents);
            String number = "P" + serial.incrementAndGet();
            write(number + "," + order + "," + cents + "\n");
            callbacks.execute(() -> callBack(number));
            PAY.info("支付完成, 流水号={}, 订单号={}", number, order);
            answer(exchange, 200, "{\"serial\": \"" + number + "\"}");
        } catch (NumberFormatException error) {
            PAY.warn("支付请求格式错误, 报文={}", body);
            answer(exchange, 400, "{\"error\": \"报文格式错误\"}");
        } catch (RejectedExecutionException error) {
            PAY.error("回调线程池已满, 活跃线程{}, 队列长度{}", callbacks.getActiveCount(), callbacks.getQueue().size(), error);
            answer(exchange, 503, "{\"error\": \"系统繁忙\"}");
        } catch (UncheckedIOException error) {
            PAY.error("支付处理失败, 订单号={}", fields.get("order"), error);
            answer(exchange, 500, "{\"error\": \"支付失败\"}");
        }
    }

    private void charge(String order, long cents) {
        long began = System.nanoTime();
        HttpRequest request = HttpRequest.newBuilder(bank).timeout(Duration.ofMillis(600))
            .POST(HttpRequest.BodyPublishers.ofString(order + ":" + cents)).build();
        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<String> reply = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (reply.statusCode() != 200) {
                    throw new IOException("银行网关返回状态码 " + reply.statusCode());
                }
                BANK.info("银行扣款成功, 订单号={}, 耗时{}ms", order, (System.nanoTime() - began) / 1_000_000);
                return;
            } catch (IOException error) {
                BANK.warn("银行扣款第{}次失败, 订单号={}, 异常: {}", attempt, order, error.toString());
                if (attempt == 2) {
                    throw new UncheckedIOException("银行网关不可用, 已重试" + attempt + "次", error);
                }
            } catch (InterruptedException stopped) {
                throw new IllegalStateException("扣款线程被中断", stopped);
            }
        }
    }

    private synchronized void write(String line) {
        try {
            Files.writeString(ledger, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            LEDGER.debug("账本写入{}字节", line.length());
        } catch (IOException error) {
            LEDGER.error("账本写入失败, 文件={}", ledger, error);
            throw new UncheckedIOException(error);
        }
    }

    private void callBack(String number) {
        try {
            Thread.sleep(number.endsWith("7") ? 40 : 4);
            PAY.info("商户回调成功, 流水号={}", number);
        } catch (InterruptedException stopped) {
            PAY.warn("商户回调被中断, 流水号={}", number);
        }
    }

    private void statement(HttpExchange exchange) throws IOException {
        try {
            statements.add(new byte[4_000_000]);
            PAY.info("对账单生成完成, 当前缓存{}份", statements.size());
            answer(exchange, 200, "{}");
        } catch (OutOfMemoryError error) {
            PAY.error("生成对账单时内存不足, 已缓存{}份", statements.size(), error);
            answer(exchange, 500, "{}");
        }
    }

    private void reconcile() {
        try {
            long lines = Files.exists(ledger) ? Files.lines(ledger).count() : 0;
            Runtime runtime = Runtime.getRuntime();
            long used = (runtime.totalMemory() - runtime.freeMemory()) / 1_048_576;
            JOB.info("对账任务执行完毕, 账本{}行, 活跃用户{}个, 堆内存已用{}MB", lines, spentByUser.size(), used);
        } catch (IOException | UncheckedIOException error) {
            JOB.error("对账任务执行失败, 账本文件无法读取", error);
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
