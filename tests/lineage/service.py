"""Rows of the running service: one stack, asked over HTTP."""

from __future__ import annotations

from lineage.row import Row, Shown

KEY = '-H "X-API-Key: $KEY"'
FATAL = '"2026-03-02 10:20:01 FATAL app: out of memory: cannot allocate 4096 bytes, aborting"'
KILLED = '"2026-03-02 10:20:02 ERROR app: worker 7 was killed by the kernel, data lost"'
CALM = '"2026-03-02 10:20:00 INFO app: request 3 served in 4 ms"'


def post(path: str, body: str) -> str:
    return f"curl -s $URL{path} {KEY} -d '{body}'"


def is_a_score(answer: object) -> bool:
    return isinstance(answer, dict) and set(answer) == {"score", "is_anomaly"} and 0 < answer["score"] < 1


def explained(shown: Shown) -> bool:
    """The first model's verdict and the second one's reading of it."""
    job = shown.json()
    (flag,) = job["flags"]
    incident = flag["incident"]
    return bool(
        job["state"] == "done"
        and flag["verdict"]["model_version"]
        and incident["analysis"]["category"] == "memory_exhausted"
        and incident["analysis"]["engine"]
        and incident["analysis"]["evidence"]
        and incident["analysis"]["actions"]
    )


ROWS = [
    Row(
        1,
        "Two models: a small one detects in real time, a large one classifies and explains",
        "`services/detector`, `services/analyzer`",
        (post("/api/v1/detect?wait=60", f"[{CALM}, {FATAL}, {KILLED}]"),),
        (explained,),
    ),
    Row(
        7,
        "Inference service",
        "`loglynx up` and `docker-compose.yml`: `services/ingest`",
        ("curl -s $URL/readyz", post("/api/v1/detect?wait=60", f"[{CALM}]")),
        (lambda shown: shown.codes == [0, 0], lambda shown: shown.json(1)["verdicts"][0]["score"] is not None),
    ),
    Row(
        25,
        'A REST service by one command; `POST /api/anomaly/detect {"log_text"}`',
        "`loglynx up --port 5000` (or any other); `services/ingest/routes/compat.py`",
        (
            post("/api/anomaly/detect", f'{{"log_text": {FATAL}}}'),
            f"curl -s $URL/api/anomaly/detect -d '{{\"log_text\": {FATAL}}}'",
        ),
        (
            lambda shown: is_a_score(shown.json()),
            lambda shown: shown[1].err == "401",  # and not without a key
        ),
    ),
    Row(
        26,
        "`POST /api/anomaly/batch_detect`: many lines",
        "`services/ingest/routes/compat.py`",
        (post("/api/anomaly/batch_detect", f'{{"log_texts": [{CALM}, {FATAL}]}}'),),
        (
            lambda shown: shown.json()["count"] == 2,
            lambda shown: shown.json()["results"][1]["score"] > shown.json()["results"][0]["score"],
        ),
    ),
    Row(
        27,
        "`POST /api/anomaly/tokenize`: text into tokens",
        "`services/ingest/routes/compat.py`, `tokenizing.py`",
        (post("/api/anomaly/tokenize", '{"log_text": "admin login failed from 192.168.1.1"}'),),
        (lambda shown: shown.json()["tokens"] == ["admin", "login", "failed", "from", "<IP>"],),
    ),
    Row(
        28,
        '`POST /score_log {"log_seq": [...]}`',
        "`services/ingest/routes/compat.py`",
        (post("/score_log", '{"log_seq": ["login failed from 1.1.1.1", "sudo reboot"]}'),),
        (lambda shown: is_a_score(shown.json()),),
    ),
    Row(
        29,
        '`POST /score_log {"log": "..."}`, the same shape',
        "`services/ingest/routes/compat.py`",
        (
            post("/score_log", '{"log": "admin login failed from 1.2.3.4"}'),
            post("/score_log", f'{{"log": {FATAL}, "threshold": 1.0}}'),
        ),
        (lambda shown: is_a_score(shown.json()), lambda shown: shown.json(1)["is_anomaly"] is False),
    ),
    Row(
        67,
        "More formats, automatic threshold, FastAPI, distributed deployment, a web page",
        "`shared/core/parsing.py`; `shared/core/calibration.py`; `services/ingest`; `docker compose up --scale "
        "detector=3`, `torchrun`; `services/ingest/dashboard`",
        (
            f"curl -s $URL/openapi.json {KEY}",
            f"curl -s $URL/ {KEY}",
            "loglynx scan access.log --json",
            "loglynx scan auth.log --json",
            "loglynx scan orders-zh.log --json",
            "loglynx push app.log --url $URL --key $KEY --stream cluster --wait",
        ),
        (
            lambda shown: shown.json(0)["openapi"],
            lambda shown: "<html" in shown[1].out and "Loglynx" in shown[1].out,
            lambda shown: len({shown.json(at)["format"] for at in (2, 3, 4)}) == 3,
            lambda shown: shown[5].code in (0, 1) and "1600 lines accepted" in shown[5].err.replace(",", ""),
        ),
    ),
]
