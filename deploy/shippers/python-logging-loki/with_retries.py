"""python-logging-loki that sends again what was refused: each line of standard input becomes a record.

    pip install python-logging-loki
    LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=... python with_retries.py < lines

Traps:
- The handler itself sends nothing again; its session does here, for ever and in order. What waits is held in memory.
- One request for each line. Where there is much to say, write a file and ship that.
- Stop the listener at the end: it sends what waits.
"""

import logging
import os
import sys
from queue import Queue

import logging_loki
from logging_loki.emitter import LokiEmitterV1
from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.util import Retry


class RetryingSession(Session):
    def __init__(self):
        super().__init__()
        retry = Retry(
            total=None, connect=10**6, read=10**6, status=10**6, other=0,
            allowed_methods=None, status_forcelist=(429, 502, 503, 504),
            backoff_factor=0.5, backoff_max=10,
        )  # fmt: skip
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(max_retries=retry))


LokiEmitterV1.session_class = RetryingSession
handler = logging_loki.LokiQueueHandler(
    Queue(-1),
    url=os.environ["LOGLYNX_URL"] + "/loki/api/v1/push",
    auth=("any", os.environ["LOGLYNX_KEY"]),
    tags={"application": "shop"},
    version="1",
)
log = logging.getLogger("shop.checkout")
log.setLevel(logging.INFO)
log.addHandler(handler)

for line in sys.stdin:
    log.info(line.rstrip("\n"))
handler.listener.stop()
