"""python-logging-loki as its README shows it: each line of standard input becomes a record.

    pip install python-logging-loki
    LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=... python as_it_is.py < lines

Traps:
- Nothing is sent again: what is logged while Loglynx is away or refuses is lost. `with_retries.py` mends it.
- One request for each line. Where there is much to say, write a file and ship that.
- The queue keeps a slow answer from holding the program up; stop its listener at the end, or what waits is lost.
"""

import logging
import os
import sys
from queue import Queue

import logging_loki

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
