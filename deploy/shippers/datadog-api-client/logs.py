"""Logs with datadog-api-client: each line of standard input becomes one, half a second's worth in a request.

    pip install datadog-api-client
    LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=... python logs.py < lines

Traps:
- The client knows Datadog's own hosts alone: the operation's list of servers is replaced.
- Nothing is sent again unless `enable_retry` is set; then three times,
  0, 4 and 8 seconds apart. `max_retries` says more.
- A log has no time of its own unless it is given one: without `timestamp` it is of the moment it arrived.
"""

import os
import sys
import threading
import time
from queue import SimpleQueue

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.model.content_encoding import ContentEncoding
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem

lines = SimpleQueue()


def read():
    for line in sys.stdin:
        lines.put((line.rstrip("\n"), time.time_ns() // 10**6))
    lines.put(None)


def batches():
    """Lists of what waits, gathered for a moment."""
    batch = [()]
    while batch[-1] is not None:
        batch = [lines.get()]
        time.sleep(0.5)
        while len(batch) < 500 and not lines.empty():
            batch.append(lines.get())
        if batch[0] is not None:
            yield [item for item in batch if item is not None]


configuration = Configuration(api_key={"apiKeyAuth": os.environ["LOGLYNX_KEY"]}, enable_retry=True, max_retries=10)
api = LogsApi(ApiClient(configuration))
api._submit_log_endpoint.settings["servers"] = [{"url": os.environ["LOGLYNX_URL"], "description": "Loglynx"}]

threading.Thread(target=read, daemon=True).start()
for batch in batches():
    items = [HTTPLogItem(message=line, service="shop", timestamp=at_ms) for line, at_ms in batch]
    api.submit_log(HTTPLog(items), content_encoding=ContentEncoding.GZIP)
