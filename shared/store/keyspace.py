"""Every Redis key that Loglynx uses, built here and nowhere else.

All keys start with ``ll:``. What each holds:

ll:stream:{s}          hash    one stream: head, cursor, folded, marks, state, rule, lease (see lua/)
ll:blocks:{s}          stream  events not yet finished: id "<seq after the last event>-0", flush marks "<head>-<k>"
ll:verdicts:{s}        stream  one entry per commit; id "<seq after the last event folded>-<n>"
ll:baseline:{s}        hash    model version -> blob, and which model judges (baselines.py)
ll:flags:{s}           zset    window id by last sequence number
ll:flag:{w}            string  JSON of one flag (flag_records.py)
ll:flag_incident:{w}   string  id of the incident that the flag was attached to
ll:flags:due           zset    window id by time: the analyzer's inbox
ll:flags:attempts      hash    window id -> how often the analyzer has claimed it
ll:incident:{i}        hash    one incident (incidents.py)
ll:incident_windows:{i} zset   window id by the time it was flagged
ll:incidents           zset    incident id by last time seen
ll:incidents:pending   zset    incident id by the time from which a language model may be asked
ll:stream_incidents:{s} zset   the stream's latest incidents by last time seen
ll:alerts:due          zset    "<incident id>:<version>" by time
ll:due                 zset    stream by the time from which it may be claimed
ll:open                zset    stream by its last push, while it may have an open window
ll:streams             zset    every stream by its last push
ll:job:{j}             string  msgpack of what one push was (jobs.py)
ll:push:{k}            string  "<body digest> <job id>" of an Idempotency-Key (its SHA-256)
ll:totals              hash    counters that only grow
ll:dead                stream  dead letters
ll:feedback            hash    feedback id -> JSON of it (feedback.py)
ll:feedback:index      zset    feedback id by the time it was given
ll:feedback:expiring   zset    feedback id by the time at which it ends
ll:feedback:version    string  counts changes; whoever attaches flags must know the latest
ll:feedback:count:{k}:{d} string  how much the key k has given on day d; expires
ll:stream_feedback:{s} set     ids of the stream's feedback that is in force
ll:silenced:{f}        zset    incident id by the time that feedback f silenced it
ll:archive:feedback    stream  feedback on its way into the archive (outbox.py)
ll:archive:windows     stream  scored windows on their way there
ll:archive:analyses    stream  what analyzers made of flags, on its way there
ll:archive:bytes       string  size of what waits in ll:archive:windows
ll:archive:wanted      string  exists while an archiver runs, and a day longer; without it no window waits
ll:archive:batch       hash    outbox -> id of the last entry of the batch that is being written
ll:detectors           zset    JSON of one running detector by its last sign of life (detectors.py); expires
ll:analyzers           zset    JSON of one running analyzer by its last sign of life (analyzers.py); expires
ll:shadow:{v}          hash    what a model version in the shadow made of live windows (shadows.py)
ll:shadow_windows:{v}  list    JSON of windows on which it and the active model disagree
ll:shadows             zset    model version by the last addition to these
ll:retrains            hash    run id -> JSON of a retraining that was asked for (retrains.py)
ll:drift               hash    stream -> JSON of its latest measures, and whether they propose a retraining (drift.py)
ll:ring:{q}            string  exists while a doorbell job for queue q is on its way
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from shared.errors import BadInput

PREFIX: Final = "ll:"

DUE: Final = PREFIX + "due"
OPEN: Final = PREFIX + "open"
STREAMS: Final = PREFIX + "streams"
TOTALS: Final = PREFIX + "totals"
DEAD: Final = PREFIX + "dead"
FLAGS_DUE: Final = PREFIX + "flags:due"
INCIDENTS: Final = PREFIX + "incidents"
INCIDENTS_PENDING: Final = PREFIX + "incidents:pending"
FLAG_ATTEMPTS: Final = PREFIX + "flags:attempts"
ALERTS_DUE: Final = PREFIX + "alerts:due"
API_KEYS: Final = PREFIX + "api_keys"
FEEDBACK: Final = PREFIX + "feedback"
FEEDBACK_INDEX: Final = PREFIX + "feedback:index"
FEEDBACK_EXPIRING: Final = PREFIX + "feedback:expiring"
FEEDBACK_VERSION: Final = PREFIX + "feedback:version"
ARCHIVE_FEEDBACK: Final = PREFIX + "archive:feedback"
ARCHIVE_WINDOWS: Final = PREFIX + "archive:windows"
ARCHIVE_ANALYSES: Final = PREFIX + "archive:analyses"
ARCHIVE_BYTES: Final = PREFIX + "archive:bytes"
ARCHIVE_WANTED: Final = PREFIX + "archive:wanted"
ARCHIVE_BATCH: Final = PREFIX + "archive:batch"
DETECTORS: Final = PREFIX + "detectors"
ANALYZERS: Final = PREFIX + "analyzers"
SHADOWS: Final = PREFIX + "shadows"
RETRAINS: Final = PREFIX + "retrains"
DRIFT: Final = PREFIX + "drift"

SEQUENCE_PREFIX: Final = "seq/"
_STREAM_NAME = re.compile(r"[A-Za-z0-9._:/@-]{1,128}")


def check_stream_name(name: str) -> str:
    """``name`` if it may name a stream, else BadInput. Ingest maps odd names before they get here."""
    if not _STREAM_NAME.fullmatch(name):
        raise BadInput("a stream name is 1 to 128 of A-Z a-z 0-9 . _ : / @ -")
    return name


def stream(name: str) -> str:
    return f"{PREFIX}stream:{name}"


def blocks(name: str) -> str:
    return f"{PREFIX}blocks:{name}"


def verdicts(name: str) -> str:
    return f"{PREFIX}verdicts:{name}"


def baseline(name: str) -> str:
    return f"{PREFIX}baseline:{name}"


def flags(name: str) -> str:
    return f"{PREFIX}flags:{name}"


def flag(window_id: str) -> str:
    return f"{PREFIX}flag:{window_id}"


def flag_incident(window_id: str) -> str:
    return f"{PREFIX}flag_incident:{window_id}"


def incident(incident_id: str) -> str:
    return f"{PREFIX}incident:{incident_id}"


def incident_windows(incident_id: str) -> str:
    return f"{PREFIX}incident_windows:{incident_id}"


def stream_incidents(name: str) -> str:
    return f"{PREFIX}stream_incidents:{name}"


def feedback_count(key_id: str, day: int) -> str:
    return f"{PREFIX}feedback:count:{key_id}:{day}"


def stream_feedback(name: str) -> str:
    return f"{PREFIX}stream_feedback:{name}"


def silenced(feedback_id: str) -> str:
    return f"{PREFIX}silenced:{feedback_id}"


def job(job_id: str) -> str:
    return f"{PREFIX}job:{job_id}"


def push(idempotency_key: str) -> str:
    return f"{PREFIX}push:{hashlib.sha256(idempotency_key.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def shadow(version: str) -> str:
    return f"{PREFIX}shadow:{version}"


def shadow_windows(version: str) -> str:
    return f"{PREFIX}shadow_windows:{version}"


def ring(queue: str) -> str:
    return f"{PREFIX}ring:{queue}"


def sequence_stream(job_id: str, index: int) -> str:
    """The stream of the ``index``-th self-contained sequence of a job."""
    return f"{SEQUENCE_PREFIX}{job_id}" + (f"/{index}" if index else "")
