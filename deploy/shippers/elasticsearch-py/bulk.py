"""elasticsearch-py's bulk helper: each line of standard input becomes a document.

    pip install elasticsearch
    LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=... python bulk.py < lines

Traps:
- `max_retries` of the client sends again at once, three times within milliseconds: no outage is survived by that. A
  refused connection ends the helper with an exception, and the chunk under way with it. Hence `Patient`.
- The `_id` makes a document that is sent again count once, whatever became of the first answer.
- A chunk waits for its `chunk_size` documents, 500 unless told; `flush_after_seconds` counts from the last document,
  so a steady trickle still waits.
"""

import os
import sys
import time
import uuid
from datetime import UTC, datetime

import elasticsearch
from elasticsearch.helpers import streaming_bulk

BUSY = (429, 502, 503, 504)


class Patient(elasticsearch.Elasticsearch):
    """Sends a bulk again until it is answered."""

    def bulk(self, **arguments):
        while True:
            try:
                return super().bulk(**arguments)
            except elasticsearch.ApiError as error:
                if error.status_code not in BUSY:
                    raise
                time.sleep(5)
            except (elasticsearch.ConnectionError, elasticsearch.ConnectionTimeout):
                time.sleep(2)


def documents(lines):
    for line in lines:
        yield {
            "_op_type": "create",
            "_index": "shop",
            "_id": uuid.uuid4().hex,
            "@timestamp": datetime.now(UTC).isoformat(),
            "service.name": "shop",
            "message": line.rstrip("\n"),
        }


client = Patient(os.environ["LOGLYNX_URL"], basic_auth=("any", os.environ["LOGLYNX_KEY"]), max_retries=0)
for _ in streaming_bulk(client, documents(sys.stdin), chunk_size=100, flush_after_seconds=1):
    pass
client.close()
