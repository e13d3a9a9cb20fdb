"""Python's logging over OpenTelemetry: each line of standard input becomes a record.

    pip install opentelemetry-exporter-otlp-proto-http opentelemetry-instrumentation-logging
    LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=... python logs.py < lines

Traps:
- The exporter gives a batch up after `timeout` seconds, ten unless told, waits included; a refusal may ask for five
  of them. It makes six attempts, whatever the timeout: half a minute's outage is survived, one of minutes is not.
- While a batch waits, records queue; beyond `max_queue_size` they are dropped.
- `force_flush` before `shutdown`: a shutdown ends the waiting and the batch is lost.
- Where lines must survive longer outages, let the Collector stand in between, or write a file and ship that.
"""

import logging
import os
import sys

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

exporter = OTLPLogExporter(
    endpoint=os.environ["LOGLYNX_URL"] + "/v1/logs",
    headers={"x-api-key": os.environ["LOGLYNX_KEY"]},
    compression=Compression.Gzip,
    timeout=60,
)
provider = LoggerProvider(Resource.create({"service.name": "shop"}))
processor = BatchLogRecordProcessor(exporter, schedule_delay_millis=1000, max_queue_size=20_000)
provider.add_log_record_processor(processor)

log = logging.getLogger("shop.checkout")
log.setLevel(logging.INFO)
log.addHandler(LoggingHandler(logger_provider=provider))

for line in sys.stdin:
    log.info(line.rstrip("\n"))
provider.force_flush()
provider.shutdown()
