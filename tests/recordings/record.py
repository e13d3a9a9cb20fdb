"""Record what real clients send to a running front door, as files of tests/recordings/shippers.

    python tests/recordings/record.py --url http://127.0.0.1:8000 --key KEY [--client NAME ...]

Needs, in an environment of its own: python-logging-loki, opentelemetry-exporter-otlp-proto-http, elasticsearch,
splunk-handler, datadog-api-client; and on the PATH systemd-journal-upload and -remote. Each client logs a few known
lines through a relay on loopback, which writes every request down (without its key) and passes it on; what the front
door answers goes back to the client. Prints per client the lines said and the requests recorded.
"""

from __future__ import annotations

import argparse
import base64
import json
import logging
import struct
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "shippers"
LINES = ["order 17 placed", "slow query 1203ms", "登录失败：用户 bob"]
SYSTEMD = "systemd-journal"
SECRET = {"authorization", "x-api-key", "dd-api-key"}
HOP = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "expect"}


class Relay(BaseHTTPRequestHandler):
    """Passes requests on and notes them in ``noted``."""

    protocol_version = "HTTP/1.1"
    target, noted = "", list[dict[str, Any]]()

    def relay(self) -> None:
        is_chunked = "chunked" in self.headers.get("transfer-encoding", "")
        body = self.chunks() if is_chunked else self.rfile.read(int(self.headers.get("content-length", 0)))
        self.noted.append({
            "method": self.command,
            "path": self.path,
            "headers": [[k, "dummy" if k.lower() in SECRET else v] for k, v in self.headers.items()],
            "body_base64": base64.b64encode(body).decode(),
        })  # fmt: skip
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        request = urllib.request.Request(
            self.target + self.path, data=body or None, headers=headers, method=self.command
        )
        try:
            answer: Any = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in HOP:
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    do_GET = do_POST = do_PUT = do_HEAD = relay

    def log_message(self, *_: object) -> None:
        pass


def python_logging_loki(url: str, key: str) -> None:
    import logging_loki

    handler = logging_loki.LokiHandler(
        url=f"{url}/loki/api/v1/push", tags={"application": "shop"}, auth=("any", key), version="1"
    )
    logger = logging.getLogger("shop.orders")
    logger.addHandler(handler)
    for line in LINES:
        logger.warning(line)


def opentelemetry_python(url: str, key: str) -> None:
    from opentelemetry._logs import SeverityNumber
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource

    for compression in (Compression.NoCompression, Compression.Gzip):
        provider = LoggerProvider(Resource.create({"service.name": "checkout", "service.namespace": "shop"}))
        exporter = OTLPLogExporter(f"{url}/v1/logs", headers={"x-api-key": key}, compression=compression)
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
        logger = provider.get_logger("shop.orders")
        for line in LINES:
            logger.emit(body=line, severity_number=SeverityNumber.WARN, severity_text="WARN", timestamp=None)
        provider.shutdown()


def elasticsearch_py(url: str, key: str) -> None:
    from elasticsearch import Elasticsearch, helpers

    for is_packed in (False, True):
        client = Elasticsearch(url, basic_auth=("elastic", key), http_compress=is_packed)
        assert client.info()["tagline"] == "You Know, for Search"
        documents = [
            {"_op_type": "create", "_index": "logs-shop-default", "@timestamp": f"2026-03-01T12:00:0{n}Z",
             "message": line, "log": {"level": "warn"}, "packed": is_packed}
            for n, line in enumerate(LINES)
        ]  # fmt: skip
        done, errors = helpers.bulk(client, documents)
        assert (done, errors) == (len(LINES), [])
        client.indices.refresh(index="logs-shop-default")


def splunk_handler(url: str, key: str) -> None:
    from splunk_handler import SplunkHandler

    host, port = url.removeprefix("http://").split(":")
    handler = SplunkHandler(
        host=host, port=int(port), token=key, index="main", protocol="http", verify=False, source="shop",
        hostname="web1", flush_interval=1.0,
    )  # fmt: skip
    logger = logging.getLogger("shop.payments")
    logger.addHandler(handler)
    for line in LINES:
        logger.warning(line)
    handler.force_flush()
    logger.removeHandler(handler)


