"""Python's logging over Splunk's HEC with splunk-handler: each line of standard input becomes an event.

    pip install splunk-handler
    LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=... python logs.py < lines

Traps:
- Five retries unless told otherwise, a minute at most; then the batch is gone. `retry_count` says how often.
- While a batch waits, events queue; beyond `queue_size` they are dropped. `force_keep_ahead` makes the program wait.
- `wait_until_empty` before the end: a shutdown does not wait for the batch that is being sent again.
- It sends every 15 seconds unless told otherwise.
"""

import logging
import os
import sys

from splunk_handler import SplunkHandler

handler = SplunkHandler(
    host="",
    port=0,
    url=os.environ["LOGLYNX_URL"] + "/services/collector/event",
    protocol="http",
    verify=False,  # nothing to verify over http; leave it out over https
    token=os.environ["LOGLYNX_KEY"],
    index="main",
    source="shop",
    sourcetype="shop",
    flush_interval=1,
    retry_count=1000,
    queue_size=20_000,
)
log = logging.getLogger("shop.checkout")
log.setLevel(logging.INFO)
log.addHandler(handler)

for line in sys.stdin:
    log.info(line.rstrip("\n"))
handler.wait_until_empty()
logging.shutdown()