def datadog_api_client(url: str, key: str) -> None:
    from datadog_api_client import ApiClient, Configuration
    from datadog_api_client.v2.api.logs_api import LogsApi
    from datadog_api_client.v2.model.content_encoding import ContentEncoding
    from datadog_api_client.v2.model.http_log import HTTPLog
    from datadog_api_client.v2.model.http_log_item import HTTPLogItem

    with ApiClient(Configuration(api_key={"apiKeyAuth": key})) as client:
        api = LogsApi(client)
        api._submit_log_endpoint.settings["servers"] = [{"url": url, "variables": {}}]
        for packing in ("identity", "gzip", "deflate"):
            records = [
                HTTPLogItem(message=line, service="shop", ddsource="python", ddtags=f"env:test,packing:{packing}")
                for line in LINES
            ]
            api.submit_log(HTTPLog(records), content_encoding=ContentEncoding(packing))


def systemd_journal_upload(url: str, key: str) -> None:
    """Of a journal that its companion makes; the last line has two, which the format says in another way."""
    with tempfile.TemporaryDirectory() as directory:
        journal, state, export = Path(directory) / "made.journal", Path(directory) / "state", b""
        for number, line in enumerate(journal_lines()):
            text = line.encode()
            packed = b"MESSAGE\n%b%b" % (struct.pack("<Q", len(text)), text) if "\n" in line else b"MESSAGE=" + text
            head = f"__REALTIME_TIMESTAMP={1772366400000000 + number}\n__MONOTONIC_TIMESTAMP={number}\n"
            more = f"_BOOT_ID={'4d5f8b2c' * 4}\nPRIORITY=4\nSYSLOG_IDENTIFIER=shop\n_HOSTNAME=web1\n"
            export += (head + more).encode() + packed + b"\n\n"
        subprocess.run([f"{SYSTEMD}-remote", f"--output={journal}", "-"], input=export, check=True)
        target = url.replace("//", f"//any:{key}@")
        options = [f"--url={target}", f"--file={journal}", f"--save-state={state}", "--follow=no"]
        subprocess.run([f"{SYSTEMD}-upload", *options], check=True)


def journal_lines() -> list[str]:
    return [*LINES, "Traceback:\n  File x"]


CLIENTS: dict[str, tuple[Callable[[str, str], None], str]] = {
    "python-logging-loki": (python_logging_loki, "python-logging-loki"),
    "opentelemetry-python": (opentelemetry_python, "opentelemetry-exporter-otlp-proto-http"),
    "elasticsearch-py": (elasticsearch_py, "elasticsearch"),
    "splunk-handler": (splunk_handler, "splunk-handler"),
    "datadog-api-client-py": (datadog_api_client, "datadog-api-client"),
    "systemd-journal-upload": (systemd_journal_upload, f"{SYSTEMD}-upload"),
}


def messages_of(record: dict[str, Any], client: str) -> list[str] | None:
    """The lines that this request carries, as the recording knows them from what the client was given."""
    if record["method"] not in ("POST", "PUT") or "refresh" in record["path"]:
        return None
    if client == "python-logging-loki":
        text = base64.b64decode(record["body_base64"]).decode()
        return [line for line in LINES if json.dumps(line) in text]
    return journal_lines() if client == "systemd-journal-upload" else LINES


def version_of(package: str) -> str:
    if package.startswith(SYSTEMD):
        return subprocess.run([package, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    return version(package)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--client", nargs="*", choices=list(CLIENTS), default=list(CLIENTS))
    options = parser.parse_args()
    Relay.target = options.url
    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in options.client:
        say, package = CLIENTS[name]
        Relay.noted.clear()
        say(f"http://127.0.0.1:{server.server_port}", options.key)
        (HERE / name).mkdir(parents=True, exist_ok=True)
        for number, record in enumerate(Relay.noted, 1):
            told = {"client": name, "version": version_of(package), **record}
            if (messages := messages_of(record, name)) is not None:
                told["messages"] = messages
            path = HERE / name / f"{number:02}-{record['method'].lower()}.json"
            path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{name} {version_of(package)}: {len(Relay.noted)} requests")
    server.shutdown()


if __name__ == "__main__":
    main()
